"""What is worn, in which slot; pure."""

from __future__ import annotations

import msgspec

from renown_server.engine.facts import ItemEquipped
from renown_server.engine.work import Work
from renown_server.errors import InsufficientItems, ItemNotFound, NotEquippable
from renown_server.inventory.rules import live, unequip
from renown_server.inventory.state import InventoryBook, Stack
from renown_server.inventory.use import check_player


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a change did to a slot: (item, instance) after and before; empty for nothing."""

    slot: str
    after: tuple[str, str] = ("", "")
    before: tuple[str, str] = ("", "")


def equip(work: Work, player_id: str, item_id: str, instance: str, rule: str) -> Slot:
    """Puts an item into its slot; what was there is unequipped.

    Raises:
        ItemNotFound: the catalog has no such item, or the player no such instance.
        NotEquippable: it has no slot.
        LevelTooLow, RequirementNotMet: not by this player.
        InsufficientItems: the player has none.
    """
    item = work.catalog.items.get(item_id)
    if item is None:
        raise ItemNotFound(item_id)
    if not item.slot:
        raise NotEquippable(item_id)
    check_player(work, player_id, item)
    chosen = (item_id, _owned(work, player_id, item_id, instance).instance)
    bag = work.slice(InventoryBook).bag(player_id)
    before = bag.equipped.get(item.slot, ("", ""))
    if before == chosen:
        return Slot(item.slot, chosen)
    worn_in = bag.slot_of(*chosen)
    if worn_in:
        # The catalog has given the item another slot since.
        unequip(work, player_id, worn_in, rule)
    work.touch(bag)
    bag.equipped[item.slot] = chosen
    work.emit(
        player_id, ItemEquipped(rule=rule, slot=item.slot, item=chosen[0], instance=chosen[1])
    )
    return Slot(item.slot, chosen, before)


def _owned(work: Work, player_id: str, item_id: str, instance: str) -> Stack:
    """The instance named; or the plain stack, else what expires first."""
    there = live(work, player_id, item_id)
    for stack in there:
        if stack.instance == instance:
            return stack
    if instance:
        raise ItemNotFound(f"{item_id}/{instance}")
    if not there:
        raise InsufficientItems(item_id, 1, 0)
    return there[0]


def empty(work: Work, player_id: str, slot: str, rule: str) -> Slot:
    """Empties a slot; an empty one stays so."""
    return Slot(slot, before=unequip(work, player_id, slot, rule))
