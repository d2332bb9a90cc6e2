"""Keys, tokens and the audit over the wire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import renown
from renown import errors
from tests.e2e.conftest import Running
from tests.kit.eventually import eventually

ACTIONS = {
    *("key.create", "key.revoke", "balance.adjust", "activity.revoke", "purchase.revoke"),
    *("xp.adjust", "achievement.grant", "achievement.revoke", "badge.award", "badge.revoke"),
}
"""What is audited."""


async def test_a_key_works_until_it_is_revoked(running: Running, operator: renown.Client) -> None:
    created = await operator.admin.create_key("bridge", request_id="make-bridge")
    again = await operator.admin.create_key("bridge", request_id="make-bridge")
    assert again == created
    assert created.secret.startswith(f"{created.key.key_id}.")
    async with renown.connect(running.address, key=created.secret) as bridge:
        assert await bridge.wallets.currencies()
        revoked = await operator.admin.revoke_key(created.key.key_id, reason="leaked")
        assert revoked.revoked_at is not None

        async def refused() -> bool:
            try:
                await bridge.wallets.currencies()
            except errors.Unauthenticated:
                return True
            return False

        await eventually(refused)
    audit = [a async for a in operator.admin.audit(subject=f"key:{created.key.key_id}")]
    assert [entry.action for entry in audit] == ["key.revoke", "key.create"]
    assert audit[0].reason == "leaked"
    assert audit[0].actor.startswith("key:k_")
    assert created.secret.partition(".")[2] not in str(audit)


async def test_expired_key_is_refused(running: Running, operator: renown.Client) -> None:
    created = await operator.admin.create_key(
        "short", expires_at=datetime.now(UTC) + timedelta(seconds=1)
    )
    await asyncio.sleep(1.2)
    async with renown.connect(running.address, key=created.secret) as client:
        with pytest.raises(errors.Unauthenticated):
            await client.wallets.currencies()


async def test_keys_are_listed_without_secrets(operator: renown.Client) -> None:
    names = [f"listed-{number}" for number in range(3)]
    for name in names:
        await operator.admin.create_key(name)
    listed = [key.name async for key in operator.admin.keys(page_size=2)]
    assert listed[:3] == names[::-1]


async def test_roles(running: Running) -> None:
    async with renown.connect(running.address, key=running.viewer_key) as viewer:
        audited = [entry.action async for entry in viewer.admin.audit()]
        assert "key.create" in audited
        assert set(audited) <= ACTIONS
        with pytest.raises(errors.PermissionDenied):
            await viewer.admin.create_key("no")
        with pytest.raises(errors.PermissionDenied):
            await viewer.wallets.currencies()


async def test_revoking_what_is_not_there(operator: renown.Client) -> None:
    with pytest.raises(errors.KeyNotFound):
        await operator.admin.revoke_key("k_nothing")


async def test_player_tokens(running: Running, game: renown.Client, player: str) -> None:
    await game.activities.record(player, "lesson_completed")
    issued = await game.auth.issue_player_token(player, ttl=timedelta(seconds=60))
    assert issued.expires_at > datetime.now(UTC)
    async with renown.connect(running.address, token=issued.token) as me:
        assert (await me.wallets.get()).player_id == player
        assert (await me.players.level()).total_xp == 25
        with pytest.raises(errors.PermissionDenied):
            await me.wallets.get(f"{player}-other")
        with pytest.raises(errors.PermissionDenied):
            await me.activities.record(player, "lesson_completed")
        with pytest.raises(errors.PermissionDenied):
            await me.leaderboards.submit("high_score", player, 1)
    async with renown.connect(running.address, token=issued.token[:-3] + "abc") as forged:
        with pytest.raises(errors.Unauthenticated):
            await forged.wallets.get()
