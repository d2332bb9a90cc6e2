"""What holds of the classroom's players, whatever they do: replay, batches, order, no way back."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.v1.catalog_pb2 import Catalog
from renown_server import reactions
from renown_server.activity.commands import RecordActivity
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.validate import validate
from renown_server.engine.command import Command, Recorded
from renown_server.engine.work import Work
from renown_server.quests import commands as quests
from tests.conftest import CHECKOUT
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.times import HOUR, NOON, SECOND

CATALOG = load_catalog(CHECKOUT / "catalogs/classroom")
SNAPSHOT = compile_catalog(CATALOG, 1)
ZONES = {"ann": "UTC", "bob": "Asia/Tokyo", "cyd": "America/New_York"}
LATE_MAX_H = 71
KINDS = ["lesson_completed"] * 4 + ["quiz_completed"] * 3 + ["perfect_quiz", "help_given",
         "talked_to_npc", "login", "science_fair"]  # fmt: skip
STARTED = ["side_helper", "quiz_challenge", "harvest_event", "lost_library"]

Deed = tuple[str, str, dict[str, Any]]
"""Player, activity type or `start:<quest>`, fields of the activity."""


@st.composite
def deeds(draw: st.DrawFn, players: tuple[str, ...] = tuple(ZONES)) -> Deed:
    """An activity, or now and then the start or the claim of a quest."""
    player = draw(st.sampled_from(players))
    if draw(st.integers(0, 9)) == 9:
        verb = draw(st.sampled_from(["start", "claim"]))
        return player, f"{verb}:{draw(st.sampled_from(STARTED))}", {}
    kind = draw(st.sampled_from(KINDS))
    fields: dict[str, Any] = {"perfect": draw(st.booleans())}
    if draw(st.booleans()):
        fields["occurred_at_us"] = NOON - draw(st.integers(0, LATE_MAX_H)) * HOUR
    if draw(st.booleans()):
        fields |= {
            "time_us": draw(st.integers(1, 99)) * SECOND,
            "expected_time_us": 100 * SECOND,
        }
    if kind == "lesson_completed":
        fields["metrics"] = {"study_minutes": draw(st.integers(0, 40))}
        fields["context"] = {
            "subject": draw(st.sampled_from(["math", "art", "english", "music", "history"])),
            "difficulty": draw(st.sampled_from(["easy", "hard"])),
            "time_of_day": draw(st.sampled_from(["day", "day", "night"])),
        }
    if kind == "talked_to_npc":
        fields["context"] = {"npc": "gardener"}
    if kind == "quiz_completed":
        fields["metrics"] = {"accuracy": draw(st.integers(800, 1000)), "best_score": 7}
    return player, kind, fields


class Unlucky:
    """Chance that gives nothing, where a command's tape says nothing."""

    def below(self, bound: int) -> int:
        """The last number."""
        return bound - 1

    def token(self, size: int) -> str:
        """Nothing in this game is named by chance."""
        raise AssertionError("no command here asks for it")


class Watched(World):
    """A world that counts the definitions looked at."""

    visited = 0

    def keep(self, work: Work) -> None:
        """Counts, and keeps."""
        self.visited += work.visited
        super().keep(work)


def begin(snapshot: CatalogSnapshot = SNAPSHOT) -> Watched:
    """A world with everybody in it."""
    world = Watched(snapshot, NOON, react=reactions.react)
    world.random = Unlucky()  # type: ignore[assignment]
    for player, zone in ZONES.items():
        world.run(create(player, f"born-{player}", time_zone=zone))
    return world


def command(deed: Deed, number: int, snapshot: CatalogSnapshot = SNAPSHOT) -> Command:
    """A deed's command. Its luck is its own, by its number, whoever else is in the batch."""
    player, kind, fields = deed
    verb, _, quest = kind.partition(":")
    if quest:
        make = quests.start_quest if verb == "start" else quests.claim_quest_reward
        return make(quests.QuestBody(f"r{number}", player, quest), "key:game", snapshot)
    made: RecordActivity = activity(player, kind, f"a{number}", **fields)
    if kind == "lesson_completed":
        luck = zlib.crc32(f"{number}".encode()) % 10 == 0
        made.tape = [("below", 1_000_000, 0 if luck else 999_999)]
    return made


def play(script: Sequence[tuple[int, Deed]], sizes: Sequence[int] = ()) -> Watched:
    """A world after numbered deeds, in batches of these sizes in turn; one by one if there are
    none."""
    world = begin()
    left = [command(deed, number) for number, deed in script]
    place = 0
    while left:
        size = sizes[place % len(sizes)] if sizes else 1
        place += 1
        world.batch(*left[:size])
        del left[:size]
    return world


def state_of(world: World) -> dict[str, Any]:
    """All that is stored, but for the boards' versions: these are of the whole batch."""
    state = world.state()
    state["scores"] = {key: (row[0], *row[2:]) for key, row in state["scores"].items()}
    return state


scripts = st.lists(deeds(), max_size=30).map(lambda script: list(enumerate(script)))


@given(scripts)
@settings(max_examples=40, deadline=None)
def test_played_again_it_is_the_same_and_retries_change_nothing(
    script: list[tuple[int, Deed]],
) -> None:
    once, again = play(script), play(script)
    assert once.state() == again.state()
    for number, deed in script:
        (outcome,) = again.batch(command(deed, number))
        assert not isinstance(outcome, Recorded) or outcome.replayed
    assert once.state() == again.state()


@given(scripts, st.lists(st.integers(1, 12), min_size=1, max_size=4), st.data())
@settings(max_examples=60, deadline=None)
def test_batches_and_the_order_of_players_do_not_matter(
    script: list[tuple[int, Deed]], sizes: list[int], data: st.DataObject
) -> None:
    # Each player's deeds stay in order; whose turn it is, is not.
    turns = data.draw(st.permutations([deed[0] for _, deed in script]))
    queues = {player: [step for step in script if step[1][0] == player] for player in ZONES}
    shuffled = [queues[player].pop(0) for player in turns]
    assert state_of(play(script)) == state_of(play(shuffled, sizes))


WINDOWS = """
name: windows
settings: {lateness_max: 72h}
metrics: [{id: lessons}]
activity_types:
  - {id: lesson, counts: [lessons]}
  - {id: walk}
streaks: [{id: daily, activity_types: [lesson, walk], activities_per_day: 2}]
achievements:
  - {id: by_day, requirements: {conditions: [{metric: lessons, value: 99, time_frame: day}]}}
  - {id: by_week, requirements: {conditions: [{activity_type: walk, value: 99, time_frame: week}]}}
  - id: both_in_a_day
    requirements:
      conditions: [{metric: lessons, value: 99}, {activity_type: walk, value: 99}]
      time_constraint: {type: daily}
"""
WINDOWED = snapshot_of(WINDOWS)

times = st.lists(
    st.tuples(st.sampled_from(["lesson", "walk"]), st.integers(0, LATE_MAX_H)), max_size=20
)


@given(times, st.sampled_from(sorted(ZONES.values())), st.data())
@settings(max_examples=60, deadline=None)
def test_late_activities_count_the_same_in_any_order(
    late: list[tuple[str, int]], zone: str, data: st.DataObject
) -> None:
    found = []
    for order in (late, data.draw(st.permutations(late))):
        world = World(WINDOWED, NOON, react=reactions.react)
        world.run(create("p", time_zone=zone))
        for kind, hours in order:
            world.run(activity("p", kind, occurred_at_us=NOON - hours * HOUR))
        progress = world.progress("p")
        windows = {name: (each.counts, each.windows) for name, each in progress.tallies.items()}
        streaks = {
            name: (each.runs, each.counts, each.longest) for name, each in progress.streaks.items()
        }
        found.append((windows, streaks))
    assert found[0] == found[1]


@given(scripts)
@settings(max_examples=40, deadline=None)
def test_nothing_that_was_earned_is_lost_by_doing_more(script: list[tuple[int, Deed]]) -> None:
    world = begin()
    before = {player: dict[str, int]() for player in ZONES}
    for number, deed in script:
        world.batch(command(deed, number))
        player = deed[0]
        after = earned_by(world, player)
        lost = {name: count for name, count in before[player].items() if after[name] < count}
        assert not lost, f"{deed} took {lost}"
        before[player] = after


def earned_by(world: World, player: str) -> dict[str, int]:
    """Counts that only grow."""
    earned, progress = world.earned(player), world.progress(player)
    found = {"xp": world.player(player).lifetime_xp, "level": world.player(player).level}
    for name, achievement in earned.achievements.items():
        found[f"times of {name}"] = achievement.times
        found[f"tier of {name}"] = achievement.tier
    for name, badge in earned.badges.items():
        found[f"badges of {name}"] = badge.earned
    for name, record in earned.quests.items():
        found[f"completions of {name}"] = record.times
    for name, streak in progress.streaks.items():
        found[f"longest of {name}"] = streak.longest
        found[f"days of {name}"] = sum(last - first + 1 for first, last in streak.runs)
    found |= dict.fromkeys([f"title {name}" for name in earned.honors.titles], 1)
    return found


def crowded(copies: int) -> Catalog:
    """The classroom with so many more achievements, badges and quests about something else."""
    catalog = Catalog()
    catalog.CopyFrom(CATALOG)
    catalog.activity_types.add(id="elsewhere", counts=["steps"])
    catalog.metrics.add(id="steps")
    for number in range(copies):
        achievement = catalog.achievements.add(id=f"far_{number}")
        condition = achievement.requirements.conditions.add(value=1 + number)
        badge = catalog.badges.add(id=f"far_{number}")
        badge.acquisition.CopyFrom(_named(catalog.badges, "scientist").acquisition)
        badge.acquisition.activity_types[:] = ["elsewhere"]
        quest = catalog.quests.add(id=f"far_{number}", auto_start=True)
        target = quest.objectives.add(id="there").targets.add(value=1 + number)
        for each in (condition, target):
            if number % 2:
                each.metric = "steps"
            else:
                each.activity_type = "elsewhere"
    findings = list(validate(catalog))
    assert not findings, findings[:3]
    return catalog


def _named(definitions: Any, name: str) -> Any:
    return next(each for each in definitions if each.id == name)


CROWDED = compile_catalog(crowded(1_000), 1)


@given(scripts)
@settings(max_examples=30, deadline=None)
def test_definitions_about_something_else_are_never_looked_at(
    script: list[tuple[int, Deed]],
) -> None:
    plain, among_many = begin(), begin(CROWDED)
    for number, deed in script:
        outcomes = [
            world.batch(command(deed, number, world.snapshot))[0] for world in (plain, among_many)
        ]
        facts = [getattr(outcome, "facts", str(outcome)) for outcome in outcomes]
        assert facts[0] == facts[1]
        assert plain.visited == among_many.visited
    assert plain.state() == among_many.state()


def test_what_was_added_is_looked_at_when_it_is_meant() -> None:
    world = begin(CROWDED)
    before = world.visited
    world.run(activity("ann", "elsewhere", "a"))
    assert world.visited - before >= 3_000
    assert msgspec.json.decode(world.progress("ann").packed("quests"))
