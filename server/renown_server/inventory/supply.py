"""What the game still gives out of what is limited for everybody; pure."""

from __future__ import annotations

from renown_server.catalog.goods import Item
from renown_server.catalog.limits import AMOUNT_MAX, INSTANCES_MAX
from renown_server.engine.work import Work
from renown_server.errors import ItemLimit, QuantityOutOfRange
from renown_server.inventory.state import CommonBook, InventoryBook


def left_to_give(work: Work, item: Item) -> int:
    """How many units the game can still give out."""
    if item.available_until_us and work.now_us >= item.available_until_us:
        return 0
    if not item.limit_quantity:
        return AMOUNT_MAX
    return work.slice(CommonBook).stock_of(f"item:{item.id}").left(item.limit_quantity)


def check_supply(work: Work, item: Item, quantity: int) -> None:
    """Checks that the game may give out so many.

    Raises:
        ItemLimit: too few are left, or the time is over.
        QuantityOutOfRange: these would be too many rows.
    """
    if item.is_instanced and quantity > INSTANCES_MAX:
        raise QuantityOutOfRange(item.id)
    if item.limit_quantity or item.available_until_us:
        left = left_to_give(work, item)
        if left < quantity:
            raise ItemLimit(item.id, item.limit_quantity, left)


def left_to_make(work: Work) -> int:
    """How many more instances the running command may make."""
    facts, made = work.slice(InventoryBook).made
    return INSTANCES_MAX - made if facts is work.facts else INSTANCES_MAX


def note_made(work: Work, quantity: int) -> None:
    """Counts instances that the running command makes."""
    # A command's facts are its own, and made anew when it runs again.
    made = INSTANCES_MAX - left_to_make(work) + quantity
    work.slice(InventoryBook).made = (work.facts, made)


def note_issued(work: Work, item: Item, quantity: int) -> None:
    """Counts what is given out, or waits in a mail, against the game's limit."""
    if item.limit_quantity:
        stock = work.slice(CommonBook).stock_of(f"item:{item.id}")
        work.touch(stock)
        stock.quantity = item.limit_quantity
        stock.delta += quantity


def restock(work: Work, item: str, quantity: int) -> None:
    """Counts units as not given out, if the game gives out a limited number of them."""
    definition = work.catalog.items.get(item)
    if definition is None or not definition.limit_quantity:
        return
    stock = work.slice(CommonBook).stock_of(f"item:{item}")
    work.touch(stock)
    # The limit may be younger than what was given out.
    stock.delta -= min(quantity, stock.sold + stock.delta)
    stock.quantity = max(definition.limit_quantity, stock.sold + stock.delta)
