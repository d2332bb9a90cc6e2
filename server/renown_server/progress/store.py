"""All SQL of what players have reached that batches use."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.progress.state import Earned, Progress, ProgressBook, ProgressCount

STATISTICS_SLOTS = 16
"""Rows of a definition's statistics, so that lanes don't wait for each other."""

STATISTICS = (
    "earned",
    "owners",
    "time_us",
    "timed",
    "started",
    "active",
    "abandoned",
    "expired",
    "rating_sum",
    "ratings",
    "traded",
    "value_sum",
    "valued",
)
"""The columns of `progress_statistics` that count."""

PROGRESS_COLUMNS = tuple(Progress.decoders)
EARNED_COLUMNS = tuple(Earned.decoders)


def _sets(columns: Iterable[str]) -> str:
    return ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)


class ProgressPart(Part):
    """What changes with activities."""

    name = "progress"
    load_sql = (
        f"SELECT row(player_id, {', '.join(PROGRESS_COLUMNS)}) FROM progress"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        f"INSERT INTO progress (player_id, {', '.join(PROGRESS_COLUMNS)}, due_us) SELECT u.* FROM "
        + unnest("text", *["text"] * len(PROGRESS_COLUMNS), "bigint")
        + f" AS u ON CONFLICT (player_id) DO UPDATE SET {_sets((*PROGRESS_COLUMNS, 'due_us'))}"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds what was earned as well."""
        work.attach(ProgressBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there, and that the rest is not."""
        book = work.slice(ProgressBook)
        for row in rows:
            book.absorb_progress(row[0], tuple(row[1:]))
        for player_id in keys:
            book.absorb_progress(player_id)

    def write_args(self, work: Work) -> Args | None:
        """The changed rows, column by column."""
        changed = work.dirty(Progress)
        if not changed:
            return None
        return (
            texts([each.player_id for each in changed]),
            *[texts([each.packed(name) for each in changed]) for name in PROGRESS_COLUMNS],
            integers([each.due_us for each in changed]),
        )


class EarnedPart(Part):
    """What changes seldom."""

    name = "earned"
    load_sql = (
        f"SELECT row(player_id, {', '.join(EARNED_COLUMNS)}) FROM earned"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        f"INSERT INTO earned (player_id, {', '.join(EARNED_COLUMNS)}) SELECT u.* FROM "
        + unnest("text", *["text"] * len(EARNED_COLUMNS))
        + f" AS u ON CONFLICT (player_id) DO UPDATE SET {_sets(EARNED_COLUMNS)}"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ProgressPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there, and that the rest is not."""
        book = work.slice(ProgressBook)
        for row in rows:
            book.absorb_earned(row[0], tuple(row[1:]))
        for player_id in keys:
            book.absorb_earned(player_id)

    def write_args(self, work: Work) -> Args | None:
        """The changed rows, column by column."""
        changed = work.dirty(Earned)
        if not changed:
            return None
        return (
            texts([each.player_id for each in changed]),
            *[texts([each.packed(name) for each in changed]) for name in EARNED_COLUMNS],
        )


class ProgressStatisticsPart(Part):
    """What a batch adds to the statistics of definitions."""

    name = "progress_statistics"
    by_player = False
    write_sql = (
        f"INSERT INTO progress_statistics (kind, definition_id, slot, {', '.join(STATISTICS)})"
        " SELECT u.* FROM "
        + unnest("text", "text", "smallint", *["bigint"] * len(STATISTICS))
        + " AS u ON CONFLICT (kind, definition_id, slot) DO UPDATE SET "
        + ", ".join(f"{name} = progress_statistics.{name} + EXCLUDED.{name}" for name in STATISTICS)
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ProgressPart`."""

    def write_args(self, work: Work) -> Args | None:
        """The deltas, sorted: two batches that add to the same rows don't deadlock."""
        changed = sorted(work.dirty(ProgressCount), key=lambda each: each.key)
        if not changed:
            return None
        # A lane has a slot of its own, as far as there are enough.
        slot = zlib.crc32(work.lane_id.encode()) % STATISTICS_SLOTS
        return (
            texts([each.key[0] for each in changed]),
            texts([each.key[1] for each in changed]),
            integers([slot] * len(changed)),
            *[integers([each.deltas.get(name, 0) for each in changed]) for name in STATISTICS],
        )
