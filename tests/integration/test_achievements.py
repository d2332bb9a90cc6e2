"""Achievements on a real Postgres: the RPCs, what readers see, and two workers at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from renown.v1 import achievement_service_pb2 as pb
from renown.v1 import revocation_pb2
from renown_server.achievements.queries import count_players
from renown_server.achievements.rpc import AchievementServiceHandlers
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.errors import (
    AchievementAlreadyEarned,
    AchievementNotFound,
    InvalidPageToken,
    PermissionDenied,
    PlayerNotFound,
    RenownError,
    RequestIdReused,
)
from renown_server.profile.simulate import Simulator
from renown_server.wire.pages import PageTokens
from tests.conftest import Database
from tests.kit.achievements import GAME, grant, revoke
from tests.kit.commands import activity, create
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

RACE_S = 3.0
PLAYERS = ("a", "b")
SERVER = Principal(PrincipalKind.SERVER, "key:game")
OPERATOR = Principal(PrincipalKind.OPERATOR, "key:op")


def player(name: str) -> Principal:
    """A player's own principal."""
    return Principal(PrincipalKind.PLAYER, f"player:{name}", name)


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers and two players."""
    await publish_game(database.url, GAME)
    async with open_workers(database.url, 2) as workers:
        for name in PLAYERS:
            await workers[0].run(create(name))
        yield workers


class Caller:
    """Calls the handlers of a worker."""

    def __init__(self, worker: Worker) -> None:
        core = worker.core
        self._handlers = AchievementServiceHandlers(
            engine=worker.engine,
            simulator=Simulator(core.runner, core.pool),
            pool=core.pool,
            catalog=core.catalog,
            clock=core.clock,
            tokens=PageTokens(b"0123456789abcdef"),
        )

    async def __call__(self, name: str, request: Any, principal: Principal = SERVER) -> Any:
        call = CallContext(f"/renown.v1.AchievementService/{name}", principal, time.monotonic() + 9)
        return await getattr(self._handlers, name)(request, call)


@pytest.fixture
def call(workers: list[Worker]) -> Caller:
    """The handlers of the first worker."""
    return Caller(workers[0])


async def figures(call: Caller, achievement: str, of: str = "") -> pb.AchievementStatistics:
    """How an achievement has fared."""
    request = pb.GetAchievementStatisticsRequest(achievement_id=achievement, player_id=of)
    answer: pb.GetAchievementStatisticsResponse = await call("get_achievement_statistics", request)
    return answer.statistics


async def test_a_life_of_achievements(workers: list[Worker], call: Caller) -> None:
    for _ in range(30):
        await workers[0].run(activity("a", "lesson"))
    ask = pb.GetAchievementProgressRequest(player_id="a", achievement_id="century")
    progress = (await call("get_achievement_progress", ask)).progress
    assert (progress.current_progress, progress.target_progress) == (30, 100)
    assert progress.progress_basis_points == 3000
    assert [each.percentage for each in progress.milestones] == [25]
    assert progress.HasField("started_at")
    assert (progress.achievement.icon, progress.available) == ("grey", True)

    asked = pb.GrantAchievementRequest(
        request_id="1", player_id="a", achievement_id="century", reason="r"
    )
    granted = await call("grant_achievement", asked, OPERATOR)
    assert (granted.progress.is_completed, granted.progress.achievement.icon) == (True, "gold")
    assert [each.item_id for each in granted.effects.items] == ["sword"]
    assert "century" in [each.achievement_id for each in granted.effects.progress.achievements]
    await workers[0].run(activity("a", "lesson"))
    assert await call("grant_achievement", asked, OPERATOR) == granted
    asked.reason = "another"
    with pytest.raises(RequestIdReused):
        await call("grant_achievement", asked, OPERATOR)
    asked.request_id = "2"
    with pytest.raises(AchievementAlreadyEarned):
        await call("grant_achievement", asked, OPERATOR)

    shown = pb.SetAchievementShowcaseRequest(
        request_id="3", player_id="a", achievement_ids=["century"]
    )
    assert list((await call("set_achievement_showcase", shown)).showcase) == ["century"]
    fared = await figures(call, "century")
    assert (fared.total_earned, fared.unique_earners) == (1, 1)
    assert fared.completion_rate_basis_points == 5000
    assert fared.first_earned_by == "a"
    assert [each.player_id for each in fared.recent_earners] == ["a"]
    assert not fared.HasField("average_time")
    assert (await figures(call, "climber")).total_earned == 0
    assert (await figures(call, "afresh")).HasField("average_time")

    taken = pb.RevokeAchievementRequest(
        request_id="4",
        player_id="a",
        achievement_id="century",
        reason="r",
        take_rewards=True,
        policy=revocation_pb2.REVOKE_POLICY_DEBT,
    )
    revoked = await call("revoke_achievement", taken, OPERATOR)
    assert not revoked.progress.is_completed
    assert [each.item_id for each in revoked.revocation.items] == ["sword"]
    lost = [each.achievement_id for each in revoked.revocation.progress.achievements_revoked]
    assert lost == ["century"]
    followed = revoked.effects.progress
    assert [each.achievement_id for each in followed.achievements_revoked] == ["after_century"]
    assert {each.badge_id for each in followed.badges} == {"medal", "pin"}
    assert await call("revoke_achievement", taken, OPERATOR) == revoked
    fared = await figures(call, "century")
    assert (fared.total_earned, fared.unique_earners, fared.first_earned_by) == (0, 0, "")
    listed = await call("list_player_achievements", pb.ListPlayerAchievementsRequest(player_id="a"))
    assert list(listed.showcase) == []
    actions = await workers[0].core.pool.fetch("SELECT action FROM audit ORDER BY action")
    assert [row[0] for row in actions] == ["achievement.grant", "achievement.revoke"]


async def test_secrets_leak_nowhere(workers: list[Worker], call: Caller) -> None:
    everybody = await call("list_achievements", pb.ListAchievementsRequest(page_size=200))
    ids = [each.definition.id for each in everybody.achievements]
    assert "hidden" not in ids
    assert "old" not in ids
    assert "soon" in ids
    scholar = next(a.definition for a in everybody.achievements if a.definition.id == "scholar")
    assert list(scholar.prerequisite_achievements) == []
    groups = await call("list_achievement_types", pb.ListAchievementTypesRequest())
    assert "shadows" not in [each.name for each in groups.categories]
    get = pb.GetAchievementRequest(achievement_id="hidden", player_id="a")
    for of in ("", "a"):
        with pytest.raises(AchievementNotFound):
            await figures(call, "hidden", of)
    with pytest.raises(AchievementNotFound):
        await call("get_achievement", get)

    for _ in range(2):
        await workers[0].run(activity("a", "visit"))
    found = (await call("get_achievement", get)).achievement
    assert list(found.definition.rewards.titles) == ["ghost"]
    assert (await figures(call, "hidden", "a")).total_earned == 1
    get.player_id = "b"
    with pytest.raises(AchievementNotFound):
        await call("get_achievement", get)
    own = await call("list_achievements", pb.ListAchievementsRequest(page_size=200), player("a"))
    scholar = next(a.definition for a in own.achievements if a.definition.id == "scholar")
    assert list(scholar.prerequisite_achievements) == ["hidden"]
    groups = await call("list_achievement_types", pb.ListAchievementTypesRequest(player_id="a"))
    assert "shadows" in [each.name for each in groups.categories]


async def test_a_player_names_nobody_else(call: Caller) -> None:
    for name, request in (
        ("list_achievements", pb.ListAchievementsRequest(player_id="b")),
        ("get_achievement", pb.GetAchievementRequest(achievement_id="century", player_id="b")),
        ("list_achievement_types", pb.ListAchievementTypesRequest(player_id="b")),
        (
            "get_achievement_statistics",
            pb.GetAchievementStatisticsRequest(achievement_id="century", player_id="b"),
        ),
    ):
        with pytest.raises(PermissionDenied):
            await call(name, request, player("a"))
        request.player_id = "nobody"
        with pytest.raises(PlayerNotFound):
            await call(name, request)
    with pytest.raises(PlayerNotFound):
        await call("list_player_achievements", pb.ListPlayerAchievementsRequest(player_id="nobody"))


async def test_pages(call: Caller) -> None:
    request = pb.ListPlayerAchievementsRequest(player_id="a", page_size=4)
    seen: list[str] = []
    while True:
        page = await call("list_player_achievements", request)
        seen += [each.achievement.achievement_id for each in page.achievements]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert seen == sorted(seen)
    assert len(seen) == page.total_achievements
    assert sum(each.total for each in page.categories) == page.total_achievements
    first = await call("list_achievements", pb.ListAchievementsRequest(page_size=2))
    again = pb.ListAchievementsRequest(page_size=2, page_token=first.next_page_token)
    assert (await call("list_achievements", again)).achievements[0].definition.id > "after_century"
    again.category = "learning"
    with pytest.raises(InvalidPageToken):
        await call("list_achievements", again)


async def test_two_workers_lose_no_count(workers: list[Worker], call: Caller) -> None:
    ends_s = time.monotonic() + RACE_S

    async def play(worker: Worker, chance: random.Random) -> None:
        while time.monotonic() < ends_s:
            name = chance.choice(PLAYERS)
            command = chance.choice(
                [
                    activity(name, "lesson", metrics={"hours": chance.randint(1, 250)}),
                    grant("each_ten", player_id=name),
                    revoke("each_ten", times=chance.randint(0, 3), player_id=name),
                    grant("century", player_id=name),
                    revoke("century", player_id=name, take_rewards=True),
                ]
            )
            try:
                await worker.run(command)
            except RenownError:
                continue

    await asyncio.gather(*[play(worker, random.Random(n)) for n, worker in enumerate(workers * 4)])
    pool = workers[0].core.pool
    for achievement in ("each_ten", "century"):
        sql = "SELECT player_id, max(no), count(*) FROM achievement_unlocks WHERE achievement_id = $1 GROUP BY 1"  # noqa: E501
        rows = await pool.fetch(sql, achievement)
        assert all(row[1] == row[2] for row in rows)
        fared = await figures(call, achievement)
        assert fared.unique_earners == len(rows)
        assert fared.total_earned == sum(row[2] for row in rows)
        ask = pb.GetAchievementProgressRequest(achievement_id=achievement)
        for name in PLAYERS:
            ask.player_id = name
            progress = (await call("get_achievement_progress", ask)).progress
            stored = sum(row[2] for row in rows if row[0] == name)
            assert progress.times_completed == stored


async def test_how_many_players_there_are(workers: list[Worker], database: Database) -> None:
    assert await count_players(workers[0].core.pool) == len(PLAYERS)
