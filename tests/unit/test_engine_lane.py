"""A lane over a runner that fails as it is told: who gets which answer, and what is tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from renown_server.catalog.holder import NoCatalog
from renown_server.catalog.store import CatalogUnreadable
from renown_server.engine import failpoints
from renown_server.engine import lane as engine_lane
from renown_server.engine.batch import Commit
from renown_server.engine.command import Command, Recorded
from renown_server.engine.decide import Outcome, Rejoin
from renown_server.engine.engine import Engine, LaneHooks
from renown_server.engine.lane import CONFLICT_RERUNS_MAX, RECONNECT_PAUSES_S, InternalFailure
from renown_server.errors import (
    Conflict,
    DeadlineExceeded,
    Draining,
    Overloaded,
    StorageUnavailable,
)
from tests.kit.commands import credit

POISON = "poison"


class Connection:
    """Something that can be lost."""

    def __init__(self) -> None:
        self.is_open = True
        self.close_error: Exception | None = None

    def is_closed(self) -> bool:
        return not self.is_open

    def terminate(self) -> None:
        self.is_open = False

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own
        self.is_open = False
        if self.close_error:
            raise self.close_error


class Runner:
    """Runs batches by answering each command; first raises what it is given."""

    def __init__(self) -> None:
        self.batches: list[list[Command]] = []
        self.failures: list[BaseException | None] = []
        self.connections: list[Connection] = []
        self.connect_failures: list[Exception] = []
        self.batch_nos: list[int] = []
        self.lane_ids: list[str] = []
        self.check: Callable[[Connection, Sequence[Command]], None] = lambda *_: None
        self.outcome: Callable[[Command], Outcome | Rejoin] = lambda _: Recorded(1, 1, 0, [])
        self.gate = asyncio.Event()
        self.races = frozenset({"ck_stock_sold"})
        self.gate.set()

    async def connect(self) -> Any:
        if self.connect_failures:
            raise self.connect_failures.pop(0)
        self.connections.append(Connection())
        return self.connections[-1]

    async def run(
        self, connection: Any, commands: Sequence[Command], *, lane_id: str, batch_no: int
    ) -> Commit:
        self.batches.append(list(commands))
        self.batch_nos.append(batch_no)
        self.lane_ids.append(lane_id)
        await self.gate.wait()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.check(connection, commands)
        work: Any = None
        return Commit(work, [self.outcome(command) for command in commands])


class Watch:
    """What watches a lane."""

    def __init__(self) -> None:
        self.commits = 0
        self.uncertain = 0
        self.failure: Exception | None = None

    def on_commit(self, commit: Commit) -> None:
        self.commits += 1
        if self.failure:
            raise self.failure

    def on_uncertain(self) -> None:
        self.uncertain += 1


class House:
    """An engine around the runner."""

    def __init__(self, lanes: int = 1, **options: Any) -> None:
        self.runner = Runner()
        self.watch = Watch()
        runner: Any = self.runner
        hooks = LaneHooks(
            lambda: f"lane-{self.watch.uncertain}", self.watch.on_commit, self.watch.on_uncertain
        )
        self.engine = Engine(
            runner=runner, connect=self.runner.connect, lanes=[hooks] * lanes, **options
        )

    def submit(self, *players: str, deadline_s: float = 5.0) -> list[asyncio.Task[Any]]:
        """A command for each player, each a call of its own."""
        return [self.start(credit(player, coins=1), deadline_s) for player in players]

    def start(self, command: Command, deadline_s: float = 5.0) -> asyncio.Task[Any]:
        """A command's call."""
        deadline = time.monotonic() + deadline_s
        return asyncio.create_task(self.engine.submit(command, deadline))


@asynccontextmanager
async def open_house(lanes: int = 1, **options: Any) -> AsyncIterator[House]:
    house = House(lanes, **options)
    house.engine.start()
    try:
        yield house
    finally:
        async with asyncio.timeout(5):
            await house.engine.stop()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engine_lane, "RECONNECT_PAUSES_S", (0.0,) * len(RECONNECT_PAUSES_S))
    with capture_logs():  # printed with its variables, a traceback takes a second
        yield
    failpoints.arm("")


async def outcomes(tasks: Sequence[asyncio.Task[Any]]) -> list[Any]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*tasks, return_exceptions=True)


def is_done(outcome: Any) -> bool:
    return isinstance(outcome, Recorded)


async def test_what_gathers_during_a_batch_is_the_next_one() -> None:
    async with open_house() as house:
        house.runner.gate.clear()
        first = house.submit("a")
        await asyncio.sleep(0.01)
        others = house.submit("b", "c", "d")
        await asyncio.sleep(0.01)
        house.runner.gate.set()
        assert all(map(is_done, await outcomes([*first, *others])))
        assert [len(batch) for batch in house.runner.batches] == [1, 3]
        assert len(house.runner.connections) == 1
        assert house.watch.commits == 2


LOST = [
    ConnectionResetError(),
    TimeoutError(),  # asyncpg's command_timeout: what happened is unknown
    asyncpg.ConnectionDoesNotExistError("gone"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.AdminShutdownError("terminating"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.InternalClientError("cannot switch to state 15"),
    asyncpg.QueryCanceledError("statement timeout"),
    # A primary that has become a standby, behind the same address.
    asyncpg.ReadOnlySQLTransactionError("read-only"),
    asyncpg.IdleInTransactionSessionTimeoutError("too idle"),
]


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
async def test_a_lost_connection_is_replaced_and_the_batch_runs_again(lost: Exception) -> None:
    async with open_house() as house:
        house.runner.failures = [lost, lost]
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        assert len(house.runner.connections) == 3
        assert [c.is_open for c in house.runner.connections] == [False, False, True]
        assert house.watch.uncertain == 2
        # A lane's name is asked for anew, and a batch's number never comes twice.
        assert house.runner.lane_ids[:3] == ["lane-0", "lane-1", "lane-2"]
        assert house.runner.batch_nos == sorted(set(house.runner.batch_nos))


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
async def test_a_loss_that_lasts_is_said(lost: Exception) -> None:
    async with open_house() as house:
        house.runner.failures = [lost] * len(RECONNECT_PAUSES_S)
        found = await outcomes(house.submit("a", "b"))
        assert [type(outcome) for outcome in found] == [StorageUnavailable] * 2
        assert len(house.runner.batches) == len(RECONNECT_PAUSES_S)
        assert all(map(is_done, await outcomes(house.submit("a"))))


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionRefusedError(),
        asyncpg.TooManyConnectionsError("too many"),
        asyncpg.InvalidPasswordError("no"),
        asyncpg.InvalidCatalogNameError("no such database"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_keeps_it_from_connecting_is_no_fault_of_a_command(failure: Exception) -> None:
    async with open_house() as house:
        house.runner.connect_failures = [failure] * 50
        found = await outcomes(house.submit(*"abcdefgh"))
        assert [type(outcome) for outcome in found] == [StorageUnavailable] * 8
        assert 50 - len(house.runner.connect_failures) <= len(RECONNECT_PAUSES_S)
        house.runner.connect_failures.clear()
        assert all(map(is_done, await outcomes(house.submit("a"))))


async def test_nothing_is_tried_again_for_callers_who_have_gone() -> None:
    async with open_house() as house:
        house.runner.gate.clear()
        tasks = house.submit("a", deadline_s=0.02)
        await asyncio.sleep(0.05)
        house.runner.failures = [OSError()] * 9
        house.runner.gate.set()
        (found,) = await outcomes(tasks)
        assert isinstance(found, StorageUnavailable)
        assert len(house.runner.batches) == 1


CONFLICTS = [
    asyncpg.DeadlockDetectedError("deadlock"),
    asyncpg.SerializationError("serialize"),
    asyncpg.LockNotAvailableError("lock timeout"),
    # A migration changed a type: asyncpg has forgotten its statements by now.
    asyncpg.InvalidCachedStatementError("cached plan must not change result type"),
]


@pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda error: type(error).__name__)
async def test_conflicts_run_again(conflict: Exception) -> None:
    async with open_house() as house:
        house.runner.failures = [conflict] * CONFLICT_RERUNS_MAX
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        assert len(house.runner.connections) == 1
        assert house.watch.uncertain == 0


@pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda error: type(error).__name__)
async def test_conflicts_without_end_are_said(conflict: Exception) -> None:
    async with open_house() as house:
        house.runner.failures = [conflict] * (CONFLICT_RERUNS_MAX + 1)
        found = await outcomes(house.submit("a", "b"))
        assert [type(outcome) for outcome in found] == [Conflict] * 2
        assert len(house.runner.batches) == CONFLICT_RERUNS_MAX + 1


async def test_a_key_that_has_come_in_between_is_found_the_second_time() -> None:
    async with open_house() as house:
        house.runner.failures = [asyncpg.UniqueViolationError("usernames")]
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        assert len(house.runner.batches) == 2


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CheckViolationError("check"),
        asyncpg.DataError("encoding"),
        asyncpg.UniqueViolationError("key"),
        asyncpg.ProgramLimitExceededError("index row size"),
        KeyError("a bug outside any rule"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_poison_is_found_and_its_neighbours_succeed(error: Exception) -> None:
    async with open_house() as house:
        house.runner.gate.clear()
        first = house.submit("first")
        await asyncio.sleep(0.01)
        players = [f"p{n}" for n in range(127)]
        players.insert(77, POISON)
        tasks = house.submit(*players)
        await asyncio.sleep(0.01)

        def check(connection: Connection, commands: Sequence[Command]) -> None:
            if any(command.players == (POISON,) for command in commands):
                raise error

        house.runner.check = check
        house.runner.gate.set()
        found = await outcomes(tasks)
        assert isinstance(found[77], InternalFailure)
        assert found[77].__cause__ is error
        assert sum(map(is_done, found)) == 127
        assert all(map(is_done, await outcomes(first)))
        # Split in halves, not one by one; a unique violation is tried twice.
        assert len(house.runner.batches) <= 34
        # Order is kept: what ran, ran in the order it came.
        ran = [c.players[0] for batch in house.runner.batches for c in batch]
        done = sorted({p: n for n, p in enumerate(ran)}.items(), key=lambda item: item[1])
        assert [p for p, _ in done if p not in (POISON, "first")] == [
            p for p in players if p != POISON
        ]


async def test_no_room_in_the_database_is_not_the_commands_fault() -> None:
    async with open_house() as house:
        house.runner.failures = [asyncpg.DiskFullError("no space left")]
        found = await outcomes(house.submit("a", "b"))
        assert [type(outcome) for outcome in found] == [StorageUnavailable] * 2
        assert found[0].refusal.retry_after_ms > 0
        assert len(house.runner.batches) == 1


@pytest.mark.parametrize("error", [NoCatalog(), CatalogUnreadable(2, "of another release")])
async def test_a_catalog_that_cannot_be_used_is_not_the_commands_fault(error: Exception) -> None:
    async with open_house() as house:
        house.runner.failures = [error]
        found = await outcomes(house.submit("a", "b"))
        assert [type(outcome) for outcome in found] == [StorageUnavailable] * 2
        assert len(house.runner.batches) == 1


async def test_what_postgres_refuses_costs_no_connection() -> None:
    async with open_house() as house:
        house.runner.failures = [asyncpg.CheckViolationError("check")]
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        assert len(house.runner.connections) == 1
        assert house.watch.uncertain == 0


async def test_a_connection_in_an_unknown_state_is_not_used_again() -> None:
    async with open_house() as house:
        assert all(map(is_done, await outcomes(house.submit("a"))))
        broken = house.runner.connections[0]

        def check(connection: Connection, commands: Sequence[Command]) -> None:
            if connection is broken:
                raise RuntimeError("nobody knows")

        house.runner.check = check
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        assert not broken.is_open
        assert len(house.runner.connections) == 2


@pytest.mark.parametrize("lanes", [1, 2])
async def test_a_watcher_that_fails_changes_no_answer(lanes: int) -> None:
    async with open_house(lanes) as house:
        house.watch.failure = KeyError("a bug in publishing")
        assert all(map(is_done, await outcomes(house.submit("a", "b", "c"))))
        await asyncio.sleep(0.01)
        ran = [command.players for batch in house.runner.batches for command in batch]
        assert sorted(ran) == [("a",), ("b",), ("c",)], "nothing runs again"
        # The boards' repair must look at what was not offered.
        assert house.watch.uncertain == house.watch.commits


async def test_a_failure_after_the_replies_leaves_the_batch_to_repair() -> None:
    async with open_house() as house:
        failpoints.arm("batch.replied=raise")
        assert all(map(is_done, await outcomes(house.submit("a", "b"))))
        await asyncio.sleep(0.01)
        assert len(house.runner.batches) == 1
        assert (house.watch.commits, house.watch.uncertain) == (0, 1)


async def test_who_needs_other_locks_comes_back_with_them() -> None:
    async with open_house() as house:

        def outcome(command: Command) -> Outcome | Rejoin:
            if command.players == ("a",):
                return Rejoin(("a", "b"))
            return Recorded(1, 1, 0, [])

        house.runner.outcome = outcome
        assert all(map(is_done, await outcomes(house.submit("a", "c"))))
        assert [[c.players for c in batch] for batch in house.runner.batches][1:] == [[("a", "b")]]


async def test_who_comes_back_needs_no_room() -> None:
    async with open_house(queue_capacity=1) as house:
        house.runner.outcome = lambda command: (
            Rejoin(("a", "b")) if command.players == ("a",) else Recorded(1, 1, 0, [])
        )
        house.runner.gate.clear()
        back = house.submit("a")
        await asyncio.sleep(0.01)
        waiting = house.submit("c")
        await asyncio.sleep(0.01)
        house.runner.gate.set()
        assert all(map(is_done, await outcomes([*back, *waiting])))
        assert [c.players for c in house.runner.batches[1]] == [("a", "b"), ("c",)]


async def test_who_never_has_enough_locks_ends_at_its_deadline() -> None:
    async with open_house() as house:
        house.runner.outcome = lambda command: Rejoin(command.players)

        failpoints.arm("batch.replied=sleep:2")
        (found,) = await outcomes(house.submit("a", deadline_s=0.05))
        assert isinstance(found, DeadlineExceeded)


async def test_a_caller_who_leaves_in_the_queue_leaves_no_trace() -> None:
    async with open_house() as house:
        house.runner.gate.clear()
        first = house.submit("a")
        await asyncio.sleep(0.01)
        leaving, staying = house.submit("b", "c")
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.sleep(0.01)
        house.runner.gate.set()
        await outcomes([*first, staying])
        assert [c.players for c in house.runner.batches[1]] == [("c",)]


async def test_a_caller_who_leaves_too_late_disturbs_nobody() -> None:
    async with open_house() as house:
        house.runner.gate.clear()
        leaving, staying = house.submit("a", "b")
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.sleep(0.01)
        house.runner.gate.set()
        assert all(map(is_done, await outcomes([staying])))
        assert len(house.runner.batches[0]) == 2


async def test_a_batch_call_is_refused_as_a_whole() -> None:
    async with open_house(lanes=2, queue_capacity=4) as house:
        house.runner.gate.clear()
        await asyncio.sleep(0.01)
        # Of two lanes only one has room: neither may carry anything out.
        of_lane: dict[int, list[str]] = {0: [], 1: []}
        for n in range(40):
            of_lane[house.engine._place(credit(f"p{n}", coins=1))].append(f"p{n}")
        players = [*of_lane[0][:2], *of_lane[1][:6]]
        commands = [credit(player, coins=1) for player in players]
        with pytest.raises(Overloaded):
            await house.engine.submit_many(commands, time.monotonic() + 5)
        house.runner.gate.set()
        await asyncio.sleep(0.01)
        assert house.runner.batches == []
        assert house.engine.queued == 0


async def test_a_batch_call_is_answered_in_order() -> None:
    async with open_house(lanes=3) as house:
        house.runner.outcome = lambda command: Recorded(int(command.players[0]), 1, 0, [])
        commands = [credit(str(n), coins=1) for n in range(20)]
        found: Any = await house.engine.submit_many(commands, time.monotonic() + 5)
        assert [done.recorded_at_us for done in found] == list(range(20))
        assert await house.engine.submit_many([], time.monotonic() + 5) == []


async def test_a_batch_call_that_is_left_takes_its_commands_along() -> None:
    async with open_house(batch_max=8) as house:
        house.runner.gate.clear()
        commands = [credit(f"p{n}", coins=1) for n in range(6)]
        deadline = time.monotonic() + 5
        leaving = asyncio.create_task(house.engine.submit_many(commands, deadline))
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.sleep(0.01)
        house.runner.gate.set()
        await asyncio.sleep(0.01)
        assert [len(batch) for batch in house.runner.batches] == [2]


async def test_what_was_accepted_is_finished_before_the_end() -> None:
    house = House(batch_max=4)
    house.engine.start()
    house.runner.gate.clear()
    tasks = house.submit(*"abcdefghij")
    await asyncio.sleep(0.01)
    stopping = asyncio.create_task(house.engine.stop())
    await asyncio.sleep(0.01)
    late = house.submit("late")
    assert isinstance((await outcomes(late))[0], Draining)
    with pytest.raises(Draining):
        await house.engine.submit_many([], time.monotonic() + 5)
    assert not stopping.done()
    house.runner.gate.set()
    assert all(map(is_done, await outcomes(tasks)))
    await stopping
    assert not house.runner.connections[0].is_open


async def test_the_end_does_not_depend_on_the_connection() -> None:
    house = House()
    house.engine.start()
    await outcomes(house.submit("a"))
    house.runner.connections[0].close_error = TimeoutError()
    await house.engine.stop()


async def test_it_ends_while_postgres_is_away() -> None:
    house = House()
    house.engine.start()
    house.runner.connect_failures = [ConnectionRefusedError()] * 100
    tasks = house.submit("a", "b")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await house.engine.stop()
    assert {type(outcome) for outcome in await outcomes(tasks)} == {StorageUnavailable}
