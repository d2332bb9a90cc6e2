"""The engine without servers: the real parts over tables in memory.

Rows are what the parts' write arguments say, and are read back as the parts' load statements would
give them, so that a rule's state goes the whole way round between two batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.achievements.store import AchievementRemovalsPart, AchievementUnlocksPart
from renown_server.activity.revoke_store import RevocationsPart
from renown_server.audit import AuditPart
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency.store import GiftUsagePart, LedgerPart, WalletsPart
from renown_server.engine.clock import FixedClock
from renown_server.engine.command import ActivityKey, Command, Recorded
from renown_server.engine.decide import Outcome, React, Rejoin, decide, no_reaction
from renown_server.engine.part import Part
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.records import ActivityRecords, RecordBook, RequestRecords
from renown_server.engine.work import NotLoaded, Work
from renown_server.inventory.draw_store import DrawsPart
from renown_server.inventory.mail_store import MailboxesPart, MailPart
from renown_server.inventory.store import (
    BagsPart,
    InventoriesPart,
    ItemRemovalsPart,
    ItemsPart,
    ItemStatisticsPart,
    StockPart,
)
from renown_server.leaderboards import arrays
from renown_server.leaderboards.history_store import BoardHistoryPart
from renown_server.leaderboards.store import ScoresPart
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.profile.store import PlayersPart, ProfilesPart, UsernamesPart
from renown_server.progress.state import Earned, Progress
from renown_server.progress.store import EarnedPart, ProgressPart, ProgressStatisticsPart
from renown_server.quests.store import QuestRunsPart
from renown_server.store.store import (
    PurchaseLimitsPart,
    PurchasesPart,
    ReceiptsPart,
    RevokedPurchasesPart,
)
from renown_server.streaks.store import DayActivitiesPart, StreakRunsPart
from renown_server.trade.state import TradeState
from renown_server.trade.store import OpenTradesPart, TradesPart
from tests.kit.catalogs import snapshot_of
from tests.kit.days import activities_in
from tests.kit.history import history_of
from tests.kit.rows import KEYS, LOADS, Row, rows_of
from tests.kit.times import NOON

_BARE: Row = (0, 0, 0, 0, 0, 0, 1, 1, 0, "UTC", "{}", "{}", "[]", "{}", "[]")
_SNAPSHOT = snapshot_of()
_NEVER_CHANGED = ("purchases", "receipts", "revocations", "quest_runs")

_READ_FROM = {"inventories": "items", "open_trades": "trades"}

ADDERS = {"item_statistics": 1, "stock": 2, "progress_statistics": 3}
"""Parts that add to what is there, and their first column of sums."""


class World:
    """A game's state, and batches that change it.

    Args:
        snapshot: the catalog; the kit's game unless given.
        now_us: the time of the first batch.
        react: called after each command, as the engine does.
    """

    def __init__(
        self,
        snapshot: CatalogSnapshot = _SNAPSHOT,
        now_us: int = NOON,
        react: React = no_reaction,
    ) -> None:
        self.snapshot = snapshot
        self.react = react
        self.clock = FixedClock(now_us)
        # One for all batches: ids made by chance must differ.
        self.random = SeededRandomness(1)
        self.roots = PlayersPart()
        parts: list[Part] = [
            ActivityRecords(),
            RequestRecords(self.clock),
            ProfilesPart(),
            UsernamesPart(),
            WalletsPart(),
            LedgerPart(),
            GiftUsagePart(),
            ItemsPart(),
            InventoriesPart(),
            ItemRemovalsPart(),
            BagsPart(),
            MailboxesPart(),
            MailPart(),
            DrawsPart(),
            PurchasesPart(),
            RevokedPurchasesPart(),
            PurchaseLimitsPart(),
            ReceiptsPart(),
            TradesPart(),
            OpenTradesPart(),
            ScoresPart(),
            BoardHistoryPart(),
            ProgressPart(),
            EarnedPart(),
            QuestRunsPart(),
            AchievementUnlocksPart(),
            AchievementRemovalsPart(),
            StreakRunsPart(),
            DayActivitiesPart(),
            RevocationsPart(),
            ItemStatisticsPart(),
            ProgressStatisticsPart(),
            StockPart(),
            AuditPart(),
        ]
        self.parts = {part.name: part for part in parts}
        self.tables: dict[str, dict[Any, Row]] = {name: {} for name in ("players", *self.parts)}

    def batch(self, *commands: Command) -> list[Outcome | Rejoin]:
        """Decides commands in order and keeps what was accepted."""
        work = self.open(commands)
        outcomes: list[Outcome | Rejoin] = []
        while len(outcomes) < len(commands):
            try:
                command = commands[len(outcomes)]
                outcomes.append(decide(command, work, self.roots, self.react))
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
        work = Work(catalog=self.snapshot, now_us=self.clock.now_us(), random=self.random)
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
        for name in {name for command in commands for name in command.wanted()}:
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
            if name == "revoked_purchases":
                for player, purchase, revoked_us in rows_of(part.write_sql, args):
                    before = self.tables["purchases"][player, purchase]
                    self.tables["purchases"][player, purchase] = (
                        *before[:7],
                        revoked_us,
                        *before[8:],
                    )
                continue
            if name == "mail":
                for row in rows_of(part.write_sql, args):
                    before = self.tables["mail"].get(row[:2], row)
                    self.tables["mail"][row[:2]] = (*before[:2], row[2], *before[3:7], row[7])
                continue
            if name == "item_removals":
                for row in rows_of(part.write_sql, args):
                    self.tables["items"].pop(row[:3], None)
                continue
            if name == "achievement_removals":
                for player, achievement, left in rows_of(part.write_sql, args):
                    unlocks = self.tables["achievement_unlocks"]
                    for key in [key for key in unlocks if key[:2] == (player, achievement)]:
                        if key[2] > left:
                            del unlocks[key]
                continue
            for row in rows_of(part.write_sql, args):
                key = KEYS[name](row)
                if name in (
                    "activities",
                    "requests",
                    "usernames",
                    "ledger",
                    "draws",
                    *_NEVER_CHANGED,
                ):
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
            # The check looks at the row to be inserted, too; the statement keeps it from falling
            # below zero.
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

    def progress(self, player_id: str) -> Progress:
        """What changes with activities, as stored."""
        row = self.tables["progress"].get(player_id)
        return Progress(player_id, LOADS["progress"](row)[1:] if row else ())

    def earned(self, player_id: str) -> Earned:
        """What changes seldom, as stored."""
        row = self.tables["earned"].get(player_id)
        return Earned(player_id, LOADS["earned"](row)[1:] if row else ())

    def balance(self, player_id: str, currency: str = "coins") -> int:
        """A balance in minor units."""
        row = self.tables["wallets"].get((player_id, currency))
        return int(row[2]) if row else 0

    def scores(self, player_id: str) -> dict[str, int]:
        """A player's scores by instance key."""
        row = self.tables["scores"].get(player_id)
        if row is None:
            return {}
        columns = (arrays.parse_texts(row[2]), *map(arrays.parse_integers, row[3:5]))
        return {key: score for key, score, tie_us in zip(*columns, strict=True) if tie_us}

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
        table = self.tables[_READ_FROM.get(name, name)]
        if name == "open_trades":
            rows = [row for row in table.values() if row[8] == TradeState.OPEN]
            return [row for row in rows if row[1] in wanted]
        if name == "quest_runs":
            return [row for row in table.values() if row[:2] in wanted]
        if name == "items":
            return [row for (player, item, _), row in table.items() if (player, item) in wanted]
        if name in ("wallets", "gift_usage", "inventories"):
            return [row for (player, *_), row in table.items() if player in wanted]
        if name == "mailboxes":
            return [self._mailbox(player) for player in wanted]
        if name == "day_activities":
            return activities_in(self.tables, wanted)
        if name == "board_history":
            return [history_of(self.tables, key) for key in wanted]
        if name == "requests":
            wanted = [key.digest() for key in wanted]
        elif name in ("activities", "revocations"):
            wanted = [(key.player_id, key.activity_id) for key in wanted]
        return [table[key] for key in wanted if key in table]

    def _mailbox(self, player_id: str) -> Row:
        """What the mail adds up to, as the statement says."""
        mail = [row for row in self.tables["mail"].values() if row[0] == player_id]
        waiting = sorted([row[6] for row in mail if not row[7]], reverse=True)
        return player_id, max([row[1] for row in mail], default=0), str(waiting)


def _keys(commands: Sequence[Command], name: str) -> list[Any]:
    return [key for command in commands if name in command.wanted() for key in command.keys(name)]
