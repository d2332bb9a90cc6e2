"""What a look at the whole ledger says of currencies."""

from __future__ import annotations

import pytest

from renown_server.currency.report import Report


def report(balance: int, **accounts: int) -> Report:
    found = Report()
    found.add_balance("coins", balance)
    for kind, amount in accounts.items():
        found.add_account("coins", kind, amount)
    return found


@pytest.mark.parametrize(
    ("found", "held"),
    [
        (Report(), {}),
        (report(7, issuance=10, sink=-3), {}),
        (report(7, issuance=10, escrow=-3), {"escrow": {"coins": 3}}),
        (report(7, issuance=10, escrow=-3, player=0), {"escrow": {"coins": 3, "gems": 0}}),
        (report(2**60, issuance=2**61, sink=-(2**60)), {}),
    ],
)
def test_it_adds_up(found: Report, held: dict[str, dict[str, int]]) -> None:
    found.compare(held)
    assert found.is_sound


@pytest.mark.parametrize(
    ("found", "held", "says"),
    [
        (
            report(8, issuance=10, sink=-3),
            {},
            ["coins: players have 8, and 7 came out of the accounts"],
        ),
        (
            report(0, issuance=1),
            {},
            ["coins: players have 0, and 1 came out of the accounts"],
        ),
        (
            report(10, issuance=9, player=1),
            {},
            ["coins: what players gave each other leaves 1, not 0"],
        ),
        (
            report(7, issuance=10, escrow=-3),
            {"escrow": {}},
            ["coins: 3 lies in escrow, and 0 should"],
        ),
        (
            report(10, issuance=10),
            {"escrow": {"gems": 4}, "mail": {"coins": 1}},
            ["gems: 0 lies in escrow, and 4 should", "coins: 0 lies in mail, and 1 should"],
        ),
    ],
)
def test_it_does_not(found: Report, held: dict[str, dict[str, int]], says: list[str]) -> None:
    found.compare(held)
    assert found.mismatches == says
    assert not found.is_sound


def test_a_currency_without_wallets_counts() -> None:
    found = Report()
    found.add_account("coins", "issuance", 5)
    found.compare({})
    assert found.mismatches == ["coins: players have 0, and 5 came out of the accounts"]


def test_amounts_of_ranges_add_up() -> None:
    found = report(3, issuance=4)
    found.add_balance("coins", 4)
    found.add_account("coins", "issuance", 5)
    assert (found.balances, found.accounts) == ({"coins": 7}, {("coins", "issuance"): 9})
