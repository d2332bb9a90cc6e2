"""Taking back activities and purchases over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import grpc
import pytest
import pytest_asyncio

import renown
from renown import RevokePolicy, errors
from renown.v1 import activity_service_pb2 as pb
from renown.v1 import activity_service_pb2_grpc as pb_grpc
from tests.e2e.conftest import Running
from tests.kit.eventually import eventually
from tests.kit.keys import insert_key

ECONOMY = 3
SUPPORT = 2


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def economist(running: Running) -> AsyncIterator[renown.Client]:
    """An operator of the role that may take back."""
    connection = await asyncpg.connect(running.database.url)
    try:
        key = await insert_key(connection, "economist", roles=(ECONOMY,))
    finally:
        await connection.close()
    async with renown.connect(running.address, key=key) as client:
        yield client


def coins(wallet: renown.Wallet) -> tuple[int, int]:
    """Balance and debt."""
    for balance in wallet.balances:
        if balance.currency == "coins":
            return balance.amount, balance.debt
    return 0, 0


async def test_a_preview_comes_true_and_leaves_nothing(
    game: renown.Client, economist: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await game.activities.record(
        player, "course_completed", activity_id="a1", context={"difficulty": "hard"}
    )
    before = await tables(sql)
    would = await economist.activities.revoke(player, "a1", reason="fraud", validate_only=True)
    assert await tables(sql) == before
    assert (would.revoked_at, would.already_revoked) == (None, False)
    did = await economist.activities.revoke(player, "a1", reason="fraud")
    assert did.revoked_at is not None
    assert replace(did, revoked_at=None) == would
    assert (did.xp, did.level) == (-500, 1)
    assert did.level_before > 1
    assert all(change.removed for change in did.scores)
    assert coins(await game.wallets.get(player)) == (0, 0)
    assert (await game.players.level(player)).total_xp == 0
    again = await economist.activities.revoke(player, "a1", reason="x", validate_only=True)
    assert (again.already_revoked, again.revoked_at) == (True, did.revoked_at)


async def tables(sql: asyncpg.Connection) -> list[int]:
    names = ("activities", "requests", "ledger", "audit", "revocations", "purchases")
    return [await sql.fetchval(f"SELECT count(*) FROM {name}") for name in names]


async def test_a_retry_gets_the_same_answer_and_another_request_does_nothing(
    game: renown.Client, economist: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    first = await economist.activities.revoke(player, "a1", reason="bot", request_id=f"v-{player}")
    again = await economist.activities.revoke(player, "a1", reason="bot", request_id=f"v-{player}")
    assert again == first
    other = await economist.activities.revoke(player, "a1", reason="bot, too")
    assert other.already_revoked
    assert other.revoked_at == first.revoked_at
    assert (other.xp, other.currencies, other.scores) == (0, (), ())
    with pytest.raises(errors.RequestIdReused):
        await economist.activities.revoke(player, "a1", reason="y", request_id=f"v-{player}")
    rows = await sql.fetch(
        "SELECT actor, action, reason, details FROM audit WHERE subject = $1", f"player:{player}"
    )
    ((actor, action, reason, details),) = [tuple(row) for row in rows]
    assert actor.startswith("key:k_")
    assert (action, reason) == ("activity.revoke", "bot")
    for text in ('"activity_id": "a1"', '"policy": "refuse"', '"currency.coins": "-10"'):
        assert text in details


async def test_only_the_economy_may(running: Running, game: renown.Client, player: str) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    with pytest.raises(errors.PermissionDenied):
        await game.activities.revoke(player, "a1", reason="no")
    issued = await game.auth.issue_player_token(player)
    async with renown.connect(running.address, token=issued.token) as me:
        with pytest.raises(errors.PermissionDenied):
            await me.activities.revoke(player, "a1", reason="no")
        with pytest.raises(errors.PermissionDenied):
            await me.store.revoke_purchase(player, "x", reason="no")
    connection = await asyncpg.connect(running.database.url)
    try:
        support = await insert_key(connection, "support", roles=(SUPPORT,))
    finally:
        await connection.close()
    for key in (support, running.viewer_key):
        async with renown.connect(running.address, key=key) as client:
            with pytest.raises(errors.PermissionDenied):
                await client.activities.revoke(player, "a1", reason="no")
            with pytest.raises(errors.PermissionDenied):
                await client.store.revoke_purchase(player, "x", reason="no")
    assert coins(await game.wallets.get(player)) == (10, 0)


async def test_what_is_not_there(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    for only_tried in (False, True):
        with pytest.raises(errors.PlayerNotFound):
            await economist.activities.revoke(player, "a1", reason="x", validate_only=only_tried)
    await game.players.create(player)
    for only_tried in (False, True):
        with pytest.raises(errors.ActivityNotFound):
            await economist.activities.revoke(player, "a1", reason="x", validate_only=only_tried)
        with pytest.raises(errors.PurchaseNotFound):
            await economist.store.revoke_purchase(
                player, "p1", reason="x", validate_only=only_tried
            )


async def test_spent_money_is_refused_or_owed(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    await game.wallets.debit(player, {"coins": 7})
    for only_tried in (True, False):
        with pytest.raises(errors.AlreadySpent) as refused:
            await economist.activities.revoke(player, "a1", reason="x", validate_only=only_tried)
        assert (refused.value.needed, refused.value.available) == (10, 3)
    done = await economist.activities.revoke(player, "a1", reason="x", policy=RevokePolicy.DEBT)
    assert [(debt.currency, debt.amount, debt.debt_after) for debt in done.debts] == [
        ("coins", 7, 7)
    ]
    assert coins(await game.wallets.get(player)) == (0, 7)
    await game.wallets.credit(player, {"coins": 9})
    assert coins(await game.wallets.get(player)) == (2, 0)


async def test_the_ledger_names_what_was_revoked(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    name = 'a"\\1'
    await game.activities.record(player, "lesson_completed", activity_id=name)
    await economist.activities.revoke(player, name, reason="x")
    entry, *_ = [t async for t in game.wallets.transactions(player)]
    assert entry.event_type == "revoke_activity"
    assert (entry.reference_type, entry.reference_id) == ("activity", name)
    ((posting),) = entry.postings
    assert (posting.amount, posting.balance_after) == (-10, 0)
    assert posting.counter_account == f"clawback:{name}"
    assert posting.reason == "revoke:activity_type:lesson_completed"


async def test_boards_follow(game: renown.Client, economist: renown.Client, player: str) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    await game.activities.record(player, "lesson_completed", activity_id="a2", first_try=True)

    async def score_is(board: str, score: int | None) -> None:
        async def holds() -> bool:
            try:
                return (await game.leaderboards.rank(board, player)).score == score
            except errors.EntryNotFound:
                return score is None

        await eventually(holds)

    xp = (await game.players.level(player)).total_xp
    await score_is("xp_all_time", xp)
    await score_is("lessons_weekly", 2)
    await economist.activities.revoke(player, "a2", reason="x")
    await score_is("xp_all_time", 25)
    await score_is("lessons_weekly", 1)
    await economist.activities.revoke(player, "a1", reason="x")
    await score_is("xp_all_time", None)
    await score_is("lessons_weekly", None)
    await game.activities.record(player, "lesson_completed", activity_id="a3")
    await score_is("xp_all_time", 25)


async def test_streams_and_lists_tell_of_it(
    game: renown.Client,
    economist: renown.Client,
    channel: grpc.aio.Channel,
    player: str,
    running: Running,
) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    done = await economist.activities.revoke(player, "a1", reason="x")
    page = await game.events.list(player)
    types = [event.type for event in page.events]
    revoked = types[types.index("activity.revoked") :]
    assert revoked[:7] == [
        "activity.revoked",
        "metric.moved",
        "xp.adjusted",
        "currency.changed",
        "score.changed",
        "score.changed",
        "score.changed",
    ]
    assert set(revoked[7:]) == {
        "streak.day_removed",
        "achievement.revoked",
        "quest.revoked",
        "title.revoked",
        "badge.changed",
    }
    assert [event.sequence for event in page.events] == list(range(1, len(types) + 1))
    stub = pb_grpc.ActivityServiceStub(channel)
    metadata = (("authorization", f"Bearer {running.server_key}"),)
    explained = await stub.ExplainActivity(
        pb.ExplainActivityRequest(player_id=player, activity_id="a1"), metadata=metadata
    )
    listed = await stub.ListActivities(
        pb.ListActivitiesRequest(player_id=player), metadata=metadata
    )
    assert done.revoked_at is not None
    assert explained.revoked_at == listed.items[0].revoked_at
    assert explained.revoked_at.seconds == int(done.revoked_at.timestamp())


async def test_what_followed_stands_or_falls(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    """Two lessons: what the first one unlocked stands while the second one does."""
    first = await game.activities.record(player, "lesson_completed", activity_id="a1")
    assert [each.achievement_id for each in first.progress.achievements] == ["first_lesson"]
    await game.activities.record(player, "lesson_completed", activity_id="a2")
    done = await economist.activities.revoke(player, "a1", reason="x")
    assert done.progress.achievements_revoked == ()
    assert [each.current for each in done.progress.quests_revoked] == [1]
    assert done.progress.streak_days_removed == ()
    would = await economist.activities.revoke(player, "a2", reason="x", validate_only=True)
    did = await economist.activities.revoke(player, "a2", reason="x")
    assert replace(did, revoked_at=None) == would
    progress = did.progress
    assert [each.achievement_id for each in progress.achievements_revoked] == ["first_lesson"]
    assert [(each.badge_id, each.quantity) for each in progress.badges] == [("first_step", -1)]
    assert [each.title_id for each in progress.titles_revoked] == ["student"]
    assert [(each.streak_id, each.current) for each in progress.streak_days_removed] == [
        ("study", 0)
    ]
    types = [event.type for event in (await game.events.list(player)).events]
    assert types.count("achievement.revoked") == types.count("title.revoked") == 1
    again = await economist.activities.revoke(player, "a2", reason="x")
    assert (again.already_revoked, again.progress) == (True, renown.ProgressChanges())
    third = await game.activities.record(player, "lesson_completed", activity_id="a3")
    assert [each.achievement_id for each in third.progress.achievements] == ["first_lesson"]
    assert [each.badge_id for each in third.progress.badges] == ["first_step"]


async def test_a_purchase_is_undone(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    await game.players.create(player)
    await game.wallets.credit(player, {"coins": 100, "gems": 10})
    bought = await game.store.purchase(player, "starter_pack")
    purchase_id = bought.purchase.purchase_id
    with pytest.raises(errors.PurchaseLimit):
        await game.store.purchase(player, "starter_pack")
    would = await economist.store.revoke_purchase(
        player, purchase_id, reason="charged back", validate_only=True
    )
    assert would.purchase == bought.purchase
    request = f"v-{player}"
    did = await economist.store.revoke_purchase(
        player, purchase_id, reason="charged back", request_id=request
    )
    assert did.revocation.revoked_at == did.purchase.revoked_at is not None
    assert replace(did.revocation, revoked_at=None) == would.revocation
    assert {(c.currency, c.amount) for c in did.revocation.currencies} == {
        ("gems", 10),
        ("coins", -100),
    }
    assert sum(item.quantity for item in did.revocation.items) == -5
    again = await economist.store.revoke_purchase(
        player, purchase_id, reason="charged back", request_id=request
    )
    assert again == did
    other = await economist.store.revoke_purchase(player, purchase_id, reason="again")
    assert other.revocation.already_revoked
    assert other.purchase == did.purchase
    assert (await game.store.purchase(player, "starter_pack")).purchase.purchase_id != purchase_id
    listed = {p.purchase_id: p async for p in game.store.purchases(player)}
    assert listed[purchase_id] == did.purchase


async def test_spent_goods_of_a_purchase(
    game: renown.Client, economist: renown.Client, player: str
) -> None:
    await game.players.create(player)
    await game.wallets.credit(player, {"gems": 10})
    bought = (await game.store.purchase(player, "starter_pack")).purchase
    await game.wallets.debit(player, {"coins": 60})
    with pytest.raises(errors.AlreadySpent):
        await economist.store.revoke_purchase(player, bought.purchase_id, reason="x")
    done = await economist.store.revoke_purchase(
        player, bought.purchase_id, reason="x", policy=RevokePolicy.DEBT, keep_price=True
    )
    assert [(d.currency, d.amount) for d in done.revocation.debts] == [("coins", 60)]
    balances = {b.currency: b for b in (await game.wallets.get(player)).balances}
    assert (balances["coins"].amount, balances["coins"].debt) == (0, 60)
    assert balances["gems"].amount == 0
