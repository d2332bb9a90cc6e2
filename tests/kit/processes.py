"""The real server as a process of its own, to be signalled, killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from tests.kit.eventually import eventually

RENOWN = Path(sys.executable).with_name("renown")
TIED = Path(__file__).with_name("tied.py")
START_PATIENCE_S = 90.0
"""Interpreters start slowly where several suites share two cores."""
STOP_PATIENCE_S = 60.0
SUPERVISION_S = 0.1
LOG_TAIL_CHARS = 4000

_READY = re.compile(r"ready on (\S+):(\d+) \((\d+) worker")


def is_alive(pid: int) -> bool:
    """Whether a process runs; where nobody reaps orphans, a dead one stays as a zombie."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def resident_bytes(pid: int) -> int:
    """The memory a process holds."""
    return int(psutil.Process(pid).memory_info().rss)


async def gone(pids: Iterable[int], patience_s: float = STOP_PATIENCE_S) -> None:
    """Waits until processes have ended.

    Raises:
        AssertionError: some still run.
    """
    waiting = list(pids)

    async def none_left() -> bool:
        return not any(map(is_alive, waiting))

    try:
        await eventually(none_left, patience_s)
    except AssertionError:
        alive = [psutil.Process(pid) for pid in waiting if is_alive(pid)]
        raise AssertionError(f"still running: {alive}") from None


class ServerProcess:
    """`renown serve` with some environment.

    It dies with the process that made it, however that ends.

    Args:
        environment: settings, `RENOWN_…`; the test's own are not passed on.
        log: the file its output is added to.
        arguments: of `renown serve`.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
        self.environment = dict(environment)
        self.log = log
        self.port = 0
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The parent of the workers."""
        assert self._process is not None, "it was never started"
        return self._process.pid

    @property
    def address(self) -> str:
        """`host:port`, known once it has served."""
        return f"127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the parent of the workers lives."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Starts it and returns when all workers serve; on the port it had before.

        Workers of a killed parent hold the port for a moment: as a supervisor would, this tries
        again.

        Raises:
            AssertionError: it does not serve in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_PATIENCE_S
        while True:
            self._spawn()
            if await self._served(deadline - loop.time()):
                return
            words = self.words()
            taken = "cannot listen on" in words or "is in use by process" in words
            assert taken, f"the server did not start, it ended with {await self.ended()}:\n{words}"
            assert loop.time() < deadline, f"the port is not set free:\n{words}"
            await asyncio.sleep(0.1)

    def workers(self) -> list[int]:
        """The worker processes that serve."""
        served = [entry["process_id"] for entry in self.entries("worker serves")]
        return [pid for pid in served if is_alive(pid)]

    def family(self) -> list[int]:
        """Every process that must not outlive this one."""
        children = psutil.Process(self.pid).children(recursive=True)
        return [self.pid, *[child.pid for child in children]]

    async def until_workers(self, count: int, without: Iterable[int] = ()) -> list[int]:
        """Waits until so many workers serve, none of them one of `without`."""
        found: list[int] = []
        old = set(without)

        async def enough() -> bool:
            found[:] = self.workers() if self.is_running else []
            return len(found) >= count and not old & set(found)

        try:
            await eventually(enough, START_PATIENCE_S)
        except AssertionError:
            raise AssertionError(f"{found} serve, {count} should:\n{self.words()}") from None
        return found

    @contextlib.asynccontextmanager
    async def supervised(self) -> AsyncIterator[None]:
        """Starts it again whenever it has ended, as a service manager does.

        It gives up when its workers die again and again soon after their start.
        """

        async def supervise() -> None:
            while True:
                if not self.is_running:
                    await self.start()
                await asyncio.sleep(SUPERVISION_S)

        supervising = asyncio.create_task(supervise())
        try:
            yield
        finally:
            if not supervising.done():
                supervising.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await supervising

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the parent of the workers."""
        assert self._process is not None, "it was never started"
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Waits for the parent's end; returns its exit code, negative for a signal's."""
        process = self._process
        assert process is not None, "it was never started"

        async def has_ended() -> bool:
            return process.poll() is not None

        await eventually(has_ended, STOP_PATIENCE_S)
        assert process.returncode is not None
        return process.returncode

    async def kill(self) -> None:
        """Kills the parent; returns when its workers have followed it."""
        family = self.family()
        self.send(signal.SIGKILL)
        await self.ended()
        await gone(family)

    async def stop(self) -> int:
        """Ends it in order, if it runs; returns its exit code."""
        if self.is_running:
            self.send(signal.SIGTERM)
        return await self.ended()

    def entries(self, event: str) -> list[dict[str, Any]]:
        """The log's entries of one kind since the last start."""
        found = []
        for line in self._said().splitlines():
            if line.startswith("{") and event in line:
                entry = json.loads(line)
                if entry.get("event") == event:
                    found.append(entry)
        return found

    def words(self) -> str:
        """The end of what it said since the last start."""
        return self._said()[-LOG_TAIL_CHARS:]

    def _said(self) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(self._log_start)
            text = log.read()
        return text[: text.rfind("\n") + 1]

    def _spawn(self) -> None:
        self.log.touch()
        self._log_start = self.log.stat().st_size
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("RENOWN_")}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(TIED), str(os.getpid())),
                    *(str(RENOWN), "serve", "--port", str(self.port), *self._arguments),
                ],
                # What a killed server leaves behind goes where the log is.
                env=inherited | {"TMPDIR": str(self.log.parent)} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def _served(self, patience_s: float) -> bool:
        """Waits until it says that it is ready; False if it ends instead."""
        process = self._process
        assert process is not None

        async def decided() -> bool:
            return process.poll() is not None or _READY.search(self._said()) is not None

        try:
            await eventually(decided, patience_s)
        except AssertionError:
            raise AssertionError(f"the server is not ready:\n{self.words()}") from None
        ready = _READY.search(self._said())
        if ready is None:
            return False
        self.port = int(ready[2])
        return True
