"""What moves items; pure. Every movement names its other side, as money does."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from renown_server import errors
from renown_server.catalog.goods import Item
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import DebtChanged, ItemChanged, ItemEquipped
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import (
    InsufficientItems,
    ItemNotFound,
    QuantityOutOfRange,
    UnknownItem,
)
from renown_server.inventory.state import (
    Bag,
    CommonBook,
    InventoryBook,
    Owner,
    Provenance,
    Stack,
)

SINK_EXPIRED = "sink:expired"
SINK_USE = "sink:use"
DEBT = "debt:clawback"

OWNERS_MAX = 16
"""How many former owners an instance remembers."""

EXPIRY_STEP_US = 60_000_000
"""Expiring stacks end on full minutes, so that grants in a row share one."""

_ISSUES = ("issuance", "store", "mail")
_USES = (SINK_USE,)


@dataclass(frozen=True, slots=True)
class Taken:
    """Units taken from one stack or instance, with what they take along."""

    item: str
    instance: str
    quantity: int
    held_since_us: int
    expires_us: int
    uses_left: int
    provenance: Provenance | None


def definition(work: Work, item_id: str, field: str = "item_id") -> Item:
    """An item of the catalog, named by a request.

    Raises:
        UnknownItem: the catalog has none.
    """
    item = work.catalog.items.get(item_id)
    if item is None:
        raise UnknownItem(field, f"the catalog has no item {item_id!r}")
    return item


def owned(work: Work, player_id: str, item: str) -> int:
    """How many units a player has; what has expired does not count."""
    return sum(stack.quantity for stack in live(work, player_id, item))


def live(work: Work, player_id: str, item: str) -> list[Stack]:
    """What a player has of an item, what expires first at the front.

    What has expired is removed, with a fact that says so.
    """
    stacks = work.slice(InventoryBook).of(player_id, item)
    for stack in list(stacks.values()):
        if stack.quantity and 0 < stack.expires_us <= work.now_us:
            change(work, stack, -stack.quantity, SINK_EXPIRED, f"expiry:{item}")
    there = [stack for stack in stacks.values() if stack.quantity]
    return sorted(there, key=lambda s: (s.expires_us or AMOUNT_MAX, s.held_since_us, s.instance))


def slots_of(item: Item | None, quantity: int) -> int:
    """The slots that one stack or instance takes."""
    if not quantity or (item is not None and item.slotless):
        return 0
    return 1 if item is None else -(-quantity // item.max_stack)


def change(work: Work, stack: Stack, amount: int, counter_account: str, rule: str) -> None:
    """Changes a stack, the slots it takes, the statistics, and says so.

    Raises:
        QuantityOutOfRange: it would pass 2^53-1.
    """
    item = work.catalog.items.get(stack.item)
    after = stack.quantity + amount
    if after > AMOUNT_MAX:
        raise QuantityOutOfRange(stack.item)
    if after < 0:
        raise AssertionError(f"{stack.item} would fall below zero")
    slots = slots_of(item, after) - slots_of(item, stack.quantity)
    if slots:
        bag = _bag(work, stack.player_id)
        # An item whose definition has changed may have taken fewer slots than it frees.
        bag.slots_used = max(0, bag.slots_used + slots)
    work.touch(stack)
    if amount > 0:
        held = stack.held_since_us * stack.quantity + work.now_us * amount
        stack.held_since_us = held // after
    stack.quantity = after
    _count(work, stack, amount, counter_account)
    work.emit(
        stack.player_id,
        ItemChanged(
            rule=rule,
            item=stack.item,
            amount=amount,
            quantity_after=after,
            counter_account=counter_account,
            instance=stack.instance,
            expires_us=stack.expires_us,
        ),
    )
    if not after and (item is None or item.slot):
        # What is gone is not worn: it may have expired in its slot.
        slot = work.slice(InventoryBook).bag(stack.player_id).slot_of(stack.item, stack.instance)
        if slot:
            unequip(work, stack.player_id, slot, rule)


def _bag(work: Work, player_id: str) -> Bag:
    bag = work.slice(InventoryBook).bag(player_id)
    work.touch(bag)
    return bag


def _count(work: Work, stack: Stack, amount: int, counter_account: str) -> None:
    """Notes in the statistics what enters and leaves the game."""
    kind = counter_account.partition(":")[0]
    if amount > 0:
        if kind in _ISSUES:
            work.slice(CommonBook).count(work, stack.item).distributed += amount
    elif counter_account in _USES:
        count = work.slice(CommonBook).count(work, stack.item)
        count.used -= amount
        count.held_s += max(0, work.now_us - stack.held_since_us) // 1_000_000 * -amount
    elif kind in ("sink", "clawback", "convert", "debt"):
        work.slice(CommonBook).count(work, stack.item).removed -= amount


def add(
    work: Work,
    player_id: str,
    item: Item,
    quantity: int,
    *,
    counter_account: str,
    rule: str,
) -> None:
    """Puts new units where they belong, whatever room there is; pays item debts first.

    `giving.give_item` is what looks at room and limits.
    """
    stacks = work.slice(InventoryBook).of(player_id, item.id)
    for _ in range(quantity if item.is_instanced else 1):
        stack = _place(work, stacks, player_id, item, rule)
        amount = 1 if item.is_instanced else quantity
        change(work, stack, amount, counter_account, rule)
    _pay_debt(work, player_id, item.id)
    work.signal(SignalKind.ITEM, player_id, item.id, quantity, rule)


def stack_for_new(work: Work, item: Item) -> tuple[str, int]:
    """The name of the stack that new units join, and when it expires; not for instances."""
    if not item.lifetime_us:
        return "", 0
    ends_us = work.now_us + item.lifetime_us
    expires_us = -(-ends_us // EXPIRY_STEP_US) * EXPIRY_STEP_US
    return f"x{expires_us}", expires_us


def _place(work: Work, stacks: dict[str, Stack], player_id: str, item: Item, rule: str) -> Stack:
    """The stack that new units join, or a new instance."""
    if item.is_instanced:
        instance = work.random.token(8)
        expires_us = work.now_us + item.lifetime_us if item.lifetime_us else 0
        provenance = Provenance(rule, work.command_id, work.now_us)
        uses = item.uses if item.uses > 1 else 0
        stack = Stack(
            player_id,
            item.id,
            instance,
            expires_us=expires_us,
            uses_left=uses,
            provenance=provenance,
        )
    else:
        instance, expires_us = stack_for_new(work, item)
        found = stacks.get(instance)
        if found is not None:
            return found
        stack = Stack(player_id, item.id, instance, expires_us=expires_us)
    stacks[instance] = stack
    return stack


def _pay_debt(work: Work, player_id: str, item: str) -> None:
    plain = work.slice(InventoryBook).of(player_id, item).get("")
    if plain is None or not plain.owed:
        return
    for stack in live(work, player_id, item):
        paid = min(stack.quantity, plain.owed)
        if paid:
            change(work, stack, -paid, DEBT, f"debt:{item}")
            work.touch(plain)
            plain.owed -= paid
            work.emit(
                player_id,
                DebtChanged(rule=f"debt:{item}", amount=-paid, debt_after=plain.owed, item=item),
            )


def owe(work: Work, player_id: str, item: str, quantity: int, rule: str) -> None:
    """Notes units that could not be taken back; the next ones received pay them."""
    stacks = work.slice(InventoryBook).of(player_id, item)
    plain = stacks.get("")
    if plain is None:
        plain = stacks[""] = Stack(player_id, item)
    work.touch(plain)
    plain.owed += quantity
    work.emit(
        player_id,
        DebtChanged(rule=rule, amount=quantity, debt_after=plain.owed, item=item),
    )


def take(
    work: Work,
    player_id: str,
    item_id: str,
    quantity: int,
    *,
    counter_account: str,
    rule: str,
    instance: str = "",
    keep_equipped: bool = True,
) -> list[Taken]:
    """Takes units from a player: of the instance named, or what expires first.

    Args:
        work: the batch.
        player_id: who has them.
        item_id: the item.
        quantity: units, at least 1.
        counter_account: where they go.
        rule: why.
        instance: the instance or expiring stack, or empty for any.
        keep_equipped: whether equipped ones are refused; else they are unequipped.

    Raises:
        ItemNotFound: the player has no such instance.
        InsufficientItems: the player has too few.
        ItemEquipped: they are equipped.
    """
    there = live(work, player_id, item_id)
    if instance:
        there = [stack for stack in there if stack.instance == instance]
        if not there:
            raise ItemNotFound(f"{item_id}/{instance}")
    available = sum(stack.quantity for stack in there)
    if available < quantity:
        raise InsufficientItems(item_id, quantity, available)
    return [
        _take_from(work, stack, amount, counter_account, rule)
        for stack, amount in _plan(work, player_id, item_id, there, quantity, keep_equipped)
    ]


def _take_from(work: Work, stack: Stack, amount: int, counter_account: str, rule: str) -> Taken:
    taken = Taken(
        stack.item,
        stack.instance,
        amount,
        stack.held_since_us,
        stack.expires_us,
        stack.uses_left,
        stack.provenance,
    )
    change(work, stack, -amount, counter_account, rule)
    return taken


def _plan(
    work: Work, player_id: str, item_id: str, there: list[Stack], quantity: int, keep: bool
) -> list[tuple[Stack, int]]:
    """How much is taken from which stack; what is equipped comes last, or not at all."""
    item = work.catalog.items.get(item_id)
    worn: dict[str, str] = {}
    if item is None or item.slot:
        bag = work.slice(InventoryBook).bag(player_id)
        worn = {used[1]: slot for slot, used in bag.equipped.items() if used[0] == item_id}
    plan: dict[str, int] = {}
    for kept in (1, 0):
        for stack in there:
            free = stack.quantity - plan.get(stack.instance, 0)
            free -= kept if stack.instance in worn else 0
            if quantity and free > 0:
                amount = min(quantity, free)
                quantity -= amount
                plan[stack.instance] = plan.get(stack.instance, 0) + amount
        if quantity and kept and keep:
            raise errors.ItemEquipped(item_id, next(iter(worn.values()), ""))
    for stack in there:
        if stack.instance in worn and plan.get(stack.instance) == stack.quantity:
            unequip(work, player_id, worn[stack.instance], f"item:{item_id}")
    return [(stack, plan[stack.instance]) for stack in there if stack.instance in plan]


def unequip(work: Work, player_id: str, slot: str, rule: str) -> tuple[str, str]:
    """Empties a slot.

    Returns:
        (item, instance) that was there; empty if nothing was.
    """
    bag = work.slice(InventoryBook).bag(player_id)
    if slot not in bag.equipped:
        return ("", "")
    work.touch(bag)
    before = bag.equipped.pop(slot)
    work.emit(player_id, ItemEquipped(rule=rule, slot=slot))
    return before


def receive(
    work: Work,
    player_id: str,
    taken: Taken,
    *,
    counter_account: str,
    rule: str,
    owner: Owner | None,
) -> None:
    """Gives a player units that another one had, or that come back from escrow.

    Instances keep their id, expiry and history. Room is the caller's business.

    Args:
        work: the batch.
        player_id: who gets them.
        taken: what was taken elsewhere.
        counter_account: where they come from.
        rule: why.
        owner: who had it before, for an instance's history; None if it only comes back.
    """
    stacks = work.slice(InventoryBook).of(player_id, taken.item)
    stack = stacks.get(taken.instance)
    if stack is None:
        stack = Stack(player_id, taken.item, taken.instance, expires_us=taken.expires_us)
        stacks[taken.instance] = stack
    work.touch(stack)
    stack.uses_left = taken.uses_left
    stack.provenance = taken.provenance
    if taken.provenance is not None and owner is not None:
        former = (owner, *taken.provenance.owners)[:OWNERS_MAX]
        stack.provenance = msgspec.structs.replace(taken.provenance, owners=former)
    held_us = stack.held_since_us * stack.quantity + taken.held_since_us * taken.quantity
    change(work, stack, taken.quantity, counter_account, rule)
    if owner is None:
        stack.held_since_us = held_us // stack.quantity
    _pay_debt(work, player_id, taken.item)
    # Nothing was gained, or it would be each time it goes to and fro. But more is owned.
    work.signal(SignalKind.ITEM, player_id, taken.item, 0, rule)
