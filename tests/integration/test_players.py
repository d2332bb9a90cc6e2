"""PlayerProfileService on Postgres: what is changed, and what is read back of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.currency.store import load_wallets
from renown_server.engine.gather import Gather
from renown_server.errors import (
    InvalidArgument,
    LeaderboardNotFound,
    PlayerNotFound,
    RanksUnavailable,
    StreakNotFound,
)
from renown_server.leaderboards.ranks import RankResult
from renown_server.players.lists_rpc import PlayerListHandlers
from renown_server.players.rpc import PlayerChangeHandlers
from renown_server.players.standing import load_standings
from renown_server.players.summary_rpc import PlayerSummaryHandlers, percentile_bp
from renown_server.profile.history import XpHistory
from renown_server.profile.rpc import PlayerProfileServiceHandlers
from renown_server.profile.store import load_views
from renown_server.wire.pages import PageTokens
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit
from tests.kit.workers import Worker, open_worker, publish_game

pytestmark = pytest.mark.integration

GAME = """
name: players
settings: {lateness_max: 72h}
currencies: [{code: coins}]
metrics: [{id: lessons}]
levels:
  linear: {base: 100}
  hard_cap: 5
  rewards:
    - {level: 2, titles: [novice], unlock_content: [garden]}
    - {level: 3, titles: [sage], unlock_content: [hall]}
bonuses: {prestige_basis_points: 1000}
activity_types:
  - {id: lesson, base_xp: 20, counts: [lessons]}
  - {id: marathon, base_xp: 450}
  - {id: walk}
boosts:
  - id: always
    name: Always on
    factor_basis_points: 15000
    starts_at: 2020-01-01T00:00:00Z
    ends_at: 2100-01-01T00:00:00Z
    activity_types: [marathon]
titles:
  - {id: novice, name: Novice, rarity: rare}
  - {id: sage, name: Sage, secret: true}
  - {id: duke, name: Duke, secret: true}
streaks:
  - {id: daily, name: Daily, activity_types: [walk], bonus_basis_points_per_day: 500}
quests:
  - {id: errand, auto_start: true, objectives: [{id: one, targets: [{metric: lessons, value: 9}]}]}
leaderboards: [{id: xp_all, source: xp, period: all_time}]
prestige: {resets: [metrics, streaks, quests, multipliers]}
"""

POINTS = GAME.replace(
    "lateness_max: 72h", "lateness_max: 72h, progression: {points_currency: coins}"
)

TOKENS = PageTokens(b"0123456789abcdef")


class Ranks:
    """A board in which the player is where the test says."""

    def __init__(self) -> None:
        self.place: tuple[int, int] | None = None
        self.is_away = False

    async def rank(
        self, instance_key: str, descending: bool, player_id: str, neighbors: int = 0
    ) -> RankResult | None:
        if self.is_away:
            raise RanksUnavailable
        if self.place is None:
            return None
        return RankResult(self.place[0], 1, self.place[1], 1, [])

    async def total(self, instance_key: str) -> int:
        return 7


@dataclass
class Site:
    """Handlers on a real database."""

    worker: Worker
    ranks: Ranks
    changes: PlayerChangeHandlers
    lists: PlayerListHandlers
    summaries: PlayerSummaryHandlers
    profiles: PlayerProfileServiceHandlers

    async def summary(self, player_id: str = "p", **fields: str) -> pb.PlayerSummary:
        request = pb.GetPlayerSummaryRequest(player_id=player_id, **fields)
        return (await self.summaries.get_player_summary(request, call())).summary


def call(kind: PrincipalKind = PrincipalKind.SERVER) -> CallContext:
    return CallContext("/test", Principal(kind, "key:test"), time.monotonic() + 30)


def _site(worker: Worker) -> Site:
    core = worker.core

    def gathered(load: Any) -> Gather[str, Any]:
        async def read(keys: Sequence[str]) -> Any:
            async with core.pool.acquire() as connection:
                return await load(connection, keys)

        return Gather(read)

    ranks: Any = Ranks()
    standings = gathered(load_standings)
    return Site(
        worker,
        ranks,
        PlayerChangeHandlers(engine=worker.engine, catalog=core.catalog),
        PlayerListHandlers(
            standings=standings, catalog=core.catalog, clock=core.clock, tokens=TOKENS
        ),
        PlayerSummaryHandlers(
            standings=standings,
            wallets=gathered(load_wallets),
            ranks=ranks,
            history=XpHistory(core.pool),
            sql=core.sql,
            catalog=core.catalog,
            clock=core.clock,
        ),
        PlayerProfileServiceHandlers(
            engine=worker.engine,
            views=gathered(load_views),
            history=XpHistory(core.pool),
            catalog=core.catalog,
            tokens=TOKENS,
        ),
    )


@pytest.fixture
def game() -> str:
    return GAME


@pytest.fixture
async def site(database: Database, game: str) -> AsyncIterator[Site]:
    await publish_game(database.url, game)
    async with open_worker(database.url) as worker:
        yield _site(worker)
    await check_books(database.superuser_url)


async def test_a_profile_is_changed_and_read(site: Site) -> None:
    await site.worker.run(create("p", username="Pat", display_name="Pat P."))
    request = pb.UpdatePlayerRequest(
        request_id="u1",
        player_id="p",
        update_mask=FieldMask(paths=["avatar_url", "time_zone"]),
        avatar_url="/new.png",
        time_zone="Asia/Tokyo",
        display_name="ignored",
    )
    answer = (await site.changes.update_player(request, call())).player
    read = (await site.profiles.get_player(pb.GetPlayerRequest(player_id="p"), call())).player
    assert answer == read
    assert (read.username, read.display_name, read.avatar_url) == ("Pat", "Pat P.", "/new.png")
    assert read.time_zone == "Asia/Tokyo"
    assert (await site.changes.update_player(request, call())).player == answer
    with pytest.raises(InvalidArgument):
        await site.changes.update_player(
            pb.UpdatePlayerRequest(request_id="u2", player_id="p", update_mask=FieldMask()), call()
        )


async def test_titles_and_contents_are_listed_and_worn(site: Site) -> None:
    await site.worker.run(create("p"))
    await site.changes.adjust_xp(
        pb.AdjustXpRequest(request_id="x1", player_id="p", amount=100, reason="a"), call()
    )
    await site.changes.adjust_xp(
        pb.AdjustXpRequest(request_id="x2", player_id="p", amount=100, reason="a"), call()
    )
    worn = await site.changes.equip_title(
        pb.EquipTitleRequest(request_id="t1", player_id="p", title_id="sage"), call()
    )
    assert (worn.title_id, worn.previous_title_id) == ("sage", "")
    request = pb.ListTitlesRequest(player_id="p", page_size=1)
    first = await site.lists.list_titles(request, call())
    request.page_token = first.next_page_token
    second = await site.lists.list_titles(request, call())
    titles = [*first.titles, *second.titles]
    assert [(each.definition.id, each.equipped, each.source) for each in titles] == [
        ("sage", True, "level:3"),
        ("novice", False, "level:2"),
    ]
    assert (first.total, first.equipped_title_id, second.next_page_token) == (2, "sage", "")
    assert titles[1].definition.name == "Novice"
    unlocks = await site.lists.list_unlocks(pb.ListUnlocksRequest(player_id="p"), call())
    assert [each.content_id for each in unlocks.unlocks] == ["hall", "garden"]
    player = (await site.profiles.get_player(pb.GetPlayerRequest(player_id="p"), call())).player
    assert player.title == "sage"
    with pytest.raises(PlayerNotFound):
        await site.lists.list_titles(pb.ListTitlesRequest(player_id="nobody"), call())


async def test_what_acts_is_listed(site: Site) -> None:
    await site.worker.run(activity("p", "marathon"))
    await site.changes.prestige(pb.PrestigeRequest(request_id="s", player_id="p"), call())
    await site.worker.run(activity("p", "walk"))
    grant = pb.GrantMultiplierRequest(
        request_id="g",
        player_id="p",
        source="party",
        basis_points=20_000,
        duration=Duration(seconds=3600),
    )
    granted = (await site.changes.grant_multiplier(grant, call())).multiplier
    assert (await site.changes.grant_multiplier(grant, call())).multiplier == granted
    listed = await site.lists.list_multipliers(pb.ListMultipliersRequest(player_id="p"), call())
    assert [(each.source, each.kind, each.basis_points) for each in listed.multipliers] == [
        ("grant:party", pb.MULTIPLIER_KIND_GRANT, 20_000),
        ("boost:always", pb.MULTIPLIER_KIND_BOOST, 15_000),
        ("prestige", pb.MULTIPLIER_KIND_PRESTIGE, 11_000),
        ("streak:daily", pb.MULTIPLIER_KIND_STREAK, 10_500),
    ]
    assert listed.multipliers[0].ends_at == granted.ends_at
    assert list(listed.multipliers[1].activity_types) == ["marathon"]
    assert {each.stat for each in listed.multipliers} == {"xp"}


async def test_a_prestige_is_answered_and_read(site: Site) -> None:
    await site.worker.run(activity("p"))
    await site.worker.run(activity("p", "marathon"))
    request = pb.PrestigeRequest(request_id="s", player_id="p")
    done = await site.changes.prestige(request, call())
    assert (done.prestige, done.level_before, done.xp_before) == (1, 5, 695)
    assert done.boost_basis_points == 11_000
    assert done.experience == pb.LevelProgress(level=1, total_xp=695, next_level_xp=100, prestige=1)
    assert await site.changes.prestige(request, call()) == done
    player = (await site.profiles.get_player(pb.GetPlayerRequest(player_id="p"), call())).player
    assert player.experience == done.experience
    assert not player.stats


async def test_history_tells_corrections_by_hand(site: Site) -> None:
    await site.worker.run(activity("p"))
    adjusted = await site.changes.adjust_xp(
        pb.AdjustXpRequest(
            request_id="x", player_id="p", amount=-5, reason="secret", description="Sorry"
        ),
        call(PrincipalKind.OPERATOR),
    )
    assert (adjusted.points_change, adjusted.new_balance) == (-5, 15)
    assert (adjusted.event_type, adjusted.description) == ("manual_adjustment", "Sorry")
    assert adjusted.experience.current_xp == 15
    history = await site.profiles.list_xp_history(pb.ListXpHistoryRequest(player_id="p"), call())
    assert [(each.type, each.amount, each.reason) for each in history.entries] == [
        ("adjustment", -5, "Sorry"),
        ("activity", 20, ""),
    ]


async def test_a_summary_of_xp(site: Site, database: Database) -> None:
    site.ranks.place = (3, 21)
    await site.worker.run(activity("p", "walk"))
    await site.worker.run(
        activity("p", description="A lesson", reference_type="course", reference_id="c7")
    )
    await site.changes.adjust_xp(
        pb.AdjustXpRequest(request_id="x", player_id="p", amount=90, reason="r"), call()
    )
    found = await site.summary()
    assert (found.total_points, found.current_points, found.points_currency) == (110, 110, "")
    assert (found.rank, found.total_participants) == (3, 21)
    assert found.rank_percentile_basis_points == 9_000
    assert (found.leaderboard_id, found.streak_id) == ("xp_all", "daily")
    assert (found.current_streak_days, found.longest_streak_days) == (1, 1)
    assert found.experience.level == 2
    owner = await asyncpg.connect(database.superuser_url)
    today = await owner.fetchval("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')")
    await owner.close()
    assert found.last_activity_date == today
    assert [
        (each.points_change, each.event_type, each.balance_after, each.source)
        for each in found.recent_history
    ] == [(90, "manual_adjustment", 110, "admin"), (20, "lesson", 20, "activity_type:lesson")]
    lesson = found.recent_history[1]
    assert (lesson.description, lesson.reference_type, lesson.reference_id) == (
        "A lesson",
        "course",
        "c7",
    )


async def test_a_summary_without_anything(site: Site) -> None:
    await site.worker.run(create("p"))
    found = await site.summary()
    assert (found.rank, found.rank_percentile_basis_points, found.total_participants) == (0, 0, 7)
    assert (found.last_activity_date, list(found.recent_history)) == ("", [])
    assert found.wallet.player_id == "p"
    with pytest.raises(PlayerNotFound):
        await site.summary("nobody")
    with pytest.raises(LeaderboardNotFound):
        await site.summary(leaderboard_id="none")
    with pytest.raises(StreakNotFound):
        await site.summary(streak_id="none")
    site.ranks.is_away = True
    with pytest.raises(RanksUnavailable):
        await site.summary()


class TestPoints:
    """Where points are money."""

    @pytest.fixture
    def game(self) -> str:
        return POINTS

    async def test_a_summary_of_money(self, site: Site) -> None:
        await site.worker.run(create("p"))
        for amount in range(1, 13):
            await site.worker.run(credit("p", coins=amount))
        found = await site.summary()
        assert (found.current_points, found.points_currency) == (78, "coins")
        assert found.total_points == 78
        assert [each.points_change for each in found.recent_history] == list(range(12, 2, -1))
        assert [each.balance_after for each in found.recent_history][:2] == [78, 66]
        assert found.recent_history[0].source == "request:Credit"
        assert found.wallet.balances[0].amount == 78


@pytest.mark.parametrize(
    ("rank", "total", "expected"),
    [(1, 1, 10_000), (1, 2, 10_000), (2, 2, 0), (2, 3, 5_000), (3, 4, 3_333), (30, 201, 8_550)],
)
def test_percentiles(rank: int, total: int, expected: int) -> None:
    assert percentile_bp(rank, total) == expected
