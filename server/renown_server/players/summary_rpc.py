"""A player at a glance: GetPlayerSummary."""

from __future__ import annotations

import asyncio
import re
from functools import cache

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.snapshot import Board, CatalogSnapshot
from renown_server.currency.rpc import fill_wallet
from renown_server.currency.store import BalanceRow, list_entries
from renown_server.engine.clock import Clock, to_us
from renown_server.engine.gather import Gather
from renown_server.errors import LeaderboardNotFound, PlayerNotFound, StreakNotFound
from renown_server.events.progress import date_of
from renown_server.leaderboards.periods import instance_for
from renown_server.leaderboards.ranks import RankReader
from renown_server.players.standing import PlayerStanding
from renown_server.profile.days import day_of
from renown_server.profile.history import XpChange, XpHistory
from renown_server.profile.render import level_message
from renown_server.profile.stands import stands
from renown_server.progress import standing as stats
from renown_server.progress import streak_days
from renown_server.progress.values import StreakState
from renown_server.wire.timestamps import set_timestamp

HISTORY_SIZE = 10

_NO_STREAK = StreakState()


class _Request(msgspec.Struct):
    """What of a stored request a points entry tells."""

    event_type: str = ""
    description: str = ""
    reference_type: str = ""
    reference_id: str = ""


_request_decoder = msgspec.json.Decoder(_Request)


class PlayerSummaryHandlers:
    """Answers GetPlayerSummary.

    Args:
        standings: reads players, gathered.
        wallets: reads wallets, gathered.
        ranks: reads the live order of boards.
        history: reads XP changes.
        sql: reads the ledger.
        catalog: knows the boards, streaks and achievements.
        clock: says which day and period it is.
    """

    def __init__(
        self,
        *,
        standings: Gather[str, PlayerStanding],
        wallets: Gather[str, list[BalanceRow]],
        ranks: RankReader,
        history: XpHistory,
        sql: AsyncEngine,
        catalog: CatalogHolder,
        clock: Clock,
    ) -> None:
        self._standings = standings
        self._wallets = wallets
        self._ranks = ranks
        self._history = history
        self._sql = sql
        self._catalog = catalog
        self._clock = clock

    async def get_player_summary(
        self, request: pb.GetPlayerSummaryRequest, call: CallContext
    ) -> pb.GetPlayerSummaryResponse:
        """Reads a player's points, rank, streak and awards.

        While ranks cannot be read there is no answer: rank 0 would say that there is no entry.
        """
        catalog = self._catalog.current
        board = _board(catalog, request.leaderboard_id)
        streak_id = _streak_id(catalog, request.streak_id)
        player_id = request.player_id
        standing, balances = await asyncio.gather(
            self._standings.get(player_id), self._wallets.get(player_id)
        )
        if standing is None:
            raise PlayerNotFound(player_id)
        response = pb.GetPlayerSummaryResponse()
        summary = response.summary
        summary.player_id = player_id
        _fill_standing(summary, standing, catalog)
        _fill_streak(summary, standing, streak_id, self._clock.now_us())
        _fill_points(summary, standing, balances or [], catalog.progression.points_currency)
        await asyncio.gather(self._add_history(summary), self._fill_rank(summary, board))
        return response

    async def _fill_rank(self, summary: pb.PlayerSummary, board: Board | None) -> None:
        if board is None:
            return
        instance = instance_for(board, self._clock.now_us())
        found = await self._ranks.rank(instance.key, board.descending, summary.player_id)
        summary.leaderboard_id = board.id
        if found is None:
            summary.total_participants = await self._ranks.total(instance.key)
            return
        summary.total_participants = found.total
        summary.rank = found.rank
        summary.rank_percentile_basis_points = percentile_bp(found.rank, found.total)

    async def _add_history(self, summary: pb.PlayerSummary) -> None:
        if summary.points_currency:
            await self._add_postings(summary)
            return
        for change in await self._history.changes(summary.player_id, size=HISTORY_SIZE):
            _fill_change(summary.recent_history.add(), change)

    async def _add_postings(self, summary: pb.PlayerSummary) -> None:
        """What the latest commands that moved the currency did to it, each in one entry."""
        code = summary.points_currency
        rows = await list_entries(
            self._sql,
            summary.player_id,
            before=None,
            size=HISTORY_SIZE,
            currency=code,
            event_type="",
        )
        for row in rows:
            places = [place for place, each in enumerate(row.currencies) if each == code]
            entry = summary.recent_history.add(
                sequence=row.sequence,
                points_change=sum([row.amounts[place] for place in places]),
                event_type=row.event_type,
                description=row.description,
                reference_type=row.reference_type,
                reference_id=row.reference_id,
                balance_after=row.balances_after[places[-1]],
                source=row.rules[places[0]],
            )
            set_timestamp(entry.recorded_at, to_us(row.recorded_at))


def percentile_bp(rank: int, total: int) -> int:
    """The share of the other participants who rank below, in basis points, rounded down."""
    return BASIS_POINTS if total <= 1 else (total - rank) * BASIS_POINTS // (total - 1)


def _board(catalog: CatalogSnapshot, board_id: str) -> Board | None:
    """The board asked for, or the first that counts XP."""
    if not board_id:
        return catalog.boards_on_xp[0] if catalog.boards_on_xp else None
    board = catalog.boards.get(board_id)
    if board is None:
        raise LeaderboardNotFound(board_id)
    return board


def _streak_id(catalog: CatalogSnapshot, streak_id: str) -> str:
    """The streak asked for, or the first there is."""
    streaks = catalog.progression.streaks
    if not streak_id:
        return next(iter(streaks), "")
    if streak_id not in streaks:
        raise StreakNotFound(streak_id)
    return streak_id


def _fill_standing(
    summary: pb.PlayerSummary, standing: PlayerStanding, catalog: CatalogSnapshot
) -> None:
    player, earned = standing.player, standing.earned
    summary.experience.CopyFrom(level_message(stands(catalog, player)))
    if player.last_active_us:
        summary.last_activity_date = date_of(day_of(player, player.last_active_us))
    summary.badges_total = stats.badges_owned(earned)
    summary.showcased_badges.extend(earned.honors.badges_showcased)
    summary.achievements_completed = stats.achievements_earned(earned)
    achievements = catalog.progression.achievements
    summary.achievement_points = stats.achievement_points(achievements, earned)
    summary.title = earned.honors.title


def _fill_streak(
    summary: pb.PlayerSummary, standing: PlayerStanding, streak_id: str, now_us: int
) -> None:
    player = standing.player
    summary.streak_id = streak_id
    state = standing.progress.streaks.get(streak_id, _NO_STREAK)
    days, _ = streak_days.current(state, day_of(player, now_us), player.time_zone)
    summary.current_streak_days = days
    summary.longest_streak_days = streak_days.longest(state)


def _fill_points(
    summary: pb.PlayerSummary, standing: PlayerStanding, balances: list[BalanceRow], points: str
) -> None:
    summary.points_currency = points
    summary.total_points = 0 if points else standing.player.lifetime_xp
    summary.current_points = 0 if points else standing.player.xp
    fill_wallet(summary.wallet, summary.player_id, balances)
    for row in balances:
        if row.currency == points:
            summary.total_points = row.earned
            summary.current_points = row.amount


def _fill_change(entry: pb.PointsEntry, change: XpChange) -> None:
    record, fact = change.entry, change.fact
    request = _request_decoder.decode(record.request)
    entry.sequence = change.sequence
    entry.points_change = fact.amount
    entry.event_type = record.label if record.is_activity else request.event_type
    if not entry.event_type:
        entry.event_type = _in_words(record.label)
    entry.description = request.description
    entry.reference_type = request.reference_type
    entry.reference_id = request.reference_id
    entry.balance_after = fact.total
    entry.source = fact.rule
    set_timestamp(entry.recorded_at, record.recorded_at_us)


@cache
def _in_words(method: str) -> str:
    """What a method is called among types of events: `ClaimMail` is `claim_mail`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method).lower()
