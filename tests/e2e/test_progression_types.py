"""Each requirement, objective, quest and badge type over the wire, in the classroom game.

A test is named after its type; each has a player of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
import pytest_asyncio

from renown.v1 import progression_pb2 as progression
from renown.v1 import quest_service_pb2 as quest_pb
from renown_server.engine.clock import FixedClock
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import CHECKOUT
from tests.e2e.conftest import TRANSPORTS, running_server
from tests.kit.chance import ToldChance
from tests.kit.fresh import fresh
from tests.kit.raw import Raw
from tests.kit.times import DAY, NOON
from tests.kit.wire import Wire

MORE = """
badges:
  - id: geologist
    name: Geologist
    acquisition: {method: collection, items_needed: [{item_id: crystal_red, quantity: 2}]}
  - id: thanks
    name: Thanks
    acquisition: {method: gift, giftable: true, max_per_player: 10}
quests:
  - id: climb
    name: Climb
    objectives: [{id: level, type: reach, targets: [{stat: level, value: 5}]}]
  - id: no_mistake
    name: No mistake
    objectives: [{id: quizzes, type: perfect, targets: [{activity_type: quiz_completed, value: 3}]}]
"""
"""What the classroom lacks: badges of two methods, and has only at the end of its chain."""

CHANCE = ToldChance()
FAST = {"time": "40s", "expected_time": "100s"}
SLOW = {"time": "60s", "expected_time": "100s"}

Story = Callable[[Wire, str], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def wire(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Wire]:
    """The classroom on each transport."""
    catalog = tmp_path_factory.mktemp("classroom") / "game"
    shutil.copytree(CHECKOUT / "catalogs/classroom", catalog)
    (catalog / "more.yaml").write_text(MORE)
    clock = FixedClock(NOON)
    async with (
        running_server(servers, request.param, catalog, clock=clock, random=CHANCE) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        yield Wire(Raw(channel, running.server_key), running.admin_key, clock)


@contextmanager
def later(wire: Wire, days: float) -> Iterator[None]:
    """So many days after noon, for a while."""
    wire.clock.value_us = NOON + round(days * DAY)
    try:
        yield
    finally:
        wire.clock.value_us = NOON


@contextmanager
def luck() -> Iterator[None]:
    """Everything that can happen by chance does, for a while."""
    CHANCE.lucky = True
    try:
        yield
    finally:
        CHANCE.lucky = False


async def times(wire: Wire, number: int, player: str, kind: str, **fields: Any) -> list[Any]:
    """Records the same activity a number of times, in one call."""
    return list(
        await wire.record_all([wire.activity(player, kind, **fields) for _ in range(number)])
    )


def unlocked(*results: Any) -> list[str]:
    return [each.achievement_id for one in results for each in one.progress.achievements]


def objectives(*results: Any) -> list[tuple[str, int, bool]]:
    return [
        (each.objective_id, each.current, each.completed)
        for one in results
        for each in one.progress.objectives
    ]


def completed(*results: Any) -> list[str]:
    return [each.quest_id for one in results for each in one.progress.quests_completed]


async def progress(wire: Wire, player: str, achievement_id: str) -> tuple[int, int]:
    answer = await wire.ask(
        "GetAchievementProgress", player_id=player, achievement_id=achievement_id
    )
    return answer.progress.current_progress, answer.progress.target_progress


async def counts(wire: Wire, player: str) -> dict[str, int]:
    answer = await wire.ask("ListPlayerBadges", player_id=player)
    return {each.badge.badge_id: each.count for each in answer.badges}


async def grant(wire: Wire, player: str, item_id: str, quantity: int = 1) -> Any:
    items = [{"item_id": item_id, "quantity": quantity}]
    return await wire.ask("GrantItems", player_id=player, items=items, event_type="gift")


async def start(wire: Wire, player: str, quest_id: str) -> Any:
    return (await wire.ask("StartQuest", player_id=player, quest_id=quest_id)).run


async def claim(wire: Wire, player: str, quest_id: str) -> Any:
    return await wire.ask("ClaimQuestReward", player_id=player, quest_id=quest_id)


async def availability(wire: Wire, player: str, quest_id: str) -> Any:
    answer = await wire.ask("GetQuest", player_id=player, quest_id=quest_id)
    return answer.quest


class Requirements:
    """How activities count for achievements."""

    async def counter(self, wire: Wire, player: str) -> None:
        """Ten lessons; not nine."""
        nine = await times(wire, 9, player, "lesson_completed")
        assert "fresh_start" not in unlocked(*nine)
        assert await progress(wire, player, "fresh_start") == (9, 10)
        assert "fresh_start" in unlocked(await wire.record(player, "lesson_completed"))

    async def threshold(self, wire: Wire, player: str) -> None:
        """An average of 90 percent over 20 quizzes: one bad one holds it back."""
        quizzes = await times(wire, 20, player, "quiz_completed", metrics={"accuracy": 900})
        assert "sharpshooter" in unlocked(quizzes[-1])
        assert "sharpshooter" not in unlocked(*quizzes[:-1])
        other = fresh("s")
        await wire.record(other, "quiz_completed", metrics={"accuracy": 890})
        quizzes = await times(wire, 19, other, "quiz_completed", metrics={"accuracy": 900})
        assert "sharpshooter" not in unlocked(*quizzes)

    async def collection(self, wire: Wire, player: str) -> None:
        """A crystal of each color; two of one are not enough."""
        await wire.record(player, "login")
        await grant(wire, player, "crystal_red", 2)
        assert await progress(wire, player, "crystal_collector") == (1, 2)
        await grant(wire, player, "crystal_blue")
        assert await progress(wire, player, "crystal_collector") == (2, 2)
        assert "crystal_heart" in await counts(wire, player)

    async def sequence(self, wire: Wire, player: str) -> None:
        """What comes before its turn does not count."""
        kinds = ["help_given", "quiz_completed", "lesson_completed", "help_given"]
        early = [await wire.record(player, kind) for kind in kinds]
        assert await progress(wire, player, "study_plan") == (1, 3)
        assert unlocked(*early) == []
        await wire.record(player, "quiz_completed")
        assert "study_plan" in unlocked(await wire.record(player, "help_given"))

    async def time_limit(self, wire: Wire, player: str) -> None:
        """Ten quizzes in half the expected time; slower ones don't count."""
        await times(wire, 3, player, "quiz_completed", performance=SLOW)
        nine = await times(wire, 9, player, "quiz_completed", performance=FAST)
        assert "quick_thinker" not in unlocked(*nine)
        tenth = await wire.record(player, "quiz_completed", performance=FAST)
        assert "quick_thinker" in unlocked(tenth)

    async def perfect(self, wire: Wire, player: str) -> None:
        """Five in a row, and its prerequisite; a mistake starts the run anew."""
        perfect = FAST | {"perfect": True}
        await times(wire, 4, player, "quiz_completed", performance=perfect)
        await wire.record(player, "quiz_completed", performance=FAST)
        assert await progress(wire, player, "flawless") == (0, 5)
        five = await times(wire, 5, player, "quiz_completed", performance=perfect)
        # The fifth of them is the tenth fast one, which it asks for first.
        assert set(unlocked(five[-1])) >= {"quick_thinker", "flawless"}

    async def streak(self, wire: Wire, player: str) -> None:
        """Seven days in a row; a day without ends it."""
        earned = []
        for day in (0, 2, 3, 4, 5, 6, 7, 8):
            with later(wire, day):
                result = await wire.record(player, "lesson_completed")
                earned += [(day, name) for name in unlocked(result) if name == "week_of_study"]
        assert earned == [(8, "week_of_study")]

    async def unique(self, wire: Wire, player: str) -> None:
        """Five different subjects; the same one again does not count."""
        for subject in ("math", "english", "art", "music", "math"):
            result = await wire.record(player, "lesson_completed", context={"subject": subject})
        assert await progress(wire, player, "all_rounder") == (4, 5)
        result = await wire.record(player, "lesson_completed", context={"subject": "science"})
        assert unlocked(result) == ["all_rounder"]
        assert [each.title_id for each in result.progress.titles] == ["polymath"]


class Objectives:
    """How activities count for quests."""

    async def complete(self, wire: Wire, player: str) -> None:
        """Three lessons; what was done before it began does not count."""
        results = await times(wire, 3, player, "lesson_completed")
        counted = [
            (each.current, each.completed)
            for one in results
            for each in one.progress.objectives
            if each.quest_id == "daily_lessons" and each.completed
        ]
        assert counted == [(3, True)]
        await start(wire, player, "harvest_event")
        (state,) = (await run_of(wire, player, "harvest_event")).objectives
        assert (state.current, state.required) == (0, 20)

    async def collect(self, wire: Wire, player: str) -> None:
        await meet(wire, player)
        await start(wire, player, "lost_library")
        await wire.record(player, "talked_to_npc", context={"npc": "gardener"})
        before = await objective_of(wire, player, "lost_library", "crystals")
        await grant(wire, player, "crystal_red")
        after = await objective_of(wire, player, "lost_library", "crystals")
        assert ((before.done, after.done), after.optional) == ((False, True), True)

    async def achieve(self, wire: Wire, player: str) -> None:
        result = await wire.record(player, "lesson_completed", context={"time_of_day": "night"})
        assert unlocked(result) == ["night_owl"]
        assert "secret_garden" in completed(result)

    async def reach(self, wire: Wire, player: str) -> None:
        """Level 5, however it is reached."""
        await wire.record(player, "login")
        await start(wire, player, "climb")
        await wire.ask("AdjustXp", key=wire.admin_key, player_id=player, amount=500, reason="Test")
        state = await objective_of(wire, player, "climb", "level")
        assert (state.current, state.required, state.done) == (4, 5, False)
        await wire.ask("AdjustXp", key=wire.admin_key, player_id=player, amount=400, reason="Test")
        run = await run_of(wire, player, "climb")
        assert run.state == quest_pb.QUEST_STATE_CLAIMABLE

    async def interact(self, wire: Wire, player: str) -> None:
        """With the gardener, not with the cook."""
        await meet(wire, player)
        await start(wire, player, "lost_library")
        cook = await wire.record(player, "talked_to_npc", context={"npc": "cook"})
        assert objectives(cook) == []
        gardener = await wire.record(player, "talked_to_npc", context={"npc": "gardener"})
        assert objectives(gardener) == [("ask", 1, True)]

    async def time_limit(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        await start(wire, player, "quiz_challenge")
        slow = await wire.record(player, "quiz_completed", performance=SLOW)
        fast = await times(wire, 5, player, "quiz_completed", performance=FAST)
        assert "quiz_challenge" not in completed(slow)
        assert "quiz_challenge" in completed(fast[-1])

    async def perfect(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        await start(wire, player, "no_mistake")
        await wire.record(player, "quiz_completed")
        three = await times(wire, 3, player, "quiz_completed", performance={"perfect": True})
        assert "no_mistake" not in completed(*three[:2])
        assert "no_mistake" in completed(three[2])

    async def sequence(self, wire: Wire, player: str) -> None:
        """A lesson, then help: help alone does not count."""
        await wire.record(player, "login")
        await start(wire, player, "side_helper")
        results = [
            await wire.record(player, kind)
            for kind in ("help_given", "lesson_completed", "help_given")
        ]
        assert ["side_helper" in completed(one) for one in results] == [False, False, True]


class Quests:
    """What quests are for."""

    async def tutorial(self, wire: Wire, player: str) -> None:
        """Starts, completes and pays by itself."""
        result = await wire.record(player, "lesson_completed")
        done = result.progress
        assert "first_steps" in [each.quest_id for each in done.quests_started]
        assert "first_steps" in [each.quest_id for each in done.quests_completed]
        assert [each.quest_id for each in done.quests_claimed] == ["first_steps"]
        assert [(each.item_id, each.quantity) for each in result.items] == [("old_map", 1)]

    async def main(self, wire: Wire, player: str) -> None:
        """The chain: it takes the map, pays on the way, and branches by how it was done."""
        await meet(wire, player)
        run = await start(wire, player, "lost_library")
        assert run.state == quest_pb.QUEST_STATE_ACTIVE
        items = (await wire.ask("ListItems", player_id=player)).items
        assert "old_map" not in [each.item_id for each in items]
        await wire.record(player, "talked_to_npc", context={"npc": "gardener"})
        half = await wire.record(player, "lesson_completed", metrics={"study_minutes": 30})
        assert [each.checkpoint for each in half.progress.objectives if each.checkpoint] == [30]
        await grant(wire, player, "crystal_red")
        whole = await wire.record(player, "lesson_completed", metrics={"study_minutes": 30})
        assert completed(whole) == ["lost_library"]
        assert [each.quest_id for each in whole.progress.quests_unlocked] == ["library_vault"]
        paid = (await claim(wire, player, "lost_library")).effects
        assert "gems" in [each.currency for each in paid.currencies]
        assert (await start(wire, player, "library_vault")).state == quest_pb.QUEST_STATE_ACTIVE
        refused = await wire.refusal("StartQuest", player_id=player, quest_id="library_door")
        assert refused.reason == "QUEST_UNAVAILABLE"

    async def side(self, wire: Wire, player: str) -> None:
        """As often as one likes."""
        for attempt in (1, 2):
            await wire.record(player, "login")
            assert (await start(wire, player, "side_helper")).attempt == attempt
            await wire.record(player, "lesson_completed")
            await wire.record(player, "help_given")
            run = (await claim(wire, player, "side_helper")).run
            assert run.state == quest_pb.QUEST_STATE_COMPLETED

    async def daily(self, wire: Wire, player: str) -> None:
        """Once a local day; the first completion pays more."""
        await times(wire, 3, player, "lesson_completed")
        first = (await claim(wire, player, "daily_lessons")).effects
        assert [each.item_id for each in first.items] == ["crystal_red"]
        again = await times(wire, 3, player, "lesson_completed")
        assert "daily_lessons" not in completed(*again)
        seen = await availability(wire, player, "daily_lessons")
        assert seen.availability == quest_pb.QUEST_AVAILABILITY_RESETTING
        assert seen.resets_at.ToMicroseconds() == NOON + DAY // 2
        with later(wire, 1):
            results = await times(wire, 3, player, "lesson_completed")
            assert "daily_lessons" in completed(*results)
            second = (await claim(wire, player, "daily_lessons")).effects
            assert not second.items

    async def weekly(self, wire: Wire, player: str) -> None:
        """Once a week; help is asked for after the lessons, and later weeks pay less."""
        paid = []
        for week in (0, 7):
            with later(wire, week):
                early = await wire.record(player, "help_given")
                assert "help" not in [name for name, _, _ in objectives(early)]
                await times(wire, 10, player, "lesson_completed")
                await times(wire, 5, player, "quiz_completed")
                results = await times(wire, 2, player, "help_given")
                assert completed(*results) == ["weekly_mix"]
                effects = (await claim(wire, player, "weekly_mix")).effects
                paid += [each.amount for each in effects.currencies if each.currency == "coins"]
        assert paid[0] == 150
        assert paid[-1] == 100

    async def event(self, wire: Wire, player: str) -> None:
        """While it lasts: on 1 December it is over, and so is an attempt."""
        await wire.record(player, "login")
        run = await start(wire, player, "harvest_event")
        assert run.expires_at.ToJsonString() == "2026-12-01T00:00:00Z"
        with later(wire, 13):
            late = fresh("s")
            await wire.record(late, "login")
            refused = await wire.refusal("StartQuest", player_id=late, quest_id="harvest_event")
            assert refused.reason == "QUEST_UNAVAILABLE"
            await times(wire, 20, player, "lesson_completed")
            run = await run_of(wire, player, "harvest_event")
            assert run.state == quest_pb.QUEST_STATE_EXPIRED

    async def challenge(self, wire: Wire, player: str) -> None:
        """One enrols, is tracked, wins a badge and more for being quick."""
        await wire.record(player, "login")
        run = await start(wire, player, "quiz_challenge")
        assert run.expires_at.ToMicroseconds() == NOON + 3 * DAY
        await times(wire, 2, player, "quiz_completed", performance=FAST)
        assert (await run_of(wire, player, "quiz_challenge")).progress_basis_points == 4000
        await times(wire, 3, player, "quiz_completed", performance=FAST)
        effects = (await claim(wire, player, "quiz_challenge")).effects
        assert {each.currency for each in effects.currencies} >= {"coins", "gems"}
        totals = (await wire.ask("ListPlayerQuests", player_id=player)).totals
        assert (totals.challenges_won, totals.challenges_total) == (1, 1)
        assert "champion" in await counts(wire, player)

    async def hidden(self, wire: Wire, player: str) -> None:
        """Nobody lists it before it has started."""
        hidden: dict[str, Any] = {"type": progression.QUEST_TYPE_HIDDEN}
        await wire.record(player, "login")
        assert not (await wire.ask("ListQuests", player_id=player, **hidden)).quests
        await wire.record(player, "lesson_completed", context={"time_of_day": "night"})
        (found,) = (await wire.ask("ListQuests", player_id=player, **hidden)).quests
        assert (found.definition.id, found.times_completed) == ("secret_garden", 1)


class Badges:
    """How badges are obtained."""

    async def achievement(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        await wire.ask(
            "GrantAchievement",
            key=wire.admin_key,
            player_id=player,
            achievement_id="bookworm",
            reason="Test",
        )
        assert (await counts(wire, player))["bookworm"] == 1

    async def purchase(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        buy = {"player_id": player, "badge_id": "patron"}
        assert (await wire.refusal("PurchaseBadge", **buy)).reason == "INSUFFICIENT_FUNDS"
        coins = [{"currency": "coins", "amount": 1000}]
        await wire.ask("Credit", player_id=player, amounts=coins, event_type="gift")
        refused = await wire.refusal(
            "PurchaseBadge", **buy, expected=[{"currency": "coins", "amount": 900}]
        )
        assert refused.reason == "PRICE_CHANGED"
        answer = await wire.ask("PurchaseBadge", **buy, expected=coins)
        assert answer.badge.count == 1
        assert await counts(wire, player) == {"patron": 1}

    async def event(self, wire: Wire, player: str) -> None:
        for _ in range(2):
            await wire.record(player, "science_fair")
        assert (await counts(wire, player))["scientist"] == 1

    async def gift(self, wire: Wire, player: str) -> None:
        """From hand to hand."""
        receiver = fresh("s")
        for name in (player, receiver):
            await wire.record(name, "login")
        await wire.ask(
            "AwardBadge", key=wire.admin_key, player_id=player, badge_id="thanks",
            quantity=3, reason="Test",
        )  # fmt: skip
        answer = await wire.ask(
            "GiftBadge", player_id=player, receiver_id=receiver, badge_id="thanks", quantity=2
        )
        assert answer.badge.count == 1
        assert await counts(wire, receiver) == {"thanks": 2}

    async def milestone(self, wire: Wire, player: str) -> None:
        """Level 10."""
        await wire.record(player, "login")
        await wire.ask("AdjustXp", key=wire.admin_key, player_id=player, amount=7000, reason="Test")
        assert "riser" not in await counts(wire, player)
        await wire.ask("AdjustXp", key=wire.admin_key, player_id=player, amount=1000, reason="Test")
        assert (await counts(wire, player))["riser"] == 1

    async def collection(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        await grant(wire, player, "crystal_red")
        assert "geologist" not in await counts(wire, player)
        await grant(wire, player, "crystal_red")
        assert (await counts(wire, player))["geologist"] == 1

    async def challenge(self, wire: Wire, player: str) -> None:
        await wire.record(player, "login")
        await start(wire, player, "quiz_challenge")
        await times(wire, 5, player, "quiz_completed", performance=FAST)
        assert (await counts(wire, player))["champion"] == 1

    async def random(self, wire: Wire, player: str) -> None:
        """One lesson in a hundred; up to ten of it."""
        await times(wire, 3, player, "lesson_completed")
        assert "lucky_leaf" not in await counts(wire, player)
        with luck():
            await times(wire, 12, player, "lesson_completed")
        assert (await counts(wire, player))["lucky_leaf"] == 10


async def meet(wire: Wire, player: str) -> None:
    """Gets a player to level 2 with the first quest done, which the library asks for."""
    await times(wire, 3, player, "lesson_completed", context={"difficulty": "hard"})


async def run_of(wire: Wire, player: str, quest_id: str) -> Any:
    return (await wire.ask("GetQuestProgress", player_id=player, quest_id=quest_id)).run


async def objective_of(wire: Wire, player: str, quest_id: str, objective_id: str) -> Any:
    run = await run_of(wire, player, quest_id)
    (found,) = [each for each in run.objectives if each.objective_id == objective_id]
    return found


def stories(of: object) -> dict[str, Story]:
    return {name: getattr(of, name) for name in vars(type(of)) if not name.startswith("_")}


REQUIREMENTS = stories(Requirements())
OBJECTIVES = stories(Objectives())
QUESTS = stories(Quests())
BADGES = stories(Badges())


@pytest.mark.parametrize(
    ("enum", "told"),
    [
        (progression.RequirementType, REQUIREMENTS),
        (progression.ObjectiveType, OBJECTIVES),
        (progression.QuestType, QUESTS),
        (progression.BadgeMethod, BADGES),
    ],
    ids=["requirement", "objective", "quest", "badge"],
)
def test_each_type_has_its_test(enum: Any, told: dict[str, Story]) -> None:
    values = enum.DESCRIPTOR.values
    prefix = str(values[0].name).removesuffix("UNSPECIFIED")
    names = {each.name.removeprefix(prefix).lower() for each in values[1:]}
    assert set(told) == names


@pytest.mark.parametrize("name", REQUIREMENTS)
async def test_requirement_type(wire: Wire, name: str) -> None:
    await REQUIREMENTS[name](wire, fresh("s"))


@pytest.mark.parametrize("name", OBJECTIVES)
async def test_objective_type(wire: Wire, name: str) -> None:
    await OBJECTIVES[name](wire, fresh("s"))


@pytest.mark.parametrize("name", QUESTS)
async def test_quest_type(wire: Wire, name: str) -> None:
    await QUESTS[name](wire, fresh("s"))


@pytest.mark.parametrize("name", BADGES)
async def test_badge_method(wire: Wire, name: str) -> None:
    await BADGES[name](wire, fresh("s"))
