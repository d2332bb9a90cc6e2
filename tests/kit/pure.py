"""The engine without servers: the real parts over tables in memory.

Rows are what the parts' write arguments say, and are read back as the parts' load statements would
give them, so that a rule's state goes the whole way round between two batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency.store import LedgerPart, WalletsPart
from renown_server.engine.clock import FixedClock
from renown_server.engine.command import ActivityKey, Command, Recorded
from renown_server.engine.decide import Outcome, Rejoin, decide
from renown_server.engine.part import Part
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.records import ActivityRecords, RecordBook, RequestRecords
from renown_server.engine.work import NotLoaded, Work
from renown_server.inventory.store import (
    BagsPart,
    InventoriesPart,
    ItemRemovalsPart,
    ItemsPart,
    ItemStatisticsPart,
    StockPart,
)
from renown_server.inventory.store import (
    BagsPart,
    InventoriesPart,
    ItemRemovalsPart,
    ItemsPart,
    ItemStatisticsPart,
    StockPart,
)
from renown_server.leaderboards import arrays
from renown_server.leaderboards.store import ScoresPart
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.profile.store import PlayersPart, ProfilesPart, UsernamesPart
from tests.kit.catalogs import snapshot_of
from tests.kit.rows import KEYS, LOADS, Row, rows_of
from tests.kit.times import NOON

_BARE: Row = (0, 0, 0, 0, 0, 0, 1, 1, 0, "UTC", "{}", "{}", "[]")
_SNAPSHOT = snapshot_of()

ADDERS = {"item_statistics": 1, "stock": 2}
"""Parts that add to what is there, and their first column of sums."""


class World:
    """A game's state, and batches that change it.

    Args:
        snapshot: the catalog; the kit's game unless given.
        now_us: the time of the first batch.
    """

    def __init__(self, snapshot: CatalogSnapshot = _SNAPSHOT, now_us: int = NOON) -> None:
        self.snapshot = snapshot
        self.clock = FixedClock(now_us)
        self.roots = PlayersPart()
        parts: list[Part] = [
            ActivityRecords(),
            RequestRecords(self.clock),
            ProfilesPart(),
            UsernamesPart(),
            WalletsPart(),
            LedgerPart(),
            ItemsPart(),
            InventoriesPart(),
            ItemRemovalsPart(),
            BagsPart(),
            ScoresPart(),
            ItemStatisticsPart(),
            StockPart(),
        ]
        self.parts = {part.name: part for part in parts}
        self.tables: dict[str, dict[Any, Row]] = {name: {} for name in ("players", *self.parts)}

    def batch(self, *commands: Command) -> list[Outcome | Rejoin]:
        """Decides commands in order and keeps what was accepted."""
        work = self.open(commands)
        outcomes: list[Outcome | Rejoin] = []
        while len(outcomes) < len(commands):
            try:
                outcomes.append(decide(commands[len(outcomes)], work, self.roots))
            except NotLoaded as missing:
                self._absorb(work, missing.part, missing.keys)
        self.keep(work)
        return outcomes

    def run(self, command: Command) -> Recorded:
        """Decides one command.

        Raises:
            RenownError: it was refused.
        """
        (outcome,) = self.batch(command)
        if isinstance(outcome, BaseException):
            raise outcome
        assert isinstance(outcome, Recorded)
        return outcome

    def open(self, commands: Sequence[Command]) -> Work:
        """The working set of a batch, loaded."""
        work = Work(catalog=self.snapshot, now_us=self.clock.now_us(), random=SeededRandomness(1))
        work.attach(RecordBook())
        for part in self.parts.values():
            part.open(work)
        players = sorted({player for command in commands for player in command.players})
        creating = {p for command in commands if command.creates_players for p in command.players}
        rows = self.tables["players"]
        for player in creating:
            rows.setdefault(player, (player, *_BARE))
        self.roots.absorb(work, [rows[player] for player in players if player in rows])
        for command in commands:
            records = "activities" if isinstance(command.key, ActivityKey) else "requests"
            self._absorb(work, records, (command.key,))
        for name in {name for command in commands for name in command.parts}:
            keys = players if self.parts[name].by_player else _keys(commands, name)
            self._absorb(work, name, keys)
        return work

    def keep(self, work: Work) -> None:
        """What a batch's write does."""
        for row in rows_of(self.roots.write_sql, self.roots.write_args(work)):
            self.tables["players"][row[0]] = row
        for name, part in self.parts.items():
            args = part.write_args(work)
            if name in ADDERS:
                for row in rows_of(part.write_sql, args):
                    self._add(name, row)
                continue
            if name == "item_removals":
                for row in rows_of(part.write_sql, args):
                    self.tables["items"].pop(row[:3], None)
                continue
            for row in rows_of(part.write_sql, args):
                key = KEYS[name](row)
                if name in ("activities", "requests", "usernames", "ledger"):
                    assert key not in self.tables[name], f"{name} are never changed: {key}"
                self.tables[name][key] = row

    def _add(self, name: str, row: Row) -> None:
        """Adds up, as the statement does on conflict."""
        key, first = KEYS[name](row), ADDERS[name]
        before = self.tables[name].get(key)
        if before is not None:
            sums = [old + new for old, new in zip(before[first:], row[first:], strict=True)]
            row = (*row[:first], *sums)
        if name == "stock":
            assert 0 <= row[2] <= row[1], f"oversold: {row}"
        self.tables[name][key] = row

    def items(self, player_id: str) -> dict[tuple[str, str], int]:
        """Units by item and instance."""
        return {
            (item, instance): row[3]
            for (owner, item, instance), row in self.tables["items"].items()
            if owner == player_id and row[3]
        }

    def player(self, player_id: str) -> PlayerState:
        """A player as stored; bare if there is none."""
        work = Work(catalog=self.snapshot, now_us=0, random=SeededRandomness(1))
        self.roots.absorb(work, [self.tables["players"].get(player_id, (player_id, *_BARE))])
        return work.slice(PlayerBook).root(player_id)

    def balance(self, player_id: str, currency: str = "coins") -> int:
        """A balance in minor units."""
        row = self.tables["wallets"].get((player_id, currency))
        return int(row[2]) if row else 0

    def scores(self, player_id: str) -> dict[str, int]:
        """A player's scores by instance key."""
        row = self.tables["scores"].get(player_id)
        if row is None:
            return {}
        return dict(zip(arrays.parse_texts(row[2]), arrays.parse_integers(row[3]), strict=True))

    def postings(self, player_id: str) -> list[tuple[str, int, int]]:
        """(currency, amount, balance after), in the order they were made."""
        return [
            posting
            for key, row in sorted(self.tables["ledger"].items())
            if key[0] == player_id
            for posting in zip(
                arrays.parse_texts(row[2]),
                arrays.parse_integers(row[3]),
                arrays.parse_integers(row[4]),
                strict=True,
            )
        ]

    def sequences(self, player_id: str) -> list[int]:
        """The sequence of each of a player's stored facts, in order."""
        found: list[int] = []
        for name, at in (("activities", 0), ("requests", 2)):
            for row in self.tables[name].values():
                first, last = row[7], row[8]
                if row[at] == player_id and last:
                    found += range(first, last + 1)
        return sorted(found)

    def state(self) -> dict[str, dict[Any, Row]]:
        """Everything stored, to be compared."""
        return {name: dict(rows) for name, rows in self.tables.items()}

    def _absorb(self, work: Work, name: str, keys: Iterable[Any]) -> None:
        part = self.parts[name]
        if part.load_sql is None:
            return
        wanted = list(keys)
        rows = [row for row in map(LOADS[name], self._stored(name, wanted)) if row]
        part.absorb(work, wanted, rows)

    def _stored(self, name: str, wanted: Sequence[Any]) -> list[Row]:
        table = self.tables["items" if name == "inventories" else name]
        if name == "items":
            return [row for (player, item, _), row in table.items() if (player, item) in wanted]
        if name in ("wallets", "inventories"):
            return [row for (player, *_), row in table.items() if player in wanted]
        if name == "requests":
            wanted = [key.digest() for key in wanted]
        elif name == "activities":
            wanted = [(key.player_id, key.activity_id) for key in wanted]
        return [table[key] for key in wanted if key in table]


def _keys(commands: Sequence[Command], name: str) -> list[Any]:
    return [key for command in commands if name in command.parts for key in command.keys(name)]
