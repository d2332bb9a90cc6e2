"""Runs a row and says what it did and what it cost."""

from __future__ import annotations

import threading
import time
from array import array
from collections import Counter
from dataclasses import dataclass

from tests.bench import database
from tests.bench.calls import Feed
from tests.bench.cpu import Usage
from tests.bench.generator import Generator
from tests.bench.load import Outcome, Window
from tests.bench.players import Players
from tests.bench.row import Row
from tests.bench.servers import Stack
from tests.bench.stats import median, percentile

START_SECONDS = 0.05
CHECKPOINT_AFTER_SECONDS = 10
LONG_SECONDS = 60
FILL_SECONDS_MAX = 3600
GENERATOR_SHARE_MAX = 0.85
OTHERS_SHARE_MAX = 0.1
CHECKPOINTS = "SELECT num_timed + num_requested FROM pg_stat_checkpointer"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to run a row."""

    warmup_seconds: float
    seconds: float

    @property
    def checkpoint(self) -> bool:
        """Whether the window is long enough to carry the cost of a checkpoint."""
        return self.seconds >= LONG_SECONDS


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of a row."""

    operations: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_us: dict[str, float]
    """CPU µs an operation by group: workers, postgres, valkey, generator."""
    generator_share: float
    """Of one core."""
    others_share: float
    """Of the machine, by processes that have nothing to do with the benchmark."""
    idle_share: float
    """Of the machine."""
    checkpoints: int

    @property
    def ops_per_s(self) -> float:
        """Operations answered well, a second."""
        return self.operations / self.seconds

    @property
    def total_cpu_us(self) -> float:
        """CPU µs an operation, all serving processes, without the generator."""
        return sum(used for group, used in self.cpu_us.items() if group != "generator")


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of a row."""

    row: Row
    runs: tuple[Figures, ...]
    errors: Counter[str]
    visits: float | None = None
    """Definitions of progression that one operation looked at; None if that was not measured."""

    def median(self, figure: str) -> float:
        """Returns the middle one of a figure."""
        return median([getattr(run, figure) for run in self.runs])

    def median_cpu_us(self, group: str) -> float:
        """Returns the middle one of a group's CPU µs an operation."""
        return median([run.cpu_us[group] for run in self.runs])

    def warnings(self) -> list[str]:
        """Says what makes the figures doubtful."""
        found: list[str] = []
        generator = max(run.generator_share for run in self.runs)
        others = max(run.others_share for run in self.runs)
        if generator > GENERATOR_SHARE_MAX:
            found.append(f"the generator was the bottleneck, at {generator:.0%} of a core")
        elif any(_crowds_out(run) for run in self.runs):
            found.append("the generator took more CPU than the servers: compare CPU, not ops/s")
        if others > OTHERS_SHARE_MAX:
            found.append(f"others used {others:.0%} of the machine")
        found += [f"{count} operations failed: {what}" for what, count in self.errors.items()]
        return found


def _crowds_out(run: Figures) -> bool:
    return run.idle_share < 0.05 and run.cpu_us["generator"] > run.total_cpu_us


def run_row(stack: Stack, row: Row, feed: Feed, timing: Timing) -> tuple[Figures | None, Outcome]:
    """Runs a row once; no figures if not one call of the window went well.

    Raises:
        GeneratorFailed: the server cannot be reached.
    """
    with Generator(stack.server, row, feed) as generator:
        meter = stack.meter(generator.pid)
        checkpoints = database.value(stack.database_url, CHECKPOINTS)
        start = time.monotonic() + START_SECONDS + timing.warmup_seconds
        window = Window(start, start + timing.seconds)
        generator.begin(window)
        _sleep_until(window.start)
        before = meter.read()
        if timing.checkpoint:
            _checkpoint_later(stack.database_url)
        _sleep_until(window.end)
        used = meter.read() - before
        outcome = generator.outcome()
    checkpoints = database.value(stack.database_url, CHECKPOINTS) - checkpoints
    if not outcome.latencies_ns:
        return None, outcome
    return _figures(row, outcome.latencies_ns, used, timing.seconds, checkpoints), outcome


def fill(stack: Stack, row: Row, players: Players, run: str, epoch: float) -> Outcome:
    """Runs a row until it has been through its players, unmeasured."""
    with Generator(stack.server, row, Feed(players, run, epoch)) as generator:
        generator.begin(Window(0, time.monotonic() + FILL_SECONDS_MAX))
        return generator.outcome()


def _figures(
    row: Row, latencies_ns: array[int], used: Usage, seconds: float, checkpoints: int
) -> Figures:
    ordered = sorted(latencies_ns)
    operations = len(ordered) * row.batch
    machine = used.busy + used.idle
    return Figures(
        operations=operations,
        seconds=seconds,
        p50_ms=percentile(ordered, 50) / 1e6,
        p99_ms=percentile(ordered, 99) / 1e6,
        cpu_us={group: s / operations * 1e6 for group, s in used.groups.items()},
        generator_share=used.groups["generator"] / seconds,
        others_share=used.others / machine,
        idle_share=used.idle / machine,
        checkpoints=checkpoints,
    )


def _checkpoint_later(url: str) -> None:
    """Has a checkpoint within the window: what it writes, and the full pages after it, count."""
    timer = threading.Timer(CHECKPOINT_AFTER_SECONDS, database.fetch, args=(url, "CHECKPOINT"))
    timer.daemon = True
    timer.start()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
