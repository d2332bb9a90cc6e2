"""All SQL of ended attempts that batches use; `queries.py` has what readers ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.quests.runs import EndedRun, QuestRunBook
from renown_server.quests.tables import QuestOutcome

COLUMNS = "player_id, quest_id, attempt, outcome, started_us, completed_us, ended_us"

LOADED_MAX = 1_000
"""How many ended attempts of a quest are looked at when a completion is taken back."""


def ended_run(row: Sequence[Any]) -> EndedRun:
    """A row of `quest_runs`, in the order of its columns."""
    player_id, quest, attempt, outcome, *moments = row
    return EndedRun(player_id, quest, attempt, QuestOutcome(outcome), *moments)


class QuestRunsPart(Part):
    """Ended attempts: added, and looked at when a completion is taken back."""

    name = "quest_runs"
    by_player = False
    load_sql = (
        f"SELECT row({', '.join(f'r.{name}' for name in COLUMNS.split(', '))})"
        f" FROM {unnest('text', 'text')} AS k(p, q),"
        " LATERAL (SELECT * FROM quest_runs WHERE player_id = k.p AND quest_id = k.q"
        f" ORDER BY attempt DESC, outcome DESC LIMIT {LOADED_MAX}) AS r"
    )
    write_sql = (
        f"INSERT INTO quest_runs ({COLUMNS}) SELECT u.* FROM "
        + unnest("text", "text", "int", "smallint", *["bigint"] * 3)
        + " AS u"
    )

    def load_args(self, keys: Iterable[tuple[str, str]]) -> Args:
        """Players and quests, side by side."""
        keys = list(keys)
        return texts([key[0] for key in keys]), texts([key[1] for key in keys])

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(QuestRunBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what earlier batches have ended."""
        earlier = work.slice(QuestRunBook).earlier
        new = [key for key in keys if key not in earlier]
        for key in new:
            earlier[key] = []
        for row in rows:
            if row[:2] in new:
                earlier[row[0], row[1]].append(ended_run(row))

    def write_args(self, work: Work) -> Args | None:
        """What this batch has ended, column by column."""
        ended = work.dirty(EndedRun)
        if not ended:
            return None
        return (
            texts([run.player_id for run in ended]),
            texts([run.quest for run in ended]),
            integers([run.attempt for run in ended]),
            integers([run.outcome.value for run in ended]),
            integers([run.started_us for run in ended]),
            integers([run.completed_us for run in ended]),
            integers([run.ended_us for run in ended]),
        )
