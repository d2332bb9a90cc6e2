"""Tallies as they are kept: what criteria can go on with, and what can be forgotten; pure."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from renown_server.catalog.criteria import TimeFrame
from renown_server.progress.days import is_open
from renown_server.progress.plans import Plan, Shape
from renown_server.progress.standing import Standing
from renown_server.progress.values import Tally

PLAIN_VALUE_CHARS = 32
"""Longer values are remembered by a digest."""


def fitted(plan: Plan, tally: Tally) -> Tally:
    """A tally that criteria can go on with: the catalog may have asked for something else."""
    width, size = plan.width, len(plan.modes)
    if (
        len(tally.counts) in (0, width)
        and len(tally.seen) in (0, size)
        and tally.step <= size
        and not any(len(cells) != width for cells in tally.windows.values())
        and not any(mark[1] >= size for mark in tally.marks)
    ):
        return tally
    return msgspec.structs.replace(
        tally,
        counts=_fitted(tally.counts, width) if tally.counts else (),
        step=min(tally.step, size),
        windows={name: _fitted(cells, width) for name, cells in tally.windows.items()},
        seen=(*tally.seen, *[()] * size)[:size] if tally.seen else (),
        marks=tuple([mark for mark in tally.marks if mark[1] < size]),
    )


def _fitted(cells: tuple[int, ...], width: int) -> tuple[int, ...]:
    return (*cells, *[0] * width)[:width]


def seen_entry(value: str, window: str) -> str:
    """How a value is remembered, within its window."""
    if len(value) > PLAIN_VALUE_CHARS:
        value = "#" + blake2b(value.encode(), digest_size=8).hexdigest()
    return f"{window}/{value}" if window else value


def open_windows(
    windows: dict[str, tuple[int, ...]], standing: Standing
) -> dict[str, tuple[int, ...]]:
    """The windows that late activities can still fall into."""
    catalog, now_us = standing.catalog, standing.now_us
    kept = {name: cells for name, cells in windows.items() if is_open(catalog, name, now_us)}
    return windows if len(kept) == len(windows) else kept


def open_seen(
    seen: tuple[tuple[str, ...], ...], plan: Plan, windows: dict[str, tuple[int, ...]]
) -> tuple[tuple[str, ...], ...]:
    """The values counted within windows that are kept, or for all time."""
    framed = [
        plan.shape is Shape.WINDOWS or item.frame is not TimeFrame.ALL
        for item in plan.criteria.conditions
    ]
    return tuple(
        tuple(entry for entry in entries if entry.split("/", 1)[0] in windows) if in_window
        else entries
        for entries, in_window in zip(seen, framed, strict=True)
    )  # fmt: skip
