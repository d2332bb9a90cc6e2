"""The process that makes the load, so that what it costs is known and apart from the rest."""

import multiprocessing
import signal
from multiprocessing.connection import Connection as Pipe
from types import TracebackType
from typing import Self

from tests.bench.calls import Feed
from tests.bench.cascade.rows import FILLS as LESSONS
from tests.bench.economy.rows import FILLS
from tests.bench.h2 import ConnectionLost
from tests.bench.load import Load, Outcome, Server, Window, connect
from tests.bench.row import Row
from tests.bench.rows import ROWS
from tests.bench.spread import SpreadError


class GeneratorFailed(Exception):
    """The generator could not reach the server."""


class Generator:
    """The generator's process, ready to begin; use it as a context manager."""

    def __init__(self, server: Server, row: Row, feed: Feed) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_main, args=(server, row.name, feed, theirs), name="generator", daemon=True
        )
        self._process.start()
        theirs.close()
        if failure := self._pipe.recv():
            raise GeneratorFailed(failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.join()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid or 0

    def begin(self, window: Window) -> None:
        """Starts the calls."""
        self._pipe.send(window)

    def outcome(self) -> Outcome:
        """Waits for the end of all calls."""
        outcome = self._pipe.recv()
        assert isinstance(outcome, Outcome)
        return outcome


def _main(server: Server, row_name: str, feed: Feed, pipe: Pipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    row = (ROWS | FILLS | LESSONS)[row_name]
    try:
        connections = connect(server, row)
    except (SpreadError, ConnectionLost, OSError) as error:
        pipe.send(str(error))
        return
    load = Load(row, row.requests(feed), connections)
    pipe.send("")
    pipe.send(load.run(pipe.recv()))
