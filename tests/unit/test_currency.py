"""Money: what is given and taken, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency.commands import MoveBody
from renown_server.engine.facts import CurrencyChanged
from renown_server.errors import (
    BalanceCap,
    InsufficientFunds,
    InvalidArgument,
    PlayerNotFound,
    UnknownCurrency,
)
from tests.kit.commands import activity, create, credit, debit
from tests.kit.pure import World

Make = Callable[..., Any]


@pytest.fixture
def world() -> World:
    world = World()
    world.run(create("p"))
    return world


def test_a_credit_and_a_debit(world: World) -> None:
    assert world.run(credit("p", coins=7)).facts == [
        CurrencyChanged("request:Credit", "coins", 7, 7, "issuance:credit")
    ]
    assert world.run(debit("p", coins=5)).facts == [
        CurrencyChanged("request:Debit", "coins", -5, 2, "sink:debit")
    ]
    assert world.postings("p") == [("coins", 7, 7), ("coins", -5, 2)]
    assert world.tables["wallets"]["p", "coins"] == ("p", "coins", 2, 7, 5, 0)


def test_to_the_last_unit(world: World) -> None:
    world.run(credit("p", coins=1))
    world.run(debit("p", coins=1))
    assert world.balance("p") == 0
    with pytest.raises(InsufficientFunds) as raised:
        world.run(debit("p", coins=1))
    assert raised.value.refusal.metadata == {
        "currency": "coins",
        "needed": "1",
        "available": "0",
    }


@pytest.mark.parametrize(("currency", "cap"), [("gems", 100), ("coins", AMOUNT_MAX)])
def test_up_to_the_cap(world: World, currency: str, cap: int) -> None:
    world.run(credit("p", **{currency: cap - 1}))
    with pytest.raises(BalanceCap):
        world.run(credit("p", **{currency: 2}))
    world.run(credit("p", **{currency: 1}))
    assert world.balance("p", currency) == cap
    with pytest.raises(BalanceCap) as raised:
        world.run(credit("p", **{currency: 1}))
    assert raised.value.refusal.metadata == {
        "currency": currency,
        "cap": str(cap),
        "balance": str(cap),
    }
    world.run(debit("p", **{currency: cap}))
    assert world.balance("p", currency) == 0
    world.run(credit("p", **{currency: cap}))
    assert world.balance("p", currency) == cap


def test_all_currencies_or_none(world: World) -> None:
    world.run(credit("p", coins=10))
    before = world.state()
    with pytest.raises(BalanceCap):
        world.run(credit("p", "r1", coins=1, gems=101))
    with pytest.raises(InsufficientFunds):
        world.run(debit("p", "r2", coins=1, gems=1))
    before["requests"] = world.tables["requests"]
    assert world.state() == before


def test_a_refused_entry_is_not_written_when_another_command_touches_it(world: World) -> None:
    done = world.batch(credit("p", gems=101), credit("p", coins=1, gems=200), credit("p", gems=1))
    assert [isinstance(outcome, BalanceCap) for outcome in done] == [True, True, False]
    assert set(world.tables["wallets"]) == {("p", "gems")}


@pytest.mark.parametrize("make", [credit, debit])
def test_unknown_currencies(world: World, make: Make) -> None:
    with pytest.raises(UnknownCurrency) as raised:
        world.run(make("p", coins=1, silver=1))
    assert raised.value.refusal.violations[0][0] == "amounts[1].currency"


@pytest.mark.parametrize("make", [credit, debit])
def test_a_currency_stands_once(world: World, make: Make) -> None:
    command = make("p", coins=1)
    command.body = MoveBody("r", "p", (("coins", 1), ("coins", 2)))
    with pytest.raises(InvalidArgument) as raised:
        world.run(command)
    assert raised.value.refusal.violations == (("amounts[1].currency", "'coins' stands twice"),)


@pytest.mark.parametrize("make", [credit, debit])
def test_the_player_must_exist(world: World, make: Make) -> None:
    with pytest.raises(PlayerNotFound):
        world.run(make("nobody", coins=1))
    assert "nobody" not in world.tables["players"]


def test_a_bare_root_is_no_player(world: World) -> None:
    world.batch(activity("q", "none"))
    assert "q" in world.tables["players"]
    with pytest.raises(PlayerNotFound):
        world.run(credit("q", coins=1))


def test_an_entry_says_who_and_why(world: World) -> None:
    command = credit("p", "r9", coins=4)
    command.body = MoveBody("r9", "p", (("coins", 4),), "refund", "sorry", "order", "o-1")
    world.run(command)
    (entry,) = world.tables["ledger"].values()
    assert entry[:-1] == (
        "p",
        2,
        '{"coins"}',
        "{4}",
        "{4}",
        '{"issuance:credit"}',
        '{"request:Credit"}',
        "refund",
        "sorry",
        "order",
        "o-1",
        "key:game",
        "r9",
    )


@pytest.mark.parametrize(("make", "word"), [(credit, "credit"), (debit, "debit")])
def test_an_entry_without_a_word_is_called_by_its_method(
    world: World, make: Make, word: str
) -> None:
    world.run(credit("p", coins=1))
    world.run(make("p", coins=1))
    *_, entry = world.tables["ledger"].values()
    assert entry[7] == word


def test_an_activity_and_its_level_rewards_are_one_entry(world: World) -> None:
    for _ in range(4):
        world.run(activity("p"))
    entries = [row for row in world.tables["ledger"].values() if row[2].count(",")]
    ((_, sequence, currencies, amounts, after, accounts, rules, *_),) = entries
    assert currencies == '{"coins","coins"}'
    assert (amounts, after) == ("{10,10}", "{40,50}")
    assert accounts == '{"issuance:activity","issuance:level"}'
    assert rules == '{"activity_type:lesson","level:2"}'
    assert sequence in world.sequences("p")
