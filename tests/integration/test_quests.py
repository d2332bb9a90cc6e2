"""Quests on a real Postgres, through what answers QuestService."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from renown.v1 import quest_service_pb2 as pb
from renown.v1.progression_pb2 import QUEST_TYPE_CHALLENGE, QUEST_TYPE_DAILY
from renown_server.calls import CallContext, Joined, Principal, PrincipalKind
from renown_server.engine.clock import FixedClock
from renown_server.errors import PermissionDenied, PlayerNotFound, QuestNotFound
from renown_server.quests.rpc import QuestServiceHandlers
from renown_server.quests.runs_rpc import QuestRunHandlers
from renown_server.wire.pages import PageTokens
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create
from tests.kit.quests import HEAD, LESSON
from tests.kit.times import DAY, HOUR, NOON
from tests.kit.workers import Worker, open_worker, publish_game

pytestmark = pytest.mark.integration

GAME = (
    HEAD
    + f"""
  - id: intro
    name: Intro
    type: main
    priority: 5
    points: 3
    objectives:
      - id: learn
        description: Learn twice
        targets: [{{metric: lessons, value: 2}}]
        checkpoints: [{{value: 1, reward: {{currencies: [{{currency: coins, amount: 2}}]}}}}]
    rewards:
      guaranteed: {{currencies: [{{currency: coins, amount: 10}}], badges: [medal, shade],
                    titles: [ghost]}}
    chain: {{chain_id: c, position: 1, branches: [{{condition: {{perfect: true}}, quest: den}}],
             next_quest: outro}}
  - {{id: outro, objectives: [{LESSON}]}}
  - {{id: den, type: hidden, objectives: [{LESSON}]}}
  - {{id: cave, type: hidden, auto_start: true, category: deep,
      objectives: [{{id: a, targets: [{{activity_type: visit}}]}}]}}
  - {{id: daily, type: daily, category: habit, objectives: [{LESSON}], time_limit: 2h}}
  - {{id: duel, type: challenge, repeatable: true, points: 1, auto_claim: true,
      objectives: [{{id: a, targets: [{{activity_type: climb}}]}}]}}
  - id: gate
    priority: -1
    objectives: [{LESSON}]
    requirements: {{level: 4, achievements: [sly, scholar], quests_completed: [cave],
                    items: [{{item_id: ore, quantity: 2}}], skills: [{{skill: hours, level: 3}}],
                    available_until: 2026-11-19T00:00:00Z}}
  - {{id: soon, objectives: [{LESSON}], requirements: {{available_from: 2026-12-01T00:00:00Z}}}}
"""
)

SECRETS = ("den", "cave", "sly", "shade", "ghost")


@pytest.fixture
def clock() -> FixedClock:
    """The time of everything."""
    return FixedClock(NOON)


@pytest.fixture
async def worker(database: Database, clock: FixedClock) -> AsyncIterator[Worker]:
    """A worker and a player."""
    await publish_game(database.url, GAME)
    async with open_worker(database.url, clock=clock) as worker:
        await worker.run(create("p"))
        yield worker
    await check_books(database.superuser_url)


@pytest.fixture
def handlers(worker: Worker, clock: FixedClock) -> Any:
    """What answers QuestService."""
    core, tokens = worker.core, PageTokens(b"0123456789abcdef")
    return Joined(
        QuestServiceHandlers(
            engine=worker.engine, pool=core.pool, catalog=core.catalog, clock=clock, tokens=tokens
        ),
        QuestRunHandlers(pool=core.pool, catalog=core.catalog, clock=clock, tokens=tokens),
    )


def call(player_id: str = "p") -> CallContext:
    principal = Principal(PrincipalKind.PLAYER, f"player:{player_id}", player_id)
    return CallContext("/renown.v1.QuestService/Any", principal, time.monotonic() + 30)


def server_call() -> CallContext:
    principal = Principal(PrincipalKind.SERVER, "key:game")
    return CallContext("/renown.v1.QuestService/Any", principal, time.monotonic() + 30)


def about(kind: Callable[..., Any], quest: str, request_id: str = "") -> Any:
    return kind(player_id="p", quest_id=quest, request_id=request_id or f"{kind.__name__}-{quest}")


async def quests_of(handlers: Any, **fields: Any) -> dict[str, pb.Quest]:
    listed = await handlers.list_quests(pb.ListQuestsRequest(player_id="p", **fields), call())
    return {each.definition.id: each for each in listed.quests}


async def test_the_whole_way_of_a_quest(worker: Worker, handlers: Any, clock: FixedClock) -> None:
    started = await handlers.start_quest(about(pb.StartQuestRequest, "intro"), call())
    assert started.run.state == pb.QUEST_STATE_ACTIVE
    assert started.run.objectives[0].description == "Learn twice"
    assert (started.run.objectives[0].required, started.run.objectives[0].next_checkpoint) == (2, 1)
    assert started.effects.progress.quests_started[0].quest_id == "intro"
    await worker.run(activity("p"))
    read = pb.GetQuestProgressRequest(player_id="p", quest_id="intro")
    progress = await handlers.get_quest_progress(read, call())
    assert progress.run.progress_basis_points == 5000
    assert list(progress.run.objectives[0].checkpoints_reached) == [1]
    request = pb.AdvanceObjectiveRequest(
        request_id="a", player_id="p", quest_id="intro", objective_id="learn", amount=9
    )
    clock.value_us = NOON + HOUR
    advanced = await handlers.advance_objective(request, server_call())
    assert advanced.run.state == pb.QUEST_STATE_CLAIMABLE
    assert advanced == await handlers.advance_objective(request, server_call())
    claim = about(pb.ClaimQuestRewardRequest, "intro")
    claimed = await handlers.claim_quest_reward(claim, call())
    assert claimed.run.state == pb.QUEST_STATE_COMPLETED
    assert [each.amount for each in claimed.effects.currencies] == [10]
    assert claimed == await handlers.claim_quest_reward(claim, call())
    rated = await handlers.rate_quest(
        pb.RateQuestRequest(request_id="r", player_id="p", quest_id="intro", rating=4), call()
    )
    assert (rated.rating, rated.previous_rating) == (4, 0)
    quest = (
        await handlers.get_quest(pb.GetQuestRequest(player_id="p", quest_id="intro"), call())
    ).quest
    assert quest.availability == pb.QUEST_AVAILABILITY_COMPLETED
    assert (quest.times_completed, quest.rating, quest.best_time.seconds) == (1, 4, 3600)
    found = await handlers.get_quest_statistics(
        pb.GetQuestStatisticsRequest(quest_id="intro"), call()
    )
    statistics = found.statistics
    assert (statistics.attempts, statistics.completions) == (1, 1)
    assert statistics.success_rate_basis_points == 10000
    assert (statistics.rating_average_hundredths, statistics.rating_count) == (400, 1)
    assert statistics.average_time.seconds == 3600
    progress = await handlers.get_quest_progress(read, call())
    assert progress.run == claimed.run


async def test_what_is_available_and_why_not(
    worker: Worker, handlers: Any, clock: FixedClock
) -> None:
    quests = await quests_of(handlers)
    assert list(quests) == ["intro", "daily", "duel", "outro", "soon", "gate"]
    kinds = {name: pb.QuestAvailability.Name(each.availability) for name, each in quests.items()}
    assert {name: kind.removeprefix("QUEST_AVAILABILITY_") for name, kind in kinds.items()} == {
        "intro": "AVAILABLE",
        "daily": "AVAILABLE",
        "duel": "AVAILABLE",
        "outro": "LOCKED",
        "soon": "UPCOMING",
        "gate": "LOCKED",
    }
    reasons = [(each.blocker, each.id, each.required, each.current) for each in
               quests["gate"].reasons]  # fmt: skip
    assert reasons == [
        (pb.QUEST_BLOCKER_LEVEL, "", 4, 1),
        (pb.QUEST_BLOCKER_UNSPECIFIED, "", 0, 0),
        (pb.QUEST_BLOCKER_UNSPECIFIED, "", 0, 0),
        (pb.QUEST_BLOCKER_ACHIEVEMENT, "scholar", 0, 0),
        (pb.QUEST_BLOCKER_ITEM, "ore", 2, 0),
        (pb.QUEST_BLOCKER_SKILL, "hours", 3, 0),
    ]
    assert quests["soon"].reasons[0].available_at.seconds == 1_796_083_200
    assert quests["daily"].resets_at.seconds * 1_000_000 == NOON + 12 * HOUR
    assert list(await quests_of(handlers, only_available=True)) == ["intro", "daily", "duel"]
    assert list(await quests_of(handlers, type=QUEST_TYPE_DAILY)) == ["daily"]
    assert list(await quests_of(handlers, category="habit")) == ["daily"]
    pages, token = [], ""
    while True:
        request = pb.ListQuestsRequest(player_id="p", page_size=4, page_token=token)
        listed = await handlers.list_quests(request, call())
        pages.append([each.definition.id for each in listed.quests])
        token = listed.next_page_token
        if not token:
            break
    assert pages == [["intro", "daily", "duel", "outro"], ["soon", "gate"]]
    clock.value_us = NOON + DAY
    assert (await quests_of(handlers))["gate"].availability == pb.QUEST_AVAILABILITY_ENDED


async def test_secrets_leak_nowhere(worker: Worker, handlers: Any) -> None:
    listed = await handlers.list_quests(pb.ListQuestsRequest(player_id="p"), call())
    for secret in SECRETS:
        assert f'"{secret}"' not in str(listed)
    for quest in ("den", "cave", "nothing"):
        for method, request in (
            (handlers.get_quest, pb.GetQuestRequest),
            (handlers.get_quest_progress, pb.GetQuestProgressRequest),
            (handlers.get_quest_statistics, pb.GetQuestStatisticsRequest),
        ):
            with pytest.raises(QuestNotFound):
                await method(request(player_id="p", quest_id=quest), call())
        with pytest.raises(QuestNotFound):
            await handlers.start_quest(about(pb.StartQuestRequest, quest), call())
        with pytest.raises(QuestNotFound):
            await handlers.abandon_quest(about(pb.AbandonQuestRequest, quest), call())
    unnamed = pb.GetQuestStatisticsRequest(quest_id="cave")
    with pytest.raises(QuestNotFound):
        await handlers.get_quest_statistics(unnamed, server_call())
    await worker.run(activity("p", "visit"))
    assert "cave" in await quests_of(handlers)
    assert (await handlers.get_quest_statistics(unnamed, call())).statistics.attempts == 1
    with pytest.raises(QuestNotFound):
        await handlers.get_quest_statistics(unnamed, server_call())


async def test_attempts_are_listed_page_by_page(
    worker: Worker, handlers: Any, clock: FixedClock
) -> None:
    for number in range(3):
        clock.value_us = NOON + number
        request = about(pb.StartQuestRequest, "duel", f"s{number}")
        await handlers.start_quest(request, call())
        await worker.run(activity("p", "climb"))
    await handlers.start_quest(about(pb.StartQuestRequest, "daily"), call())
    await handlers.start_quest(about(pb.StartQuestRequest, "intro"), call())
    await worker.run(activity("p"))
    await worker.run(activity("p"))
    listed = await handlers.list_player_quests(pb.ListPlayerQuestsRequest(player_id="p"), call())
    assert [(each.quest_id, each.state) for each in listed.runs] == [
        ("intro", pb.QUEST_STATE_CLAIMABLE),
        ("daily", pb.QUEST_STATE_CLAIMABLE),
        ("duel", pb.QUEST_STATE_COMPLETED),
        ("duel", pb.QUEST_STATE_COMPLETED),
        ("duel", pb.QUEST_STATE_COMPLETED),
    ]
    totals = listed.totals
    assert (totals.active, totals.claimable, totals.completed_total) == (0, 2, 5)
    assert (totals.completed_today, totals.quest_points) == (5, 6)
    assert (totals.challenges_won, totals.challenges_total) == (1, 1)
    paged: list[pb.QuestRun] = []
    token = ""
    while True:
        request = pb.ListPlayerQuestsRequest(player_id="p", page_size=2, page_token=token)
        page = await handlers.list_player_quests(request, call())
        paged += page.runs
        token = page.next_page_token
        if not token:
            break
    assert paged == list(listed.runs)
    for filters, count in (
        ({"state": pb.QUEST_STATE_COMPLETED}, 3),
        ({"state": pb.QUEST_STATE_ACTIVE}, 0),
        ({"state": pb.QUEST_STATE_EXPIRED}, 0),
        ({"type": QUEST_TYPE_CHALLENGE}, 3),
        ({"quest_id": "intro"}, 1),
        ({"type": QUEST_TYPE_CHALLENGE, "quest_id": "intro"}, 0),
    ):
        kept = pb.ListPlayerQuestsRequest(player_id="p", **filters)
        assert len((await handlers.list_player_quests(kept, call())).runs) == count
    clock.value_us = NOON + DAY
    listed = await handlers.list_player_quests(pb.ListPlayerQuestsRequest(player_id="p"), call())
    assert (listed.totals.completed_today, listed.totals.completed_total) == (0, 5)


async def test_what_has_expired_is_so_before_anybody_has_noted_it(
    worker: Worker, handlers: Any, clock: FixedClock
) -> None:
    await handlers.start_quest(about(pb.StartQuestRequest, "daily"), call())
    await handlers.start_quest(about(pb.StartQuestRequest, "intro"), call())
    await handlers.abandon_quest(about(pb.AbandonQuestRequest, "intro"), call())
    clock.value_us = NOON + 3 * HOUR
    request = pb.ListPlayerQuestsRequest(player_id="p")
    before = await handlers.list_player_quests(request, call())
    assert [(each.quest_id, each.state) for each in before.runs] == [
        ("daily", pb.QUEST_STATE_EXPIRED),
        ("intro", pb.QUEST_STATE_ABANDONED),
    ]
    assert before.totals.active == 0
    quests = await quests_of(handlers)
    assert quests["daily"].availability == pb.QUEST_AVAILABILITY_AVAILABLE
    await worker.run(activity("p"))
    after = await handlers.list_player_quests(request, call())
    assert [(each.quest_id, each.ended_at) for each in after.runs] == [
        (each.quest_id, each.ended_at) for each in before.runs
    ]
    found = await handlers.get_quest_statistics(
        pb.GetQuestStatisticsRequest(quest_id="daily"), call()
    )
    assert found.statistics.expirations == 1


async def test_others_are_not_asked_about(worker: Worker, handlers: Any) -> None:
    with pytest.raises(PlayerNotFound):
        await handlers.list_quests(pb.ListQuestsRequest(player_id="nobody"), server_call())
    with pytest.raises(PlayerNotFound):
        await handlers.list_player_quests(
            pb.ListPlayerQuestsRequest(player_id="nobody"), server_call()
        )
    request = pb.GetQuestStatisticsRequest(player_id="q", quest_id="intro")
    with pytest.raises(PermissionDenied):
        await handlers.get_quest_statistics(request, call())


async def test_ended_attempts_are_never_changed(
    worker: Worker, handlers: Any, database: Database
) -> None:
    await handlers.start_quest(about(pb.StartQuestRequest, "duel"), call())
    await handlers.abandon_quest(about(pb.AbandonQuestRequest, "duel"), call())
    connection = await asyncpg.connect(database.url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM quest_runs") == 1
        for statement in ("UPDATE quest_runs SET ended_us = 0", "DELETE FROM quest_runs"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
