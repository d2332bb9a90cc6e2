"""What stands now about a player, items included."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.catalog.criteria import Criteria, Subject
from renown_server.engine.work import Work
from renown_server.inventory.rules import owned
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerState
from renown_server.progress.plans import Mode, Shape, plan_of
from renown_server.progress.standing import Standing


def standing(work: Work, player: PlayerState) -> Standing:
    """A player's current values, for criteria."""
    return Standing(work, player, owned)


def require_items(work: Work, player_id: str, asked: Iterable[Criteria]) -> None:
    """Checks that all items which criteria compare were looked at.

    To be called before they are compared: asked for one by one, each takes a load, and a batch
    reloads only so often for a command.

    Raises:
        NotLoaded: some were not.
    """
    items = [item for criteria in asked for item in _items_read(work, criteria)]
    if items:
        work.slice(InventoryBook).require(player_id, dict.fromkeys(items))


def _items_read(work: Work, criteria: Criteria) -> list[str]:
    plan = plan_of(criteria, work.catalog)
    if plan.shape is not Shape.LOOSE and plan.shape is not Shape.WINDOWS:
        return []
    return [
        item.key
        for item, mode in zip(criteria.conditions, plan.modes, strict=True)
        if mode is Mode.STANDING and item.subject is Subject.ITEM
    ]
