"""The load: a number of calls always under way, over connections spread across the workers.

Calls before the window warm the server up; calls under way at its end are waited for, so that
every operation's outcome is known.
"""

from __future__ import annotations

import select
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.h2 import Connection, ConnectionLost, Reply
from tests.bench.row import Row
from tests.bench.spread import open_spread

ANSWER_SECONDS = 30
CONNECTIONS_PER_WORKER = 4
# grpcio refuses calls well below the number that it announces for a connection.
CALLS_PER_CONNECTION = 16
READ, WRITE = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR, select.EPOLLOUT


@dataclass(frozen=True, slots=True)
class Server:
    """Where the calls go."""

    port: int
    key: str
    pid: int
    workers: int


@dataclass(frozen=True, slots=True)
class Window:
    """When to measure, by the monotonic clock in seconds; calls go on until ``end``."""

    start: float
    end: float


@dataclass(slots=True)
class Outcome:
    """What became of the calls."""

    latencies_ns: array[int] = field(default_factory=lambda: array("Q"))
    """Of the calls answered well within the window."""
    answered: int = 0
    """Operations answered well, in the window or not."""
    unknown: int = 0
    """Operations without an answer; they may have happened."""
    errors: Counter[str] = field(default_factory=Counter)
    """Operations by what went wrong with them."""

    @property
    def operations(self) -> int:
        """All that were begun."""
        return self.answered + self.unknown + self.errors.total()


def connect(server: Server, row: Row) -> list[Connection]:
    """Opens the connections that a row's calls go over."""

    def open_one() -> Connection:
        return Connection(server.port, row.method, [("authorization", f"Bearer {server.key}")])

    many = max(CONNECTIONS_PER_WORKER * server.workers, row.in_flight // CALLS_PER_CONNECTION)
    count = min(row.in_flight, many)
    return open_spread(open_one, count, server.pid, server.workers)


class Load:
    """The calls of one row and what became of them."""

    def __init__(self, row: Row, requests: Iterator[bytes], connections: list[Connection]) -> None:
        self._row = row
        self._requests = requests
        self._connections = connections
        self._begun: dict[tuple[int, int], int] = {}
        self._answers = 0
        self._outcome = Outcome()
        self._window_ns = (0, 0)

    def run(self, window: Window) -> Outcome:
        """Keeps the calls going until the window ends or there are no more requests."""
        self._window_ns = (int(window.start * 1e9), int(window.end * 1e9))
        try:
            self._run()
        except ConnectionLost as error:
            self._outcome.errors[str(error)] += self._row.batch
        finally:
            for connection in self._connections:
                connection.close()
        self._outcome.unknown = len(self._begun) * self._row.batch
        return self._outcome

    def _run(self) -> None:
        by_descriptor = {c.socket.fileno(): c for c in self._connections}
        with select.epoll() as poll:
            for descriptor in by_descriptor:
                poll.register(descriptor, READ)
            for i in range(self._row.in_flight):
                self._begin(self._connections[i % len(self._connections)])
            for descriptor, connection in by_descriptor.items():
                poll.modify(descriptor, READ if connection.flush() else READ | WRITE)
            while self._begun:
                ready = poll.poll(ANSWER_SECONDS)
                if not ready:
                    raise ConnectionLost(f"no answer for {ANSWER_SECONDS} s")
                for descriptor, events in ready:
                    connection = by_descriptor[descriptor]
                    for reply in connection.receive():
                        self._end(descriptor, reply)
                        self._begin(connection)
                    if not connection.flush():
                        poll.modify(descriptor, READ | WRITE)
                    elif events & WRITE:
                        poll.modify(descriptor, READ)

    def _begin(self, connection: Connection) -> None:
        now = time.monotonic_ns()
        if now >= self._window_ns[1]:
            return
        request = next(self._requests, None)
        if request is not None:
            self._begun[connection.socket.fileno(), connection.start(request)] = now

    def _end(self, descriptor: int, reply: Reply) -> None:
        now = time.monotonic_ns()
        begun = self._begun.pop((descriptor, reply.stream))
        row, outcome = self._row, self._outcome
        if reply.status != "0":
            outcome.errors[f"status {reply.status}: {reply.reason}"] += row.batch
            return
        self._answers += 1
        good = row.batch
        if self._answers % row.sample == 0 and (wrong := row.wrong(reply.message)):
            outcome.errors["wrong answer"] += wrong
            good -= wrong
        outcome.answered += good
        if self._window_ns[0] <= now < self._window_ns[1]:
            outcome.latencies_ns.append(now - begun)
