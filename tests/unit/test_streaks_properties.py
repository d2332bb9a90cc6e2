"""A streak is a function of dated activity: whatever the order, however often."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.engine.clock import from_us
from renown_server.engine.command import Command
from renown_server.engine.facts import StreakBroken, StreakMilestoneReached
from renown_server.profile.days import day_of
from renown_server.progress.streak_days import history, is_whole
from tests.kit.commands import activity, create, credit
from tests.kit.pure import World
from tests.kit.streaks import SNAPSHOT, Keeper, freezing, of_type, repairing, taking_back
from tests.kit.times import DAY, HOUR, NOON

ZONES = ["UTC", "America/Sao_Paulo", "Pacific/Apia", "Asia/Tokyo", "America/New_York"]
APIA = 1_325_160_000_000_000
"""2011-12-29T12:00Z, about the day that Apia did not have."""

LATE_MAX = 72

hours = st.lists(st.integers(0, LATE_MAX - 1), min_size=1, max_size=12)
zones = st.sampled_from(ZONES)
starts = st.sampled_from([NOON, APIA])


def model(days: set[int], zone_has: dict[int, bool]) -> list[tuple[int, int, int]]:
    """(first, last, length) of the runs of days, by brute force."""
    runs: list[list[int]] = []
    for each in sorted(days):
        gap = [d for d in range(runs[-1][-1] + 1, each) if zone_has[d]] if runs else [0]
        if runs and not gap:
            runs[-1].append(each)
        else:
            runs.append([each])
    return [(run[0], run[-1], len(run)) for run in runs]


def world_of(zone: str, now_us: int) -> World:
    world = World(SNAPSHOT, now_us)
    world.run(create("p", time_zone=zone))
    return world


@given(hours, st.randoms(use_true_random=False), zones, starts)
@settings(max_examples=60, deadline=None)
def test_shuffled_late_activities_give_the_same_streaks(
    late: list[int], dice: object, zone: str, start_us: int
) -> None:
    now_us = start_us + LATE_MAX * HOUR
    shuffled = late.copy()
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    found = []
    for order in (late, shuffled, sorted(late, reverse=True)):
        world = world_of(zone, now_us)
        for each in order:
            world.run(activity("p", occurred_at_us=now_us - each * HOUR))
        state = world.progress("p").streaks["daily"]
        player = world.player("p")
        runs = history(state, zone)
        assert is_whole(state.runs)
        found.append((state.runs, runs, state.longest, world.balance("p", "points")))
        days = {day_of(player, now_us - each * HOUR) for each in late}
        assert world.balance("p", "points") == 5 * len(days)
        step = range(min(days) - 1, max(days) + 2)
        lived = {day_of(player, now_us + h * HOUR) for h in range(-2 * LATE_MAX, 48)}
        assert [tuple(run) for run in runs] == model(days, {d: d in lived for d in step})
        assert state.longest == max(run.length for run in runs)
    assert found[0] == found[1] == found[2]


steps = st.lists(
    st.tuples(
        st.sampled_from(["act", "act", "act", "late", "freeze", "repair", "time", "wait", "wait"]),
        st.integers(0, 60),
    ),
    min_size=5,
    max_size=40,
)


def play(keeper: Keeper, taken: list[tuple[str, int]]) -> list[tuple[str, tuple[object, ...]]]:
    """Does what the steps say; what each of them left."""
    world, left = keeper.world, []
    for at, (kind, amount) in enumerate(taken):
        now_us = world.clock.now_us()
        command: Command | None = None
        if kind == "wait":
            world.clock.value_us += amount * HOUR
        elif kind == "time":
            left.append(("time", tuple(keeper.time())))
        elif kind == "freeze":
            today = from_us(now_us + amount % 9 * DAY).date().isoformat()
            command = freezing("p", today, request_id=f"f{at}")
        elif kind == "repair":
            command = repairing("p", request_id=f"r{at}")
        else:
            occurred_us = now_us - amount * HOUR if kind == "late" else now_us
            command = activity("p", "lesson", f"a{at}", occurred_at_us=occurred_us)
        if command is not None:
            (outcome,) = world.batch(command)
            left.append((kind, tuple(getattr(outcome, "facts", ()))))
    return left


@given(steps)
@settings(max_examples=80, deadline=None)
def test_the_same_steps_leave_the_same_state_and_pay_nothing_twice(
    taken: list[tuple[str, int]],
) -> None:
    keepers = [Keeper(), Keeper()]
    for keeper in keepers:
        keeper.world.run(credit("p", "c", gems=10_000))
    left = [play(keeper, taken) for keeper in keepers]
    assert left[0] == left[1]
    rows = [keeper.world.tables["progress"] for keeper in keepers]
    assert rows[0] == rows[1]
    facts = [fact for _, found in left[0] for fact in found]
    state = keepers[0].state()
    assert is_whole(state.runs)
    days = sum(last - first + 1 for first, last in state.runs)
    assert keepers[0].world.balance("p", "points") == 5 * days
    paid = [(fact.start_day, fact.days) for fact in of_type(facts, StreakMilestoneReached)]
    assert len(paid) == len(set(paid)), "a milestone twice for a streak"
    for run in history(state, "UTC"):
        once = [d for first, d in paid if run.start_day <= first <= run.last_day]
        assert {d for d in (3, 7, 14) if d <= run.length} <= set(once)
    broken = [(fact.start_day, fact.end_day) for fact in of_type(facts, StreakBroken)]
    assert len(broken) <= len(set(broken)) + len([k for k, _ in taken if k == "repair"])
    view = keepers[0].view()
    assert view.longest == max([run.length for run in history(state, "UTC")], default=0)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=30, unique=True), st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_taken_back_leaves_what_was_never_done(
    late: list[int], data: st.DataObject
) -> None:
    """All but the memory of what was taken."""
    start = NOON - 200 * HOUR
    gone = data.draw(st.sets(st.sampled_from(late), max_size=len(late) - 1))
    played = []
    for without in (False, True):
        world = world_of("UTC", start)
        for each in sorted(late):
            world.clock.value_us = start + each * HOUR
            if not (without and each in gone):
                world.run(activity("p", "lesson", f"a{each}"))
        world.clock.value_us = NOON
        for each in sorted(gone):
            if not without:
                world.run(taking_back("p", f"a{each}", start + each * HOUR))
        state = world.progress("p").streaks["daily"]
        played.append((state.runs, state.counts, state.longest))
    assert played[0] == played[1]


def test_the_model_by_hand() -> None:
    has = dict.fromkeys(range(20), True) | {5: False}
    assert model({3, 4, 6, 8}, has) == [(3, 6, 3), (8, 8, 1)]
