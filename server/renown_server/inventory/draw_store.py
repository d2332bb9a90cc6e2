"""The records of draws: written from the facts of what was accepted, never read by batches."""

from __future__ import annotations

from typing import Any

from renown_server.engine.clock import from_us
from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.command import Record, name_of
from renown_server.engine.facts import LootDrawn, encode_facts
from renown_server.engine.part import Args, Part
from renown_server.engine.records import RecordBook
from renown_server.engine.work import Work


class DrawsPart(Part):
    """One row a command that drew, its draws side by side."""

    name = "draws"
    load_sql = None
    write_sql = (
        "INSERT INTO draws (player_id, sequence, command_id, draws, recorded_at, catalog_version)"
        " SELECT u.*, {4}::timestamptz, {5}::int FROM "
        + unnest("text", "bigint", "text", "text")
        + " AS u"
    )

    def open(self, work: Work) -> None:
        """Needs no state: the records hold the facts."""

    def write_args(self, work: Work) -> Args | None:
        """The commands that drew, column by column."""
        book = work.slice(RecordBook)
        rows = [
            row
            for records in (book.new_activities, book.new_requests)
            for record in records
            if (row := _row(record)) is not None
        ]
        if not rows:
            return None
        players, sequences, commands, draws = zip(*rows, strict=True)
        return (
            texts(players),
            integers(sequences),
            texts(commands),
            texts(draws),
            from_us(work.now_us),
            work.catalog.version,
        )


def _row(record: Record) -> tuple[str, int, str, str] | None:
    facts: list[Any] = record.recorded.facts
    draws = [fact for fact in facts if type(fact) is LootDrawn]
    if not draws:
        return None
    sequence = record.recorded.first_sequence + facts.index(draws[0])
    return record.player_id, sequence, name_of(record.key), encode_facts(draws)
