"""The economy beside a model that shares no line with it: any operations, in any order.

After each step wallets, items, mail and levels equal the model's; a refusal leaves no trace; a
retry gets the same bytes and changes nothing. After each run the books are checked in SQL.
"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.kit.economy_calls import Calls
from tests.kit.economy_machine import EconomyMachine
from tests.kit.economy_site import Site
from tests.kit.economy_story import tell_all

BASE = settings(
    database=None,
    deadline=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SHORT = settings(BASE, derandomize=True, max_examples=15, stateful_step_count=45)
SOAK = settings(BASE, max_examples=500, stateful_step_count=60)


OPERATIONS = {
    *("Credit", "BatchCredit", "Debit", "Transfer", "AdjustBalance", "GrantItems", "GiftItem"),
    *("ConsumeItem", "EquipItem", "UnequipItem", "ActivatePowerUp", "OpenContainer", "ClaimMail"),
    *("Purchase", "RedeemReceipt", "RevokePurchase", "ProposeTrade", "AcceptTrade", "CancelTrade"),
    *("RecordActivity", "RevokeActivity"),
}
"""What a run must have done at least once."""


async def drive(site: Site, profile: settings) -> None:
    """Runs the machine in a thread: it is synchronous, and the server needs this one."""
    machine = type("Machine", (EconomyMachine,), {"site": site})
    site.outcomes.clear()
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=profile)


def check_done(site: Site) -> None:
    """Each operation has succeeded at least once."""
    done = {rpc for rpc, reason in site.outcomes if reason == "OK"}
    assert done >= OPERATIONS, f"never done: {OPERATIONS - done}"


async def test_story_equals_the_model(site: Site) -> None:
    site.outcomes.clear()
    await asyncio.to_thread(tell_all, Calls(site))
    check_done(site)


@pytest.mark.timeout(420)  # a failure takes its time to be made small
async def test_economy_equals_its_model(site: Site) -> None:
    await drive(site, SHORT)


@pytest.mark.soak
async def test_economy_equals_its_model_for_long(site: Site) -> None:
    await drive(site, SOAK)
    check_done(site)
