"""A streak is a function of dates."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.engine.clock import to_us
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState, ZoneChange
from renown_server.progress import streak_days
from renown_server.progress.streak_days import SPANS_MAX, Run
from renown_server.progress.values import StreakState

APIA = "Pacific/Apia"
NONE = StreakState()


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


def state_of(*days: int, zone: str = "UTC", state: StreakState = NONE) -> StreakState:
    for each in days:
        state, _ = streak_days.add_day(state, each, zone)
    return state


@pytest.mark.parametrize(
    ("active", "today", "length", "start"),
    [
        ([], 10, 0, 0),
        ([10], 10, 1, 10),
        ([9], 10, 1, 9),
        ([8], 10, 0, 0),
        ([7, 8, 9], 10, 3, 7),
        ([7, 8, 9, 10], 10, 4, 7),
        ([5, 6, 8, 9], 10, 2, 8),
        ([9, 11], 10, 1, 11),  # a clock ahead
    ],
)
def test_a_streak_ends_today_or_yesterday(
    active: list[int], today: int, length: int, start: int
) -> None:
    assert streak_days.current(state_of(*active), today, "UTC") == (length, start)


def test_a_late_day_joins_two_streaks() -> None:
    state = state_of(1, 2, 3, 5, 6)
    assert state.longest == 3
    state = state_of(4, state=state)
    assert state.runs == ((1, 6),)
    assert streak_days.current(state, 7, "UTC") == (6, 1)
    assert streak_days.longest(state) == 6


def test_frozen_days_are_no_gap_and_do_not_count() -> None:
    friday = day("2026-11-20")
    state = streak_days.freeze(state_of(friday - 1, friday), friday + 1, friday + 2, "UTC")
    monday = friday + 3
    assert streak_days.current(state, monday, "UTC") == (2, friday - 1)
    assert streak_days.needed_day(state, "UTC") == monday
    assert streak_days.current(state, monday + 1, "UTC") == (0, 0)
    state = state_of(monday, state=state)
    assert streak_days.current(state, monday, "UTC") == (3, friday - 1)
    # What was done on a frozen day counts.
    state = state_of(friday + 1, state=state)
    assert streak_days.current(state, monday, "UTC") == (4, friday - 1)
    assert streak_days.is_frozen(state, friday + 1)
    assert streak_days.counted(state, friday + 1)
    assert not streak_days.counted(state, friday + 2)


def test_a_freeze_after_the_fact_joins() -> None:
    state = streak_days.freeze(state_of(1, 2, 4, 5), 3, 3, "UTC")
    assert streak_days.current(state, 5, "UTC") == (4, 1)
    assert state.longest == 4
    assert streak_days.freeze(state, 3, 3, "UTC") is state


def test_repaired_days_are_no_gap() -> None:
    state = state_of(1, 2, 5)
    assert streak_days.missed(state_of(1, 2), 5, "UTC") == (3, 4)
    state = streak_days.repair(state, (3, 4), "UTC")
    assert state.repaired == (3, 4)
    assert streak_days.current(state, 5, "UTC") == (3, 1)
    assert state.longest == 3
    assert streak_days.repair(state, (3,), "UTC") is state
    assert streak_days.missed(state, 6, "UTC") == ()
    assert streak_days.missed(NONE, 6, "UTC") == ()


def test_a_day_taken_back() -> None:
    state = state_of(*range(1, 8))
    state = streak_days.remove_day(state, 4, "UTC")
    assert state.runs == ((1, 3), (5, 7))
    assert streak_days.current(state, 8, "UTC") == (3, 5)
    assert state.longest == 3
    assert streak_days.remove_day(state, 4, "UTC") is state
    assert state_of(4, state=state) == state_of(*range(1, 8))


def test_apia_had_no_30_december() -> None:
    active = [day("2011-12-28"), day("2011-12-29"), day("2011-12-31"), day("2012-01-01")]
    state = state_of(*active, zone=APIA)
    assert streak_days.current(state, active[-1], APIA) == (4, active[0])
    assert streak_days.history(state, APIA) == (Run(active[0], active[-1], 4),)
    assert state.longest == 4
    assert streak_days.current(state_of(*active[:2]), active[2], APIA) == (2, active[0])
    assert streak_days.current(state_of(*active[:2]), active[2], "UTC") == (0, 0)


def test_a_leap_day_is_a_day() -> None:
    first = day("2024-02-28")
    assert streak_days.current(state_of(first, first + 2), first + 2, "UTC")[0] == 1
    assert streak_days.current(state_of(first, first + 1, first + 2), first + 2, "UTC")[0] == 3


@pytest.mark.parametrize(
    ("zone", "moments", "length"),
    [
        # An hour is skipped, an hour comes twice.
        ("Europe/Berlin", ["2026-03-28T22:59", "2026-03-29T21:59", "2026-03-29T22:00"], 3),
        ("Europe/Berlin", ["2026-10-24T22:00", "2026-10-25T22:59", "2026-10-25T23:00"], 2),
        # The 4th began at 1:00, an hour after the 3rd had ended at midnight.
        ("America/Sao_Paulo", ["2018-11-04T02:59", "2018-11-04T03:00", "2018-11-05T02:00"], 3),
        ("America/Sao_Paulo", ["2018-02-18T01:30", "2018-02-18T02:30", "2018-02-18T03:00"], 2),
    ],
)
def test_clocks_that_are_set(zone: str, moments: list[str], length: int) -> None:
    someone = PlayerState("p")
    someone.time_zone = zone
    active = [day_of(someone, us(each)) for each in moments]
    state = state_of(*active, zone=zone)
    assert streak_days.current(state, active[-1], zone)[0] == length


@pytest.mark.parametrize("back_and_forth", [("Pacific/Kiritimati", "Pacific/Pago_Pago")] * 2)
@pytest.mark.parametrize("turned", [False, True])
def test_moves_gain_no_day(back_and_forth: tuple[str, str], turned: bool) -> None:
    """An activity every hour for ten days, with a move every 30 h, is no more than ten days."""
    zones = back_and_forth[::-1] if turned else back_and_forth
    start_us, hour_us = us("2026-11-01T12:00"), 3_600_000_000
    someone = PlayerState("p")
    moves = [ZoneChange(zones[at % 2], start_us + at * 30 * hour_us) for at in range(8)]
    someone.zones, someone.time_zone = tuple(moves), zones[0]
    active = {day_of(someone, start_us + hour * hour_us) for hour in range(240)}
    # Ten days touch eleven dates; the date in the east is a day ahead at the end.
    assert len(active) <= 12
    assert max(active) <= day("2026-11-12")


_DAYS = st.lists(st.integers(15_330, 15_380), max_size=60)  # around Apia's missing day, 15338


@settings(max_examples=200, deadline=None)
@given(
    active=_DAYS,
    frozen=st.lists(st.tuples(st.integers(15_330, 15_380), st.integers(0, 4)), max_size=5),
    repaired=st.lists(st.integers(15_330, 15_380), max_size=4),
    zone=st.sampled_from(["UTC", APIA]),
    seed=st.integers(0, 1000),
)
def test_a_streak_is_a_function_of_dates(
    active: list[int],
    frozen: list[tuple[int, int]],
    repaired: list[int],
    zone: str,
    seed: int,
) -> None:
    def build(order: list[tuple[str, int, int]]) -> StreakState:
        state = NONE
        for kind, first, span in order:
            if kind == "day":
                state, fallen = streak_days.add_day(state, first, zone)
                assert not fallen
            elif kind == "freeze":
                state = streak_days.freeze(state, first, first + span, zone)
            else:
                state = streak_days.repair(state, (first,), zone)
            assert streak_days.is_whole(state.runs)
            assert streak_days.is_whole(state.frozen)
        return state

    steps = [("day", each, 0) for each in active]
    steps += [("freeze", *each) for each in frozen] + [("repair", each, 0) for each in repaired]
    state = build(steps)
    shuffled = steps + steps[: len(steps) // 2]
    random.Random(seed).shuffle(shuffled)
    assert build(shuffled) == state
    # The same by hand, day by day.
    bridges = {each for first, span in frozen for each in range(first, first + span + 1)}
    bridges |= set(repaired) | ({15_338} if zone == APIA else set())
    for today in range(15_328, 15_385):
        known = state_of(*[each for each in active if each <= today], zone=zone)
        known = StreakState(known.runs, state.frozen, state.repaired)
        length, at = 0, today if today in active else today - 1
        while at in active or (at in bridges and at > 15_328):
            length += at in active
            at -= 1
        assert streak_days.current(known, today, zone)[0] == length
    assert state.longest == max((run.length for run in streak_days.history(state, zone)), default=0)
    assert sum(run.length for run in streak_days.history(state, zone)) == len(set(active))


@settings(max_examples=100, deadline=None)
@given(active=_DAYS, taken=_DAYS)
def test_days_taken_back_were_never_there(active: list[int], taken: list[int]) -> None:
    state = state_of(*active)
    for each in taken:
        state = streak_days.remove_day(state, each, "UTC")
    assert state == state_of(*sorted(set(active) - set(taken)))


def test_the_oldest_spans_fall_out() -> None:
    state = NONE
    gone: list[Run] = []
    for at in range(0, 3 * (SPANS_MAX + 5), 3):
        for each in (at, at + 1) if at else (at, at + 1, at - 1, at - 2):
            state, fallen = streak_days.add_day(state, each, "UTC")
            gone += fallen
    assert len(state.runs) == SPANS_MAX
    assert gone == [Run(-2, 1, 4), *[Run(at, at + 1, 2) for at in range(3, 15, 3)]]
    assert (state.longest, state.past_longest) == (4, 4)
    state = streak_days.remove_day(state, state.runs[-1][1], "UTC")
    assert state.longest == 4
