"""Using what is owned up: consumables, power-ups, containers; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.goods import Item, ItemKind, ItemUse
from renown_server.engine.clock import rfc3339
from renown_server.engine.facts import ItemUsed
from renown_server.engine.work import Work
from renown_server.errors import (
    InsufficientItems,
    InvalidArgument,
    ItemCooldown,
    ItemNotFound,
    NotUsable,
    WrongContext,
)
from renown_server.inventory import rewards
from renown_server.inventory.rules import SINK_USE, change, live, take
from renown_server.inventory.state import Bag, InventoryBook, Stack
from renown_server.profile.state import PlayerBook
from renown_server.progress import requirements

ISSUANCE_ITEM = "issuance:item"

DRAWS_MAX = 200
"""Draws that one command may make: each is a fact, and a thousand from a table of 200 entries took
70 to 225 ms in which the worker did nothing else."""


class UseBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a ConsumeItem, ActivatePowerUp or OpenContainer."""

    request_id: str
    player_id: str
    item: str
    instance: str = ""
    quantity: int = 1
    environment: str = ""
    activity: str = ""


def use(work: Work, body: UseBody, kind: ItemKind, verb: str) -> None:
    """Uses an item `quantity` times: takes it and its keys, and gives its effects.

    Args:
        work: the batch.
        body: who uses what.
        kind: what the item must be for.
        verb: what is done, such as `opened`.

    Raises:
        ItemNotFound: the catalog has no such item, or the player no such instance.
        NotUsable: it is for something else.
        InvalidArgument: it can't be used so often at once.
        LevelTooLow, RequirementNotMet, WrongContext, ItemCooldown: not by this player, here or
            now.
        InsufficientItems: there is too little of it, or of its keys.
        BalanceCap, InventoryFull, ItemLimit, MailboxFull, NothingToDraw: see `rewards.pay`.
    """
    item = work.catalog.items.get(body.item)
    if item is None:
        raise ItemNotFound(body.item)
    if item.kind is not kind or item.use is None:
        raise NotUsable(item.id, verb)
    _check_quantity(item.use, body.quantity)
    check_player(work, body.player_id, item)
    _check_context(item, item.use, body)
    rule = f"item:{item.id}"
    if item.use.cooldown_us:
        _cool_down(work, body.player_id, item, item.use.cooldown_us)
    _use_up(work, body.player_id, item, body.quantity, body.instance, rule)
    for key in item.use.keys:
        units = key.quantity * body.quantity
        take(work, body.player_id, key.item, units, counter_account=SINK_USE, rule=rule)
    rewards.pay(
        work,
        body.player_id,
        item.use.effects,
        counter_account=ISSUANCE_ITEM,
        rule=rule,
        times=body.quantity,
    )


def check_player(work: Work, player_id: str, item: Item) -> None:
    """Checks that a player has what an item asks for.

    Raises:
        LevelTooLow: the level is not reached.
        RequirementNotMet: an achievement is not earned.
    """
    player = work.slice(PlayerBook).get(player_id)
    requirements.check(work, player, min_level=item.min_level, achievements=item.achievements)


def _check_quantity(how: ItemUse, quantity: int) -> None:
    if quantity > 1 and how.cooldown_us:
        raise InvalidArgument("quantity", "must be 1: the item cools down after each use")
    draws = quantity * sum(roll.rolls for roll in how.effects.loot)
    if draws > DRAWS_MAX:
        raise InvalidArgument("quantity", f"would be {draws} draws, {DRAWS_MAX} are allowed")


def _check_context(item: Item, how: ItemUse, body: UseBody) -> None:
    if how.environments and body.environment not in how.environments:
        raise WrongContext(item.id, _where("in environment", body.environment))
    if how.activities and body.activity not in how.activities:
        raise WrongContext(item.id, _where("in activity", body.activity))


def _where(what: str, name: str) -> str:
    return f"{what} {name!r}" if name else f"without saying {what.replace('in ', 'in which ')}"


def _cool_down(work: Work, player_id: str, item: Item, cooldown_us: int) -> None:
    """Checks that an item has cooled down since its last use, and notes this one."""
    bag = work.slice(InventoryBook).bag(player_id)
    available_us = available_at_us(bag.cooldowns.get(item.id, 0), cooldown_us, work.now_us)
    if available_us:
        raise ItemCooldown(item.id, rfc3339(available_us))
    work.touch(bag)
    bag.cooldowns = {**_cooling(work, bag), item.id: work.now_us}


def available_at_us(used_us: int, cooldown_us: int, now_us: int) -> int:
    """When something last used at `used_us` can be used again; 0 if it can be now."""
    available_us = used_us + cooldown_us
    return available_us if used_us and now_us < available_us else 0


def _cooling(work: Work, bag: Bag) -> dict[str, int]:
    """The uses that still matter."""
    items = work.catalog.items
    return {
        name: used_us
        for name, used_us in bag.cooldowns.items()
        if (item := items.get(name)) is not None
        and item.use is not None
        and available_at_us(used_us, item.use.cooldown_us, work.now_us)
    }


def _use_up(work: Work, player_id: str, item: Item, uses: int, instance: str, rule: str) -> None:
    """Takes units that are used up, and counts down those that have uses left.

    What expires first is used first; what is equipped last.
    """
    there = live(work, player_id, item.id)
    if instance:
        there = [stack for stack in there if stack.instance == instance]
        if not there:
            raise ItemNotFound(f"{item.id}/{instance}")
    available = sum(stack.quantity * _uses_each(stack) for stack in there)
    if available < uses:
        raise InsufficientItems(item.id, uses, available)
    for stack in _worn_last(work, player_id, item, there):
        used = min(uses, stack.quantity * _uses_each(stack))
        if not used:
            break
        uses -= used
        left = 0
        if stack.uses_left > used:
            work.touch(stack)
            stack.uses_left = left = stack.uses_left - used
        else:
            change(work, stack, -(used // _uses_each(stack)), SINK_USE, rule)
        fact = ItemUsed(rule=rule, item=item.id, instance=stack.instance, uses=used, uses_left=left)
        work.emit(player_id, fact)


def _uses_each(stack: Stack) -> int:
    return stack.uses_left or 1


def _worn_last(work: Work, player_id: str, item: Item, there: list[Stack]) -> list[Stack]:
    if not item.slot or len(there) < 2:
        return there
    bag = work.slice(InventoryBook).bag(player_id)
    return sorted(there, key=lambda stack: bool(bag.slot_of(item.id, stack.instance)))
