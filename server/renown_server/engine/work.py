"""The working set: everything a batch has loaded, and what it does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from renown_server.engine.facts import Fact
from renown_server.engine.state import E, Entity, Journal

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
        random: chance.
        lane_id: the lane's name in `board_batches`.
        batch_no: the batch's number within the lane.
        principal: who asked for the running command.
        command_id: the running command's activity_id or request_id.
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
        "principal",
        "random",
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
        self.random = random
        self.lane_id = lane_id
        self.batch_no = batch_no
        self.principal = ""
        self.command_id = ""
        self._journal = Journal()
        self._slices: dict[type[Any], Any] = {}
        self._facts: dict[str, list[Fact]] = {}

    def attach(self, state: object) -> None:
        """Adds a slice's state, found again by its class."""
        self._slices[type(state)] = state

    def slice(self, kind: type[S]) -> S:
        """A slice's state."""
        return cast(S, self._slices[kind])

    def touch(self, entity: Entity) -> None:
        """Must be called before an entity is changed."""
        self._journal.touch(entity)

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

    def begin(self, principal: str, command_id: str = "") -> None:
        """Starts a command."""
        self.principal = principal
        self.command_id = command_id
        self._facts = {}
        self._journal.begin()

    def rollback(self) -> None:
        """Undoes the running command."""
        self._facts = {}
        self._journal.rollback()

    def commit(self) -> None:
        """Keeps the running command's changes."""
        self._journal.commit()

    @property
    def facts(self) -> dict[str, list[Fact]]:
        """The running command's facts by player, in order."""
        return self._facts
