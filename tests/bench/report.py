"""The table, and the same as JSON."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.measure import Result
from tests.bench.peers import Peer, Target
from tests.bench.verify import Check

RESIDENT_BYTES_MAX = 200 * 2**20
GROUPS = ("workers", "postgres", "valkey")


def print_table(results: Sequence[Result], console: Console) -> None:
    """Prints the rows beside targets and peers."""
    table = Table(
        title="CPU is µs an operation, all serving processes, without the load generator",
        caption="Nakama v3.40.0: see tests/bench/peers.py. CPU is what compares machines in use.",
    )
    for heading in ("operation", "calls in\nflight", "ops/s", "ms\np50 / p99"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("definitions\nvisited", justify="right", no_wrap=True)
    for heading in ("CPU: workers\n+ Postgres + Valkey", "CPU", "target / goal", "generator\nCPU"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("Nakama\nCPU", "\ntimes", "\nops/s", "ms\np50 / p99"):
        table.add_column(heading, justify="right", no_wrap=True, style="dim")
    table.columns[0].justify = "left"
    for result in results:
        table.add_row(*_cells(result))
    console.print(table)
    for result in results:
        for warning in result.warnings():
            console.print(f"[yellow]{result.row.name}: {warning}[/]")


def _cells(result: Result) -> list[str]:
    row = result.row
    if not result.runs:
        return [row.title, str(row.in_flight), "[red]failed[/]"]
    cpu = result.median("total_cpu_us")
    return [
        row.title,
        str(row.in_flight),
        f"{result.median('ops_per_s'):,.0f}",
        f"{result.median('p50_ms'):.2f} / {result.median('p99_ms'):.2f}",
        "" if result.visits is None else f"{result.visits:.2f}",
        " + ".join(f"{result.median_cpu_us(group):.0f}" for group in GROUPS),
        f"[bold {_colour(result)}]{cpu:.0f}[/]",
        _target(row.target),
        f"{result.median_cpu_us('generator'):.0f}",
        *_peer_cells(row.peer, cpu),
    ]


def _peer_cells(peer: Peer | None, cpu_us: float) -> list[str]:
    if peer is None:
        return []
    used = [f"{peer.cpu_us:,.0f}", f"{peer.cpu_us / cpu_us:.1f}"] if peer.cpu_us else ["–", "–"]
    return [*used, f"{peer.ops_per_s:,.0f}", f"{peer.p50_ms} / {peer.p99_ms}"]


def _target(target: Target) -> str:
    if target.p50_ms:
        return f"p50 {target.p50_ms} / {target.goal_p50_ms}"
    if target.cpu_us is None:
        return "–"
    return f"{target.cpu_us:.0f} / " + (f"{target.goal_cpu_us:.0f}" if target.goal_cpu_us else "–")


def _colour(result: Result) -> str:
    target = result.row.target
    if target.p50_ms:
        return _grade(result.median("p50_ms"), target.p50_ms, target.goal_p50_ms)
    return _grade(result.median("total_cpu_us"), target.cpu_us, target.goal_cpu_us)


def _grade(figure: float, target: float | None, goal: float | None) -> str:
    if target is None:
        return "default"
    if goal is not None and figure <= goal:
        return "green"
    return "cyan" if figure <= target else "red"


def print_memory(peaks: Sequence[int], console: Console) -> None:
    """Prints the peaks of the server's processes, largest first."""
    colour = "green" if peaks[0] <= RESIDENT_BYTES_MAX else "red"
    texts = ", ".join(f"{peak / 2**20:.0f}" for peak in peaks)
    console.print(f"peak resident MiB of the server's processes: [{colour}]{texts}[/] (target 200)")


def print_checks(checks: Sequence[Check], console: Console) -> None:
    """Prints what the database was found to hold."""
    for check in checks:
        mark = "[green]ok[/]" if check.passed else "[bold red]MISMATCH[/]"
        console.print(f"{mark} {check.what}: {check.found:,} (expected {check.expected})")


def write_json(
    path: Path,
    results: Sequence[Result],
    checks: Sequence[Check],
    peaks: Sequence[int],
    about: dict[str, Any],
) -> None:
    """Writes everything that was measured."""
    document = {
        "about": about,
        "rows": [_row_document(result) for result in results],
        "peak_resident_bytes": list(peaks),
        "checks": [dataclasses.asdict(check) for check in checks],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _row_document(result: Result) -> dict[str, Any]:
    row = result.row
    document: dict[str, Any] = {
        "name": row.name,
        "title": row.title,
        "calls_in_flight": row.in_flight,
        "operations_per_call": row.batch,
        "target": dataclasses.asdict(row.target),
        "peer": dataclasses.asdict(row.peer) if row.peer else None,
        "errors": dict(result.errors),
        "warnings": result.warnings(),
        "runs": [
            dataclasses.asdict(run) | {"ops_per_s": run.ops_per_s, "total_cpu_us": run.total_cpu_us}
            for run in result.runs
        ],
    }
    if result.runs:
        figures = ("ops_per_s", "p50_ms", "p99_ms", "total_cpu_us")
        document["visits"] = result.visits
        document["median"] = {figure: result.median(figure) for figure in figures}
    return document
