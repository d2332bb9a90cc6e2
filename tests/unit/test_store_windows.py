"""Windows of limits: days and weeks by the player's local date."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date

import pytest

from renown_server.catalog.goods import LimitWindow, Offer, Reward
from renown_server.store.rotations import Window
from renown_server.store.shelves import Sale, counts
from renown_server.store.state import NO_WINDOW
from tests.kit.times import DAY, MINUTE, us

OFFER = Offer("o", "", "", "", "", (), "offer:o", Reward(xp=1), limit_per_player=1)
TURN = Window(us("2026-11-18T06:00:00+00:00"), us("2026-11-19T06:00:00+00:00"))


def window(kind: LimitWindow, zone: str, moment_us: int) -> int:
    return Sale(dataclasses.replace(OFFER, limit_window=kind), TURN, 0).window_us(zone, moment_us)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2026-11-17T23:59:59.999999+00:00", "2026-11-17"),
        ("UTC", "2026-11-18T00:00:00+00:00", "2026-11-18"),
        ("Asia/Tokyo", "2026-11-18T14:59:59+00:00", "2026-11-18"),
        ("Asia/Tokyo", "2026-11-18T15:00:00+00:00", "2026-11-19"),
        # A day of 23 hours and one of 25.
        ("Europe/Berlin", "2026-03-28T22:59:59+00:00", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("Europe/Berlin", "2026-10-24T22:00:00+00:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", "2026-10-26"),
        # Midnight is left out, and is shown twice.
        ("Africa/Cairo", "2026-04-23T21:59:59+00:00", "2026-04-23"),
        ("Africa/Cairo", "2026-04-23T22:00:00+00:00", "2026-04-24"),
        ("Africa/Cairo", "2026-10-29T21:30:00+00:00", "2026-10-29"),
        ("Africa/Cairo", "2026-10-29T22:00:00+00:00", "2026-10-30"),
        ("Pacific/Kiritimati", "2026-11-18T12:00:00+00:00", "2026-11-19"),
        ("Pacific/Pago_Pago", "2026-11-18T12:00:00+00:00", "2026-11-18"),
    ],
)
def test_days_and_weeks(zone: str, moment: str, day: str) -> None:
    assert window(LimitWindow.DAILY, zone, us(moment)) == us(f"{day}T00:00:00+00:00")
    local = date.fromisoformat(day)
    monday = date.fromordinal(local.toordinal() - local.weekday())
    assert window(LimitWindow.WEEKLY, zone, us(moment)) == us(f"{monday}T00:00:00+00:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Cairo", "America/Santiago", "UTC"])
@pytest.mark.parametrize(("kind", "days"), [(LimitWindow.DAILY, 1), (LimitWindow.WEEKLY, 7)])
def test_a_year_leaves_out_no_window_and_goes_back_to_none(
    zone: str, kind: LimitWindow, days: int
) -> None:
    first = us("2026-01-01T12:00:00+00:00")
    found = [window(kind, zone, at) for at in range(first, first + 366 * DAY, 29 * MINUTE)]
    steps = {after - before for before, after in itertools.pairwise(found)}
    assert steps == {0, days * DAY}


def test_limits_for_ever_of_a_turn_and_none() -> None:
    moment_us = TURN.starts_us + 5
    assert window(LimitWindow.EVER, "Asia/Tokyo", moment_us) == 0
    assert window(LimitWindow.ROTATION, "Asia/Tokyo", moment_us) == TURN.starts_us
    unlimited = Sale(dataclasses.replace(OFFER, limit_per_player=0), TURN, 0)
    assert unlimited.window_us("UTC", moment_us) == NO_WINDOW


def test_what_counts() -> None:
    assert counts(100, 100, 2) == 2
    assert counts(99, 100, 2) == 0
    # The player has moved to a zone where it is still yesterday.
    assert counts(101, 100, 2) == 2
