"""Streaks on a real Postgres: what is read back, found, and kept aside."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from renown.v1 import streak_service_pb2 as pb
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.engine.clock import FixedClock
from renown_server.engine.gather import Gather
from renown_server.errors import InvalidArgument, PlayerNotFound, StreakNotFound
from renown_server.progress.streak_days import SPANS_MAX
from renown_server.storage.reader import Reader
from renown_server.streaks.queries import load_streaks
from renown_server.streaks.rpc import StreakServiceHandlers
from renown_server.wire.pages import PageTokens
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit
from tests.kit.streaks import STREAKS, day, starting_over, taking_back
from tests.kit.times import DAY, HOUR, NOON
from tests.kit.workers import Worker, open_worker, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture
def clock() -> FixedClock:
    """The time of everything."""
    return FixedClock(NOON)


@pytest.fixture
async def worker(database: Database, clock: FixedClock) -> AsyncIterator[Worker]:
    """A worker and a player."""
    await publish_game(database.url, STREAKS)
    async with open_worker(database.url, clock=clock) as worker:
        await worker.run(create("p"))
        yield worker
    await check_books(database.superuser_url)


@pytest.fixture
async def handlers(worker: Worker, clock: FixedClock) -> AsyncIterator[StreakServiceHandlers]:
    """What answers StreakService."""
    reader = Reader(worker.core.connect)
    yield StreakServiceHandlers(
        engine=worker.engine,
        streaks=Gather(reader.loads(load_streaks)),
        pool=worker.core.pool,
        catalog=worker.core.catalog,
        clock=clock,
        tokens=PageTokens(b"0123456789abcdef"),
    )
    await reader.close()


def call() -> CallContext:
    principal = Principal(PrincipalKind.PLAYER, "player:p", "p")
    return CallContext("/renown.v1.StreakService/Any", principal, time.monotonic() + 30)


async def keep(worker: Worker, clock: FixedClock, *days: int) -> None:
    """Is active on days after the first one."""
    for each in days:
        clock.value_us = NOON + each * DAY
        await worker.run(activity("p", "lesson", f"a{each}"))


async def test_every_rpc(
    worker: Worker, handlers: StreakServiceHandlers, clock: FixedClock
) -> None:
    listed = await handlers.list_streak_activities(
        pb.ListStreakActivitiesRequest(page_size=1), call()
    )
    assert [each.definition.id for each in listed.streak_activities] == ["daily"]
    more = pb.ListStreakActivitiesRequest(page_token=listed.next_page_token)
    rest = await handlers.list_streak_activities(more, call())
    assert [each.definition.id for each in rest.streak_activities] == ["walks"]
    await worker.run(credit("p", gems=100))
    await keep(worker, clock, 0, 1, 2)
    frozen = await handlers.freeze_streak(
        pb.FreezeStreakRequest(
            request_id="f",
            player_id="p",
            streak_id="daily",
            from_date="2026-11-21",
            to_date="2026-11-22",
        ),
        call(),
    )
    assert frozen.frozen_dates == ["2026-11-21", "2026-11-22"]
    assert [(each.amount, each.balance_after) for each in frozen.payments] == [(-4, 96)]
    assert frozen.streak.current == 3
    clock.value_us = NOON + 6 * DAY
    read = await handlers.get_streaks(pb.GetStreaksRequest(player_id="p"), call())
    assert (read.today, read.time_zone) == ("2026-11-24", "UTC")
    daily, walks = read.streaks
    assert (daily.current, daily.longest, daily.last_active_date) == (0, 3, "2026-11-20")
    assert daily.repair.missed_dates == ["2026-11-23"]
    assert [each.amount for each in daily.repair.price] == [10]
    assert (daily.next_milestone.days, daily.next_milestone.remaining_days) == (3, 3)
    assert walks.streak_id == "walks"
    request = pb.RepairStreakRequest(request_id="r", player_id="p", streak_id="daily")
    repaired = await handlers.repair_streak(request, call())
    assert repaired.repaired_dates == ["2026-11-23"]
    assert repaired.streak.current == 3
    assert repaired.streak.breaks_at.seconds * 1_000_000 == NOON + 6 * DAY + 12 * HOUR
    await keep(worker, clock, 6)
    assert await handlers.repair_streak(request, call()) == repaired
    history = await handlers.list_streak_history(pb.ListStreakHistoryRequest(player_id="p"), call())
    assert [(r.start_date, r.end_date, r.length, r.frozen_days) for r in history.runs] == [
        ("2026-11-18", "2026-11-24", 4, 2)
    ]


async def test_what_is_not_there(handlers: StreakServiceHandlers) -> None:
    with pytest.raises(PlayerNotFound):
        await handlers.get_streaks(pb.GetStreaksRequest(player_id="nobody"), call())
    with pytest.raises(StreakNotFound):
        await handlers.get_streaks(pb.GetStreaksRequest(player_id="p", streak_id="no"), call())
    with pytest.raises(InvalidArgument):
        await handlers.freeze_streak(
            pb.FreezeStreakRequest(
                request_id="f",
                player_id="p",
                streak_id="daily",
                from_date="2026-02-30",
                to_date="2026-11-22",
            ),
            call(),
        )
    found = await handlers.list_streak_history(pb.ListStreakHistoryRequest(player_id="p"), call())
    assert not found.runs


async def test_history_in_pages_with_what_a_prestige_has_ended(
    worker: Worker, handlers: StreakServiceHandlers, clock: FixedClock
) -> None:
    await keep(worker, clock, 0, 1)
    await worker.run(starting_over("p"))
    await keep(worker, clock, 3, 5, 6)
    shown: list[Any] = []
    token = ""
    while True:
        page = await handlers.list_streak_history(
            pb.ListStreakHistoryRequest(player_id="p", page_size=1, page_token=token), call()
        )
        shown += page.runs
        token = page.next_page_token
        if not token:
            break
    assert [(run.start_date, run.length, run.ended_reason) for run in shown] == [
        ("2026-11-23", 2, pb.STREAK_END_UNSPECIFIED),
        ("2026-11-21", 1, pb.STREAK_END_MISSED),
        ("2026-11-18", 2, pb.STREAK_END_PRESTIGE),
    ]


async def test_what_is_left_of_a_day_is_found_in_the_records(
    worker: Worker, clock: FixedClock, database: Database
) -> None:
    await keep(worker, clock, 0, 1)
    await worker.run(activity("p", "quiz", "more"))
    await worker.run(activity("p", "nothing", "other"))
    clock.value_us = NOON + 3 * DAY
    await worker.run(activity("p", "lesson", "late", occurred_at_us=NOON + DAY))
    for name, kind in (("a1", "lesson"), ("more", "quiz")):
        done = await worker.run(taking_back("p", name, NOON + DAY, kind))
        assert done.result == []
    done = await worker.run(taking_back("p", "late", NOON + DAY))
    assert done.result == [("daily", day("2026-11-19"), 1, [])]
    # The kit's command takes back nothing but days, which the books would miss.
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("DELETE FROM revocations")
    await connection.close()


async def test_days_that_find_no_room_are_put_aside(
    worker: Worker, handlers: StreakServiceHandlers, clock: FixedClock
) -> None:
    """Every second day for longer than the packed state reaches."""
    await worker.core.pool.execute(
        "INSERT INTO progress VALUES ('p', '{}', $1, '{}', '{}', 0)",
        '{"daily":{"runs":['
        + ",".join(f"[{n},{n}]" for n in range(20000, 20000 + 2 * SPANS_MAX, 2))
        + '],"longest":1}}',
    )
    await keep(worker, clock, 0)
    rows = await worker.core.pool.fetch("SELECT * FROM streak_runs")
    assert [tuple(row)[:6] for row in rows] == [("p", "daily", 20000, 20000, 1, 0)]
    assert rows[0]["ended_us"] == 20002 * DAY
    history = await handlers.list_streak_history(
        pb.ListStreakHistoryRequest(player_id="p", page_size=200), call()
    )
    assert len(history.runs) == 200
    last = await handlers.list_streak_history(
        pb.ListStreakHistoryRequest(
            player_id="p", page_size=200, page_token=history.next_page_token
        ),
        call(),
    )
    assert [run.length for run in last.runs] == [1]
