"""AdjustBalance: corrections by hand, all or nothing, with a row in the audit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency.commands import AdjustBalance, AdjustBody
from renown_server.engine.command import RequestKey
from renown_server.engine.facts import CurrencyChanged
from renown_server.errors import (
    BalanceCap,
    InsufficientFunds,
    InvalidArgument,
    PlayerNotFound,
    RenownError,
    RequestIdReused,
    UnknownCurrency,
)
from tests.kit.commands import create, credit
from tests.kit.pure import World

OPERATOR = "key:k_operator"


def adjust(*adjustments: tuple[str, int], player_id: str = "p", request_id: str = "r") -> Any:
    return AdjustBalance(
        key=RequestKey(OPERATOR, request_id),
        players=(player_id,),
        principal=OPERATOR,
        body=AdjustBody(request_id, player_id, adjustments, "a lost order"),
    )


@pytest.fixture
def world() -> World:
    world = World()
    world.run(create("p"))
    world.run(credit("p", coins=10, gems=5))
    return world


def audit_of(world: World) -> list[tuple[Any, ...]]:
    return [(*row[:4], msgspec.json.decode(row[4])) for row in world.tables["audit"].values()]


def test_up_and_down_together(world: World) -> None:
    done = world.run(adjust(("coins", -4), ("gems", 7)))
    rule, account = "request:AdjustBalance", "adjustment:operator"
    assert done.facts == [
        CurrencyChanged(rule, "coins", -4, 6, account),
        CurrencyChanged(rule, "gems", 7, 12, account),
    ]
    assert (world.balance("p"), world.balance("p", "gems")) == (6, 12)
    assert audit_of(world) == [
        (OPERATOR, "balance.adjust", "player:p", "a lost order", {"coins": "-4", "gems": "7"})
    ]


def test_the_ledger_says_who_and_the_audit_why(world: World) -> None:
    world.run(adjust(("coins", 1)))
    *_, entry = world.tables["ledger"].values()
    assert entry[5:13] == (
        '{"adjustment:operator"}',
        '{"request:AdjustBalance"}',
        "adjustment",
        "",
        "",
        "",
        OPERATOR,
        "r",
    )


@pytest.mark.parametrize(
    ("adjustments", "error"),
    [
        ([("coins", 1), ("gems", -6)], InsufficientFunds),
        ([("coins", -11)], InsufficientFunds),
        ([("coins", 1), ("gems", 96)], BalanceCap),
        ([("coins", AMOUNT_MAX)], BalanceCap),
        ([("coins", -AMOUNT_MAX)], InsufficientFunds),
        ([("coins", 1), ("silver", 1)], UnknownCurrency),
        ([("coins", 1), ("coins", -1)], InvalidArgument),
    ],
)
def test_all_or_nothing(
    world: World, adjustments: list[tuple[str, int]], error: type[RenownError]
) -> None:
    before = world.state()
    with pytest.raises(error):
        world.run(adjust(*adjustments))
    before["requests"] = world.tables["requests"]
    assert world.state() == before


def test_to_zero_and_to_the_cap(world: World) -> None:
    world.run(adjust(("coins", -10), ("gems", 95)))
    assert (world.balance("p"), world.balance("p", "gems")) == (0, 100)


def test_violations_name_the_field(world: World) -> None:
    with pytest.raises(UnknownCurrency) as raised:
        world.run(adjust(("coins", 1), ("silver", 1)))
    assert raised.value.refusal.violations[0][0] == "adjustments[1].currency"


def test_a_retry_changes_nothing(world: World) -> None:
    done = world.run(adjust(("coins", 1)))
    again = world.run(adjust(("coins", 1)))
    assert (again.facts, again.first_sequence) == (done.facts, done.first_sequence)
    assert world.balance("p") == 11
    assert len(audit_of(world)) == 1
    with pytest.raises(RequestIdReused):
        world.run(adjust(("coins", 2)))


def test_the_player_must_exist(world: World) -> None:
    with pytest.raises(PlayerNotFound):
        world.run(adjust(("coins", 1), player_id="nobody"))
