"""Measures the server: ``make bench``, or ``python -m tests.bench --help``."""

import argparse
import dataclasses
import fnmatch
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from renown_server.storage.embedded import EmbeddedServersError
from tests.bench.about import NotDurable, describe
from tests.bench.calls import BATCH
from tests.bench.generator import GeneratorFailed
from tests.bench.measure import Result, Timing
from tests.bench.report import print_checks, print_memory, print_table, write_json
from tests.bench.row import Row
from tests.bench.rows import MILLION, ROWS
from tests.bench.servers import ServersFailed, Stack, running
from tests.bench.session import FillFailed, Options, Session

RESULTS = Path(__file__).parents[2] / "bench-results"
QUICK_PLAYERS = 2000
QUICK = Timing(warmup_seconds=0.3, seconds=1.0)
FAILURES = (EmbeddedServersError, FillFailed, GeneratorFailed, NotDurable, ServersFailed)


def main() -> int:
    """Runs the benchmark; returns 1 when something failed or the database does not add up."""
    arguments = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stop the servers
    console = Console(width=None if sys.stdout.isatty() else 200)
    if sys.platform != "linux":
        console.print("bench: CPU is read from /proc, which only Linux has")
        return 2
    rows = choose_rows(arguments)
    if not rows:
        console.print(f"no row is called {arguments.rows}; there are: {', '.join(ROWS)}")
        return 2
    try:
        with running(arguments.workers, arguments.transport) as stack:
            return bench(stack, rows, arguments, console)
    except FAILURES as error:
        console.print(f"[bold red]bench:[/] {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def bench(
    stack: Stack, rows: Sequence[Row], arguments: argparse.Namespace, console: Console
) -> int:
    """Runs the rows on running servers and reports."""
    options = Options(
        players=arguments.players,
        zipf=arguments.zipf,
        repeat=arguments.repeat,
        timing=Timing(arguments.warmup, arguments.seconds),
    )
    about = describe(stack) | {"options": dataclasses.asdict(options), "quick": arguments.quick}
    console.print(
        f"{stack.server.workers} workers, {stack.transport} transport, "
        f"Postgres {about['postgres']['server_version']} with fsync, Valkey {about['valkey']}, "
        f"{os.cpu_count()} cores; {options.players:,} players, "
        f"drawn {'by Zipf' if options.zipf else 'uniformly'}"
    )
    if arguments.quick:
        console.print("a quick run: boards are small, and the figures mean little")
    session = Session(stack, options)
    results: list[Result] = []
    for result in session.rows(rows):
        results.append(result)
        print_progress(result, console)
    peaks = stack.peak_resident_bytes()
    checks = session.verify()
    print_table(results, console)
    print_memory(peaks, console)
    print_checks(checks, console)
    write_json(arguments.json, results, checks, peaks, about)
    console.print(f"written to {arguments.json}")
    good = all(check.passed for check in checks) and not any(r.errors for r in results)
    return 0 if good and all(result.runs for result in results) else 1


def print_progress(result: Result, console: Console) -> None:
    """Says that a row is done."""
    if not result.runs:
        console.print(f"  {result.row.name}: [red]no answers[/] {dict(result.errors)}")
        return
    checkpoints = sum(run.checkpoints for run in result.runs)
    console.print(
        f"  {result.row.name}: {result.median('ops_per_s'):,.0f}/s, "
        f"{result.median('total_cpu_us'):.0f} µs of CPU each, checkpoints meanwhile: {checkpoints}"
    )


def choose_rows(arguments: argparse.Namespace) -> list[Row]:
    """Returns the rows asked for, in the order in which they must run."""
    patterns = arguments.rows.split(",") if arguments.rows else []
    chosen: list[Row] = []
    for row in ROWS.values():
        if patterns:
            wanted = any(fnmatch.fnmatch(row.name, pattern) for pattern in patterns)
        else:
            wanted = arguments.million or row.board < MILLION
        if wanted:
            # A quick run is about whether everything works, not about sizes.
            board = min(row.board, arguments.players) if arguments.quick else row.board
            chosen.append(dataclasses.replace(row, board=board))
    return chosen


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=20, help="a row; from 60 on with a checkpoint (20)")
    add("--warmup", type=float, default=3, help="seconds before each (3)")
    add("--repeat", type=int, default=1, help="runs a row; medians are shown (1)")
    add("--rows", default="", help="names or patterns, with commas: record_*,credit")
    add("--million", action="store_true", help="also the rows on a board of a million")
    add("--players", type=int, default=100_000, help="to load, in hundreds (100,000)")
    add("--workers", type=int, default=os.cpu_count(), help="(one a core)")
    add("--transport", choices=("native", "aio"), default="native", help="(native)")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--zipf", action="store_true", help="few players do most")
    choice.add_argument("--uniform", action="store_false", dest="zipf", help="(default)")
    add("--json", type=Path, help="file for the figures (bench-results/latest.json)")
    add("--quick", action="store_true", help="seconds in all: does it work?")
    arguments = parser.parse_args(words)
    name = "quick.json" if arguments.quick else "latest.json"
    arguments.json = arguments.json or RESULTS / name
    if arguments.quick:
        arguments.players = QUICK_PLAYERS
        arguments.warmup, arguments.seconds = QUICK.warmup_seconds, QUICK.seconds
    if arguments.players % BATCH or arguments.players < BATCH:
        parser.error(f"--players must be a multiple of {BATCH}")
    if min(arguments.seconds, arguments.repeat, arguments.workers) <= 0 or arguments.warmup < 0:
        parser.error("--seconds, --repeat and --workers must be over 0")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
