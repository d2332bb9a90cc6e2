"""The same deeds decided again without servers, one by one: the state must be what Postgres holds.

Each player has a world of its own. What chance gave is read off the recorded facts, the time off
the records; all else is worked out anew.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec

from renown.v1 import activity_service_pb2 as activity_pb
from renown_server import reactions
from renown_server.activity.commands import RecordActivity
from renown_server.activity.render import fill_result
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.clock import to_us
from renown_server.engine.command import Command, Recorded
from renown_server.engine.facts import encode_facts
from renown_server.leaderboards.arrays import parse_integers, parse_texts
from renown_server.timekeeping import pass_time
from tests.chaos.commands import command_of
from tests.chaos.school import Key, Told
from tests.kit.pure import ADDERS, World

Row = tuple[Any, ...]

TABLES = ("players", "wallets", "ledger", "items", "bags", "mail", "scores", "progress", "earned",
          "quest_runs", "achievement_unlocks", "streak_runs", "activities", "requests")  # fmt: skip
"""What must be the same, row by row; boards are compared with `scores` elsewhere."""

SUMS = ("progress_statistics", "item_statistics")
LEFT_OUT = frozenset({"recorded_at", "xid", "week", "slot", "version"})
"""Columns that are given, that say where something is, or what else was in a batch."""

NO_EVENTS = "CASE WHEN first_sequence > 0 THEN result END AS result"
"""Of requests without events nobody knows where in their batch they stood; the answer may say."""

SHOWN_MAX = 5
LUCK = ("lucky_leaf", "crystal_blue")
"""What only chance gives: a badge with an activity, an item with a quest."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A record as Postgres holds it; `sequence` is 0 where it changed nothing that is told."""

    player: str
    method: str
    id: str
    request: str
    sequence: int
    facts: str
    refused: bool
    recorded_us: int
    principal: str

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the player's; what has no events goes behind its batch."""
        return self.recorded_us, self.sequence or 2**62


class Recalled:
    """Chance as the facts of the running command tell it: all or nothing of what it may give."""

    def __init__(self) -> None:
        self.lucky = False
        self.rolls: Counter[bool] = Counter()

    def below(self, bound: int) -> int:
        """The first or the last number."""
        self.rolls[self.lucky] += 1
        return 0 if self.lucky else bound - 1

    def token(self, size: int) -> str:
        """Nothing in this game is named by chance."""
        raise AssertionError("no command here asks for it")


@dataclass(slots=True)
class Replay:
    """What came of deciding everything again.

    Attributes:
        worlds: by player.
        wrong: where a command did something else.
        rolls: how often chance gave, and did not.
    """

    worlds: dict[str, World] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    rolls: Counter[bool] = field(default_factory=Counter)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, of all worlds."""
        for world in self.worlds.values():
            for row in world.tables[table].values():
                if table == "requests" and not row[7]:
                    yield (*row[:10], "", *row[11:])
                else:
                    yield row


async def load_traces(sql: asyncpg.Connection) -> dict[str, list[Trace]]:
    """All records, by player, in the order in which they were decided."""
    rows = await sql.fetch(
        "SELECT player_id, 'RecordActivity', activity_id, request, first_sequence, facts,"
        " refusal IS NOT NULL, recorded_at, principal FROM activities UNION ALL"
        " SELECT player_id, method, request::json->>'request_id', request, first_sequence, facts,"
        " refusal IS NOT NULL, recorded_at, principal FROM requests"
    )
    found: dict[str, list[Trace]] = defaultdict(list)
    for row in rows:
        player, method, name, request, sequence, facts, refused, at, principal = row
        found[player].append(
            Trace(player, method, name, request, sequence, facts, refused, to_us(at), principal)
        )
    for traces in found.values():
        traces.sort(key=lambda trace: trace.place)
    return found


def replay(snapshot: CatalogSnapshot, traces: dict[str, list[Trace]], told: Told) -> Replay:
    """Decides everything that was done again, player by player."""
    found = Replay()
    for player, mine in sorted(traces.items()):
        chance = Recalled()
        world = World(snapshot, react=reactions.react)
        world.random = chance  # type: ignore[assignment]
        found.worlds[player] = world
        for trace in mine:
            if not trace.refused:
                _repeat(world, chance, trace, told, found.wrong)
        found.rolls += chance.rolls
    return found


def _repeat(world: World, chance: Recalled, trace: Trace, told: Told, wrong: list[str]) -> None:
    world.clock.value_us = trace.recorded_us
    chance.lucky = _is_lucky(trace)
    command = _command(trace, told, world.snapshot)
    (outcome,) = world.batch(command)
    if not isinstance(outcome, Recorded):
        wrong.append(f"{trace} is refused by the model: {outcome!r}")
        return
    facts = msgspec.json.decode(trace.facts)
    mine = msgspec.json.decode(encode_facts(outcome.facts))
    if (outcome.first_sequence, mine) != (trace.sequence, facts):
        wrong.append(_difference(trace, outcome.first_sequence, mine, facts))
    if isinstance(command, RecordActivity):
        result = activity_pb.ActivityResult()
        fill_result(result, command.body, outcome)
        heard = told.said[trace.player, trace.id].done
        if result.SerializeToString(deterministic=True) != heard:
            answer = activity_pb.ActivityResult.FromString(heard)
            wrong.append(f"{trace.player} {trace.id} was told {answer}, the model says {result}")


def _is_lucky(trace: Trace) -> bool:
    """Whether chance gave something."""
    if not any(name in trace.facts for name in LUCK):
        return False
    for fact in msgspec.json.decode(trace.facts):
        gained = fact.get("quantity", fact.get("amount", 0))
        if fact.get("badge", fact.get("item")) in LUCK and isinstance(gained, int) and gained > 0:
            return True
    return False


def _command(trace: Trace, told: Told, snapshot: CatalogSnapshot) -> Command:
    if trace.method == "PassTime":
        body = msgspec.json.decode(trace.request)
        return pass_time((body["due_us"], body["player_id"]))
    deed = told.deeds[trace.player, trace.id]
    return command_of(deed, trace.principal, snapshot)


def _difference(trace: Trace, sequence: int, mine: list[Any], facts: list[Any]) -> str:
    for place, pair in enumerate(zip(mine, facts, strict=False)):
        if pair[0] != pair[1]:
            return (
                f"{trace.player} {trace.method} {trace.id}: fact {place}: {pair[1]}, not {pair[0]}"
            )
    more = facts[len(mine) :] or mine[len(facts) :]
    return (
        f"{trace.player} {trace.method} {trace.id}: {len(facts)} facts from {trace.sequence} on,"
        f" not {len(mine)} from {sequence} on: {more[:2]}"
    )


async def compare(sql: asyncpg.Connection, found: Replay) -> list[str]:
    """Where Postgres and the worlds differ, table by table."""
    wrong: list[str] = []
    some = next(iter(found.worlds.values()))
    for table in TABLES:
        part = some.parts.get(table, some.roots)
        columns = _columns(part.write_sql)
        kept = [place for place, name in enumerate(columns) if name not in LEFT_OUT]
        wanted = ", ".join(columns).replace(" result", f" {NO_EVENTS}")
        which = " WHERE refusal IS NULL" if table in ("activities", "requests") else ""
        rows = await sql.fetch(f"SELECT {wanted} FROM {table}{which}")
        arrays = {place for place in kept if any(isinstance(row[place], list) for row in rows)}
        theirs = Counter(tuple([_plain(row[place]) for place in kept]) for row in rows)
        mine = Counter(
            tuple([_plain(row[place], place in arrays) for place in kept])
            for row in found.rows(table)
        )
        wrong += _differences(table, [columns[place] for place in kept], theirs, mine)
    for table in SUMS:
        wrong += await _compare_sums(sql, found, table)
    return wrong


def _columns(write_sql: str) -> list[str]:
    found = re.search(r"INSERT INTO \w+(?: AS \w+)? \(([^)]*)\)", write_sql)
    assert found is not None, write_sql
    names = [name.strip() for name in found[1].split(",")]
    # The log's order is Postgres' own.
    return [name for name in names if name != "xid"]


def _plain(value: Any, is_array: bool = False) -> Any:
    """A value as both sides can be compared: bytes as hex, arrays as lists, no nulls."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if is_array and isinstance(value, str):
        try:
            value = parse_integers(value)
        except ValueError:
            value = parse_texts(value)
    return str(value) if isinstance(value, list) else value


def _differences(
    table: str, columns: Sequence[str], theirs: Counter[Row], mine: Counter[Row]
) -> list[str]:
    missing, extra = sorted((mine - theirs), key=str), sorted((theirs - mine), key=str)
    wrong = []
    for row in missing[:SHOWN_MAX]:
        other = next((each for each in extra if each[:2] == row[:2] or each[0] == row[0]), None)
        if other is None:
            wrong.append(f"{table}: missing {row}")
            continue
        pairs = zip(columns, other, row, strict=True)
        told = [f"{name} is {is_}, not {should}" for name, is_, should in pairs if is_ != should]
        wrong.append(f"{table} {row[:2]}: {'; '.join(told)}")
    if not missing:
        wrong += [f"{table}: too many: {row}" for row in extra[:SHOWN_MAX]]
    return wrong


async def _compare_sums(sql: asyncpg.Connection, found: Replay, table: str) -> list[str]:
    """Statistics: the sum over slots, and over the worlds."""
    part = next(iter(found.worlds.values())).parts[table]
    columns = [name for name in _columns(part.write_sql) if name != "slot"]
    keys = 2 if table == "progress_statistics" else 1
    first = ADDERS[table]
    mine: dict[Row, list[int]] = {}
    for row in found.rows(table):
        key, sums = row[:keys], [int(value) for value in row[first:][: len(columns) - keys]]
        known = mine.setdefault(key, [0] * len(sums))
        mine[key] = [old + new for old, new in zip(known, sums, strict=True)]
    totals = ", ".join(f"sum({name})::bigint" for name in columns[keys:])
    names = ", ".join(columns[:keys])
    rows = await sql.fetch(f"SELECT {names}, {totals} FROM {table} GROUP BY {names}")
    theirs = {tuple(row[:keys]): list(row[keys:]) for row in rows}
    return [
        f"{table} {key}: {theirs.get(key)}, not {mine.get(key)} of {columns[keys:]}"
        for key in sorted({*theirs, *mine})
        if theirs.get(key) != mine.get(key)
    ]


def missing_and_extra(traces: dict[str, list[Trace]], told: Told) -> tuple[set[Key], set[Key]]:
    """What was acknowledged and is not there; and what is there that nobody was told of.

    Refusals that are kept count as well: they must be met again.
    """
    there = {
        (trace.player, trace.id, trace.refused)
        for mine in traces.values()
        for trace in mine
        if trace.method != "PassTime"
    }
    said = {(*key, bool(each.refusal)) for key, each in told.said.items() if each.lasts}
    return {key[:2] for key in said - there}, {key[:2] for key in there - said}
