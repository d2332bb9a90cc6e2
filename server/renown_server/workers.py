"""Worker processes: one for each core, sharing a port, watched by their parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog

from renown_server.transport.exposition import MetricsPage
from renown_server.transport.settings import CannotServe
from renown_server.worker_process import ORDER_BYTES_MAX, WorkerProcess

RESTART_DELAY_MIN_S = 0.1
RESTART_DELAY_MAX_S = 5.0
# A worker that served this long did not end because of how it was started.
HEALTHY_AFTER_S = 10.0
FAILED_STARTS_MAX = 10
# What a worker may take on top of its grace to close its connections.
EXIT_S = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What to run.

    Attributes:
        count: how many processes.
        target: `package.module:function`, an `async def` that takes the payload, a function to
            call once it serves, and an asyncio.Event that is set when it shall finish. It
            raises `CannotServe` with a line for the operator where it cannot.
        payload: what to tell it; JSON. It travels through a pipe, so it may hold secrets.
        grace_s: how long a worker may take to finish once it has been told.
        start_timeout_s: how long it may take to serve.
        metrics_host: where the parent serves the metrics of all workers.
        metrics_port: 0 lets the system choose; None serves none.
        environment: added to the workers' environment.
    """

    count: int
    target: str
    payload: dict[str, Any]
    grace_s: float = 10.0
    start_timeout_s: float = 60.0
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def order(self) -> bytes:
        """Returns the line that a worker reads first.

        Raises:
            ValueError: the payload is too large.
        """
        line = json.dumps({"target": self.target, "payload": self.payload}).encode() + b"\n"
        if len(line) > ORDER_BYTES_MAX:
            raise ValueError(f"a worker's payload may have {ORDER_BYTES_MAX} bytes")
        return line


@dataclass(frozen=True, slots=True)
class Serving:
    """What runs once every worker serves.

    Attributes:
        process_ids: the workers.
        metrics_port: where their metrics are, or 0.
    """

    process_ids: tuple[int, ...]
    metrics_port: int


async def run_workers(
    plan: WorkerPlan, ready: Callable[[Serving], None], stop: asyncio.Event | None = None
) -> None:
    """Runs workers until told to stop, and replaces those that crash.

    Args:
        plan: what to run.
        ready: called once, when all workers serve.
        stop: ends them. Without it SIGTERM and SIGINT do, the second one at once.

    Raises:
        CannotServe: a worker could not start.
    """
    with MetricsPage(plan.metrics_host, plan.metrics_port) as metrics:
        workers = _Workers(plan, metrics, ready)
        if stop is not None:
            await workers.run(stop)
        else:
            stop = asyncio.Event()
            with _signals_to(workers, stop):
                await workers.run(stop)


@contextlib.contextmanager
def _signals_to(workers: _Workers, stop: asyncio.Event) -> Iterator[None]:
    def handle() -> None:
        if stop.is_set():
            workers.send(signal.SIGKILL)
        stop.set()

    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class _Workers:
    """All workers, each in its place."""

    def __init__(
        self, plan: WorkerPlan, metrics: MetricsPage, ready: Callable[[Serving], None]
    ) -> None:
        self._plan = plan
        self._metrics = metrics
        self._ready: Callable[[Serving], None] | None = ready
        self._order = plan.order()
        self._ending = asyncio.Event()
        self._alive: dict[int, WorkerProcess] = {}
        self._serving: set[int] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps every place filled until told to stop.

        Raises:
            CannotServe: a place could not be filled.
        """
        keepers = [asyncio.create_task(self._keep(place)) for place in range(self._plan.count)]
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*keepers, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stopped.cancel()
            await self._finish(keepers)

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to every worker."""
        for worker in self._alive.values():
            worker.send(number)

    async def _finish(self, keepers: list[asyncio.Task[None]]) -> None:
        """Tells the workers to finish, waits as long as they may take, and kills the rest."""
        self._ending.set()
        self.send(signal.SIGTERM)
        _, late = await asyncio.wait(keepers, timeout=self._plan.grace_s + EXIT_S)
        if late:
            _log.warning("workers did not finish in time", count=len(late))
            self.send(signal.SIGKILL)
        # Whoever failed first has been heard; the others' reasons are the same or worse.
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, place: int) -> None:
        """Runs a worker in one place, and another one whenever it ends unasked.

        The first worker must start; later ones are tried again, as long as any other serves.
        """
        failed_starts, has_served = 0, False
        while not self._ending.is_set():
            served_s, reason = await self._run_one(place)
            if self._ending.is_set():
                return
            has_served = has_served or served_s > 0
            failed_starts = 0 if served_s > HEALTHY_AFTER_S else failed_starts + 1
            hopeless = failed_starts >= FAILED_STARTS_MAX and not self._serving
            if hopeless or not has_served:
                raise CannotServe(reason)
            delay_s = min(RESTART_DELAY_MIN_S * 2**failed_starts, RESTART_DELAY_MAX_S)
            _log.error("worker ended, starting another", reason=reason, delay_s=delay_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay_s)

    async def _run_one(self, place: int) -> tuple[float, str]:
        """Runs one worker to its end; returns how many seconds it served, and why it ended."""
        environment = {**self._plan.environment, **self._metrics.environment()}
        worker = await WorkerProcess.start(self._order, environment)
        self._alive[place] = worker
        try:
            if self._ending.is_set():
                worker.send(signal.SIGTERM)
            refusal = await worker.refusal(self._plan.start_timeout_s)
            if refusal:
                worker.send(signal.SIGKILL)
                await worker.ended()
                return 0.0, refusal
            started = time.monotonic()
            self._on_serving(place)
            end = await worker.ended()
            return time.monotonic() - started, f"a worker {end}"
        finally:
            del self._alive[place]
            self._serving.discard(place)
            self._metrics.forget(worker.process_id)
            worker.close()

    def _on_serving(self, place: int) -> None:
        self._serving.add(place)
        _log.info("worker serves", place=place, process_id=self._alive[place].process_id)
        if self._ready is not None and len(self._serving) == self._plan.count:
            ready, self._ready = self._ready, None
            process_ids = tuple(worker.process_id for worker in self._alive.values())
            ready(Serving(process_ids, self._metrics.port_bound))
