"""The command of an activity."""

from __future__ import annotations

from typing import Any

from renown_server.activity.body import ActivityBody
from renown_server.activity.cascade import run
from renown_server.catalog.goods import Reward
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import ActivityKey, Command
from renown_server.engine.work import Work
from renown_server.inventory.reach import Reach

_PROGRESS = ("progress", "earned")


class RecordActivity(Command):
    """Records an activity and pays everything it earns.

    Attributes:
        reach: the items that its type can give; None if it gives none, or nobody has looked.
        progresses: whether the catalog has anything that it may do to the player's progress.
    """

    __slots__ = ("progresses", "reach")

    method = "RecordActivity"
    creates_players = True
    parts = ("wallets", "scores")
    body: ActivityBody
    reach: Reach | None
    progresses: bool

    def wanted(self) -> tuple[str, ...]:
        """What it always needs, and what its type can give."""
        parts = (*self.parts, *_PROGRESS) if self.progresses else self.parts
        if self.reach is None:
            return parts
        return (*parts, *sorted(self.reach.parts.difference(parts)))

    def keys(self, part: str) -> tuple[Any, ...]:
        """The items and limits its type can reach."""
        return () if self.reach is None else self.reach.keys(part, self.body.player_id)

    def decide(self, work: Work) -> None:
        """Runs the cascade."""
        run(work, self.body)


def record_activity(
    body: ActivityBody, principal: str, catalog: CatalogSnapshot | None = None
) -> RecordActivity:
    """The command of an activity; its id is its own exactly-once key.

    Args:
        body: the decoded activity.
        principal: who records it.
        catalog: tells what to load for it; the batch finds out by itself without.
    """
    command = RecordActivity(
        key=ActivityKey(body.player_id, body.activity_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
        label=body.type,
    )
    command.reach = _reach(body.type, catalog) if catalog is not None else None
    command.progresses = catalog is not None and _progresses(body.type, catalog)
    return command


def _progresses(type_id: str, catalog: CatalogSnapshot) -> bool:
    """Whether an activity of a type is looked at for what it does to the player's progress."""
    known = catalog.progression
    return bool(
        catalog.listens
        or known.badges
        or known.level_achievements
        or type_id in known.listeners.streaks
    )


def _reach(type_id: str, catalog: CatalogSnapshot) -> Reach | None:
    kind = catalog.activity_types.get(type_id)
    if kind is None or not (kind.items or kind.loot):
        return None
    reach = Reach(catalog)
    reach.add_reward(Reward(items=kind.items, loot=kind.loot))
    return reach
