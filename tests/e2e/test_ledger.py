"""The ledger's tools over the wire: batches of credits, corrections by hand, and the proof."""

from __future__ import annotations

import pytest

import renown
from renown import Credit, errors
from renown_server.cli.ledger import HELD
from renown_server.currency.verify import verify
from renown_server.storage import postgres
from tests.e2e.conftest import Running


async def coins(game: renown.Client, player: str) -> int:
    balances = {b.currency: b.amount for b in (await game.wallets.get(player)).balances}
    return balances.get("coins", 0)


async def test_a_batch_answers_item_by_item(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    outcomes = await game.wallets.credit_batch(
        [
            Credit(player, {"coins": 5, "gems": 1}, event_type="prize", description="1st"),
            Credit(player, {"coins": 0}),
            Credit(f"{player}-nobody", {"coins": 5}),
            Credit(player, {"coins": 1, "doubloons": 1}),
            Credit(player, {"coins": 2}),
        ]
    )
    first, zero, nobody, unknown, last = outcomes
    assert isinstance(first, renown.Transaction)
    assert (first.event_type, first.description) == ("prize", "1st")
    assert isinstance(zero, errors.InvalidArgument)
    assert isinstance(nobody, errors.PlayerNotFound)
    assert isinstance(unknown, errors.UnknownCurrency)
    assert zero.violations[0].subject == "credits[1].amounts[0].amount"
    assert unknown.violations[0].subject == "credits[3].amounts[1].currency"
    assert isinstance(last, renown.Transaction)
    assert [(p.amount, p.balance_after) for p in last.postings] == [(2, 7)]
    listed = [t async for t in game.wallets.transactions(player)]
    assert listed == [last, first]


async def test_a_credit_is_the_same_by_either_way(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    credits = [Credit(player, {"coins": 5}, request_id=f"{player}-{n}") for n in range(3)]
    done = await game.wallets.credit_batch(credits)
    assert await game.wallets.credit_batch(credits) == done
    for credit, transaction in zip(credits, done, strict=True):
        alone = await game.wallets.credit(player, credit.amounts, request_id=credit.request_id)
        assert alone == transaction
    first = await game.wallets.credit(player, {"coins": 1}, request_id=f"{player}-alone")
    same = Credit(player, {"coins": 1}, request_id=f"{player}-alone")
    other = Credit(player, {"coins": 2}, request_id=f"{player}-alone")
    replayed, again, refused = await game.wallets.credit_batch([same, same, other])
    assert replayed == again == first
    assert isinstance(refused, errors.RequestIdReused)
    assert await coins(game, player) == 16


async def test_a_full_batch(game: renown.Client, player: str) -> None:
    players = [f"{player}-{number}" for number in range(50)]
    for name in players:
        await game.players.create(name)
    credits = [Credit(name, {"coins": 1}) for _ in range(20) for name in players]
    done = await game.wallets.credit_batch(credits)
    assert all(isinstance(outcome, renown.Transaction) for outcome in done)
    assert [await coins(game, name) for name in players] == [20] * 50
    with pytest.raises(errors.InvalidArgument, match="credits"):
        await game.wallets.credit_batch([*credits, credits[0]])
    with pytest.raises(errors.InvalidArgument, match="credits"):
        await game.wallets.credit_batch([])


async def test_a_correction_has_its_audit(
    game: renown.Client, operator: renown.Client, player: str
) -> None:
    await game.players.create(player)
    await game.wallets.credit(player, {"coins": 10, "gems": 1})
    request_id = f"fix-{player}"
    done = await operator.wallets.adjust(
        player, {"coins": -4, "gems": 2}, reason="paid twice", request_id=request_id
    )
    again = await operator.wallets.adjust(
        player, {"coins": -4, "gems": 2}, reason="paid twice", request_id=request_id
    )
    assert again == done
    assert [(p.currency, p.amount, p.balance_after) for p in done.postings] == [
        ("coins", -4, 6),
        ("gems", 2, 3),
    ]
    assert {p.counter_account for p in done.postings} == {"adjustment:operator"}
    assert (done.event_type, done.description) == ("adjustment", "")
    listed = [t async for t in game.wallets.transactions(player, event_type="adjustment")]
    assert listed == [done]
    (entry,) = [a async for a in operator.admin.audit(subject=f"player:{player}")]
    assert (entry.action, entry.reason) == ("balance.adjust", "paid twice")
    assert entry.actor == done.awarded_by
    assert dict(entry.details) == {"coins": "-4", "gems": "2"}


async def test_a_refused_correction_changes_nothing(
    game: renown.Client, operator: renown.Client, player: str
) -> None:
    await game.players.create(player)
    await game.wallets.credit(player, {"coins": 10})
    with pytest.raises(errors.InsufficientFunds):
        await operator.wallets.adjust(player, {"coins": 5, "gems": -1}, reason="no")
    with pytest.raises(errors.BalanceCap):
        await operator.wallets.adjust(player, {"coins": 2**53 - 1}, reason="no")
    with pytest.raises(errors.UnknownCurrency):
        await operator.wallets.adjust(player, {"doubloons": 1}, reason="no")
    with pytest.raises(errors.PlayerNotFound):
        await operator.wallets.adjust(f"{player}-nobody", {"coins": 1}, reason="no")
    for amounts, reason in (({"coins": 0}, "no"), ({"coins": 1}, ""), ({}, "no")):
        with pytest.raises(errors.InvalidArgument):
            await operator.wallets.adjust(player, amounts, reason=reason)
    with pytest.raises(errors.InvalidArgument):
        await operator.wallets.adjust(player, {"coins": -(2**53)}, reason="no")
    assert await coins(game, player) == 10
    assert [a async for a in operator.admin.audit(subject=f"player:{player}")] == []


async def test_who_may_do_it(
    running: Running, game: renown.Client, operator: renown.Client, player: str
) -> None:
    await game.players.create(player)
    issued = await game.auth.issue_player_token(player)
    async with (
        renown.connect(running.address, token=issued.token) as me,
        renown.connect(running.address, key=running.viewer_key) as viewer,
    ):
        for client in (game, viewer, me):
            with pytest.raises(errors.PermissionDenied):
                await client.wallets.adjust(player, {"coins": 1}, reason="mine")
        for client in (operator, viewer, me):
            with pytest.raises(errors.PermissionDenied):
                await client.wallets.credit_batch([Credit(player, {"coins": 1})])
    assert await coins(game, player) == 0


async def test_all_of_it_adds_up(running: Running, game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.wallets.credit(player, {"coins": 3})
    connection = await postgres.connect(running.database.url)
    try:
        report = await verify(connection, held=HELD)
    finally:
        await connection.close()
    assert report.is_sound, report
    assert report.wallets > 0
