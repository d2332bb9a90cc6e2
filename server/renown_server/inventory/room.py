"""Where units find room: slots, and what a player may own; pure."""

from __future__ import annotations

from renown_server.catalog.goods import Item
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.work import Work
from renown_server.errors import InventoryFull, ItemLimit, QuantityOutOfRange
from renown_server.inventory.rules import live, slots_of, stack_for_new
from renown_server.inventory.state import InventoryBook


def room_for(work: Work, player_id: str, item: Item, wanted: int) -> int:
    """How many units of `wanted` a player can take, by slots and by the item's limit."""
    fits = wanted
    if item.limit_per_player:
        have = sum(stack.quantity for stack in live(work, player_id, item.id))
        fits = min(fits, max(0, item.limit_per_player - have))
    if not item.is_instanced:
        fits = min(fits, AMOUNT_MAX - _in_place(work, player_id, item))
    if not work.catalog.economy.inventory_capacity or item.slotless or not fits:
        return fits
    free = _free_units(work, player_id, item)
    if free < fits:
        recount(work, player_id)
        free = _free_units(work, player_id, item)
    return min(fits, free)


def _free_units(work: Work, player_id: str, item: Item) -> int:
    """Units that fit into free slots, and into those that the stack they join takes already."""
    free = free_slots(work, player_id) * item.max_stack
    in_place = _in_place(work, player_id, item)
    return free + slots_of(item, in_place) * item.max_stack - in_place


def _in_place(work: Work, player_id: str, item: Item) -> int:
    """Units in the stack that new ones join."""
    if item.is_instanced:
        return 0
    instance, _ = stack_for_new(work, item)
    stack = work.slice(InventoryBook).of(player_id, item.id).get(instance)
    return stack.quantity if stack else 0


def free_slots(work: Work, player_id: str) -> int:
    """Slots that are free, by the catalog's capacity."""
    used = work.slice(InventoryBook).bag(player_id).slots_used
    return max(0, work.catalog.economy.inventory_capacity - used)


def recount(work: Work, player_id: str) -> None:
    """Removes all that has expired, and counts the slots again.

    They are counted as items come and go, by the definition of the moment: what came when a stack
    held less, or took slots, would leave some behind that nothing ever frees.
    """
    book = work.slice(InventoryBook)
    stacks = book.everything(player_id)
    for item in dict.fromkeys([stack.item for stack in stacks]):
        live(work, player_id, item)
    items = work.catalog.items
    used = sum([slots_of(items.get(stack.item), stack.quantity) for stack in stacks])
    bag = book.bag(player_id)
    if bag.slots_used != used:
        work.touch(bag)
        bag.slots_used = used


def no_room(
    work: Work, player_id: str, item: Item, quantity: int
) -> ItemLimit | InventoryFull | QuantityOutOfRange:
    """Why a player can't take so many."""
    if item.limit_per_player:
        have = sum(stack.quantity for stack in live(work, player_id, item.id))
        if have + quantity > item.limit_per_player:
            left = max(0, item.limit_per_player - have)
            return ItemLimit(item.id, item.limit_per_player, left)
    in_place = _in_place(work, player_id, item)
    if in_place + quantity > AMOUNT_MAX:
        return QuantityOutOfRange(item.id)
    used = work.slice(InventoryBook).bag(player_id).slots_used
    needed = slots_of(item, in_place + quantity) - slots_of(item, in_place)
    return InventoryFull(work.catalog.economy.inventory_capacity, used, needed)
