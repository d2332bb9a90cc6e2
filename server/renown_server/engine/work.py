"""The working set: everything a batch has loaded, and what it does to it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from renown_server.engine.facts import Fact
from renown_server.engine.signals import (
    ANY_KEY,
    ActivityView,
    Award,
    Consequence,
    Signal,
    SignalKind,
)
from renown_server.engine.state import E, Entity, Journal
from renown_server.engine.tape import Tape, TapedRandomness

if TYPE_CHECKING:
    from renown_server.catalog.snapshot import CatalogSnapshot
    from renown_server.engine.randomness import Randomness

S = TypeVar("S")


class NotLoaded(Exception):
    """A command found that it needs something that was not loaded.

    The batch loads it and the command runs again.

    Attributes:
        part: the name of the part.
        keys: what to load of it.
    """

    def __init__(self, part: str, keys: tuple[Any, ...]) -> None:
        super().__init__(f"{part}: {keys}")
        self.part = part
        self.keys = keys


class NotLocked(Exception):
    """A command found that it touches players that were not locked.

    It joins the next batch with its full set: waiting for a late lock would
    hold up everyone (518 batches where there were 8,058, p99 1 s).

    Attributes:
        players: all that it touches, its subject first; not only the missing.
    """

    def __init__(self, players: tuple[str, ...]) -> None:
        super().__init__(str(players))
        self.players = players


class Work:
    """What rules see: state, catalog, time, chance, and a place for facts.

    Attributes:
        catalog: the snapshot the whole batch decides by.
        now_us: the batch's time, microseconds since 1970.
        occurred_us: when what is being decided happened: what follows from it counts there. Now,
            but for late activities.
        random: chance, as the running command meets it: the same when it runs again.
        lane_id: the lane's name in `board_batches`.
        batch_no: the batch's number within the lane.
        principal: who asked for the running command.
        command_id: the running command's activity_id or request_id.
        pending: signals and awards of the running command that nobody has reacted to yet, first
            come, first served.
        reacted: how many signals and awards of the running command were worked off.
        visited: definitions that the batch has looked at, for the metrics; a command that is
            undone has looked at them all the same.
    """

    __slots__ = (
        "_facts",
        "_journal",
        "_slices",
        "batch_no",
        "catalog",
        "command_id",
        "lane_id",
        "now_us",
        "occurred_us",
        "pending",
        "principal",
        "random",
        "reacted",
        "visited",
    )

    def __init__(
        self,
        *,
        catalog: CatalogSnapshot,
        now_us: int,
        random: Randomness,
        lane_id: str = "",
        batch_no: int = 0,
    ) -> None:
        self.catalog = catalog
        self.now_us = now_us
        self.occurred_us = now_us
        self.random = TapedRandomness(random)
        self.lane_id = lane_id
        self.batch_no = batch_no
        self.principal = ""
        self.command_id = ""
        self.pending: deque[Consequence] = deque()
        self.reacted = 0
        self.visited = 0
        self._journal = Journal()
        self._slices: dict[type[Any], Any] = {}
        self._facts: dict[str, list[Fact]] = {}

    def attach(self, state: object) -> None:
        """Adds a slice's state, found again by its class."""
        self._slices[type(state)] = state

    def slice(self, kind: type[S]) -> S:
        """A slice's state."""
        found: S = self._slices[kind]
        return found

    def touch(self, entity: Entity) -> None:
        """Must be called before an entity is changed."""
        journal = self._journal
        # Most have been touched by the same command before: no call for those.
        if entity.touched_by is not journal.token:
            journal.touch(entity)

    def dirty(self, kind: type[E]) -> list[E]:
        """The changed entities of a kind."""
        return self._journal.dirty(kind)

    def emit(self, player_id: str, fact: Fact) -> None:
        """Adds a fact about a player, after those emitted before."""
        facts = self._facts.get(player_id)
        if facts is None:
            self._facts[player_id] = [fact]
        else:
            facts.append(fact)

    def listens(self, kind: SignalKind, key: str) -> bool:
        """Whether the catalog has anybody who reacts to such a signal.

        To be asked before a costly signal is put together; `signal` asks by itself.
        """
        listens = self.catalog.listens
        return bool(listens) and ((kind, key) in listens or (kind, ANY_KEY) in listens)

    def signal(
        self,
        kind: SignalKind,
        player_id: str,
        key: str,
        amount: int,
        rule: str,
        occurred_us: int | None = None,
        activity: ActivityView | None = None,
    ) -> None:
        """Adds a signal, if anybody listens; see `Signal`. It occurred at `occurred_us`."""
        # Nearly every command comes by here, in most games for nobody: no call before this.
        if self.catalog.listens and self.listens(kind, key):
            when_us = self.occurred_us if occurred_us is None else occurred_us
            self.pending.append(Signal(player_id, kind, key, amount, when_us, rule, activity))

    def award(self, award: Award) -> None:
        """Adds what reactions are to give."""
        self.pending.append(award)

    def begin(self, principal: str, command_id: str = "", tape: Tape | None = None) -> None:
        """Starts a command.

        Args:
            principal: who asked.
            command_id: its activity_id or request_id.
            tape: what it drew when it ran before; takes what it draws now.
        """
        self.principal = principal
        self.command_id = command_id
        self.occurred_us = self.now_us
        self.reacted = 0
        self.random.insert([] if tape is None else tape)
        if self.pending:
            self.pending.clear()
        self._facts = {}
        self._journal.begin()

    def rollback(self) -> None:
        """Undoes the running command."""
        if self.pending:
            self.pending.clear()
        self._facts = {}
        self._journal.rollback()

    def commit(self) -> None:
        """Keeps the running command's changes."""
        self._journal.commit()

    @property
    def facts(self) -> dict[str, list[Fact]]:
        """The running command's facts by player, in order."""
        return self._facts
