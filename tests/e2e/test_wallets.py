"""Money over the wire."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

import renown
from renown import errors


async def test_credit_and_debit_move_several_currencies_together(
    game: renown.Client, player: str
) -> None:
    await game.players.create(player)
    credited = await game.wallets.credit(
        player,
        {"coins": 100, "gems": 5},
        event_type="welcome",
        description="Welcome!",
        reference_type="campaign",
        reference_id="c-1",
    )
    assert [(p.currency, p.amount, p.balance_after) for p in credited.postings] == [
        ("coins", 100, 100),
        ("gems", 5, 5),
    ]
    assert {p.counter_account for p in credited.postings} == {"issuance:credit"}
    with pytest.raises(errors.InsufficientFunds) as refused:
        await game.wallets.debit(player, {"coins": 60, "gems": 6})
    assert (refused.value.currency, refused.value.needed, refused.value.available) == (
        "gems",
        6,
        5,
    )
    await game.wallets.debit(player, {"coins": 60})
    balances = {b.currency: b for b in (await game.wallets.get(player)).balances}
    assert balances["coins"].amount == 40
    assert balances["coins"].lifetime_earned == 100
    assert balances["coins"].lifetime_spent == 60
    assert balances["gems"].amount == 5


async def test_refusal_is_stable(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    with pytest.raises(errors.InsufficientFunds):
        await game.wallets.debit(player, {"coins": 1}, request_id=f"d-{player}")
    await game.wallets.credit(player, {"coins": 10})
    with pytest.raises(errors.InsufficientFunds):
        await game.wallets.debit(player, {"coins": 1}, request_id=f"d-{player}")
    assert (await game.wallets.get(player)).balances[0].amount == 10


async def test_same_request_has_one_effect_and_another_is_refused(
    game: renown.Client, player: str
) -> None:
    await game.players.create(player)
    answers = await asyncio.gather(
        *[game.wallets.credit(player, {"coins": 7}, request_id=f"c-{player}") for _ in range(50)]
    )
    assert all(answer == answers[0] for answer in answers)
    with pytest.raises(errors.RequestIdReused):
        await game.wallets.credit(player, {"coins": 8}, request_id=f"c-{player}")
    with pytest.raises(errors.RequestIdReused):
        await game.wallets.debit(player, {"coins": 7}, request_id=f"c-{player}")
    assert (await game.wallets.get(player)).balances[0].amount == 7


async def test_cap_is_out_of_range_and_changes_nothing(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    currencies = {c.code: c for c in await game.wallets.currencies()}
    cap = currencies["coins"].cap
    await game.wallets.credit(player, {"coins": cap})
    with pytest.raises(errors.BalanceCap):
        await game.wallets.credit(player, {"gems": 1, "coins": 1})
    balances = {b.currency: b.amount for b in (await game.wallets.get(player)).balances}
    assert balances == {"coins": cap}


async def test_unknown_currency_and_player(game: renown.Client, player: str) -> None:
    with pytest.raises(errors.PlayerNotFound):
        await game.wallets.credit(player, {"coins": 1})
    with pytest.raises(errors.PlayerNotFound):
        await game.wallets.get(player)
    await game.players.create(player)
    with pytest.raises(errors.UnknownCurrency):
        await game.wallets.credit(player, {"doubloons": 1})


async def test_ledger_lists_everything_with_filters(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await game.activities.record(
        player, "lesson_completed", activity_id="l1", reference_type="lesson", reference_id="7"
    )
    for number in range(4):
        await game.wallets.credit(player, {"gems": 1}, event_type=f"gift{number % 2}")
    await game.wallets.debit(player, {"coins": 3})
    listed = [t async for t in game.wallets.transactions(player, page_size=2)]
    assert len(listed) == 6
    assert listed[-1].command_id == "l1"
    assert (listed[-1].reference_type, listed[-1].reference_id) == ("lesson", "7")
    assert listed[-1].event_type == "lesson_completed"
    assert listed[0].awarded_by.startswith("key:k_")
    gems = [t async for t in game.wallets.transactions(player, currency="gems")]
    assert len(gems) == 4
    gifts = [t async for t in game.wallets.transactions(player, event_type="gift1")]
    assert len(gifts) == 2
    total = await sql.fetchval(
        "SELECT sum(a) FROM ledger, unnest(currencies, amounts) AS u(c, a)"
        " WHERE player_id = $1 AND c = 'coins'",
        player,
    )
    assert total == 7
