"""What definitions give, given: money, items, XP, multipliers, draws; pure.

A reward may cause others: XP gains levels, levels pay rewards, draws give what they draw. The depth
is bounded by the catalog's rules: an entry cannot draw again, and a level's reward holds no XP.
"""

from __future__ import annotations

from renown_server.catalog.goods import Item, ItemOverflow, Reward, TimedMultiplier
from renown_server.catalog.snapshot import CurrencyOverflow
from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import MultiplierGranted, RewardOverflowed, XpGained
from renown_server.engine.work import Work
from renown_server.errors import BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange
from renown_server.inventory import loot, mail
from renown_server.inventory.mail_state import Contents
from renown_server.inventory.rules import add, live, slots_of
from renown_server.inventory.state import CommonBook, InventoryBook
from renown_server.leaderboards.entries import submit
from renown_server.profile.experience import gain_xp, take_level_rewards
from renown_server.profile.state import Multiplier, PlayerBook, PlayerState
from renown_server.profile.xp import active_boosts

ISSUANCE_LEVEL = "issuance:level"
ISSUANCE_LOOT = "issuance:loot"

INSTANCES_MAX = 1000
"""Instances that one reward may make: each is a row."""


def pay(
    work: Work, player_id: str, reward: Reward, *, counter_account: str, rule: str, times: int = 1
) -> None:
    """Gives a player a reward, `times` over.

    Raises:
        BalanceCap, InventoryFull, ItemLimit, MailboxFull: there is no room, and the catalog says
            to refuse.
        QuantityOutOfRange: too many.
        NothingToDraw: a loot table has nothing left for the player.
    """
    for code, amount in reward.currencies:
        pay_currency(
            work, player_id, code, amount * times, counter_account=counter_account, rule=rule
        )
    for each in reward.items:
        give_item(
            work,
            player_id,
            work.catalog.items[each.item],
            each.quantity * times,
            counter_account=counter_account,
            rule=rule,
        )
    if reward.xp:
        gain(work, work.slice(PlayerBook).get(player_id), reward.xp * times, rule=rule)
    for multiplier in reward.multipliers * times:
        grant_multiplier(work, player_id, multiplier, rule=rule)
    for roll in reward.loot:
        table = work.catalog.loot_tables[roll.table]
        for _ in range(roll.rolls * times):
            drawn = loot.draw(work, player_id, table, rule=rule)
            pay(
                work,
                player_id,
                drawn,
                counter_account=ISSUANCE_LOOT,
                rule=f"loot_table:{table.id}",
            )


def pay_currency(
    work: Work, player_id: str, code: str, amount: int, *, counter_account: str, rule: str
) -> None:
    """Gives money; what is beyond the cap follows the currency's overflow policy.

    Raises:
        BalanceCap: the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    if not amount:
        return
    definition = work.catalog.currencies[code]
    balance = work.slice(WalletBook).get(player_id, code)
    room = max(0, definition.cap - balance.amount)
    beyond = max(0, amount - room)
    if beyond and definition.overflow is CurrencyOverflow.REFUSE:
        raise BalanceCap(code, definition.cap, balance.amount)
    if amount > beyond:
        currency.credit(
            work, player_id, code, amount - beyond, counter_account=counter_account, rule=rule
        )
    if not beyond:
        return
    to_mail = definition.overflow is CurrencyOverflow.MAILBOX
    policy = "mailbox" if to_mail else "discard"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=beyond, policy=policy, currency=code))
    if to_mail:
        mail.send(work, player_id, Contents(currencies=((code, beyond),)), rule=f"overflow:{code}")


def give_item(
    work: Work, player_id: str, item: Item, quantity: int, *, counter_account: str, rule: str
) -> None:
    """Gives items; what finds no room follows the item's overflow policy.

    Raises:
        ItemLimit: the game gives no more of it out; or the player may not own so many, and the
            policy is to refuse.
        InventoryFull: there is no room, and the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    if item.is_instanced and quantity > INSTANCES_MAX:
        raise QuantityOutOfRange(item.id)
    _check_supply(work, item, quantity)
    fits = min(quantity, room_for(work, player_id, item, quantity))
    if fits < quantity and item.overflow is ItemOverflow.REFUSE:
        _refuse(work, player_id, item, quantity)
    if fits:
        _issue(work, item, fits)
        add(work, player_id, item, fits, counter_account=counter_account, rule=rule)
    beyond = quantity - fits
    if beyond:
        _overflow(work, player_id, item, beyond, rule)


def room_for(work: Work, player_id: str, item: Item, wanted: int) -> int:
    """How many units of `wanted` a player can take, by slots and by the item's limit."""
    fits = wanted
    if item.limit_per_player:
        have = sum(stack.quantity for stack in live(work, player_id, item.id))
        fits = min(fits, max(0, item.limit_per_player - have))
    capacity = work.catalog.economy.inventory_capacity
    if not capacity or item.slotless or not fits:
        return fits
    free = _units_in_place(work, player_id, item) + free_slots(work, player_id) * item.max_stack
    if free < fits and _drop_expired(work, player_id):
        free = _units_in_place(work, player_id, item) + free_slots(work, player_id) * item.max_stack
    return min(fits, free)


def free_slots(work: Work, player_id: str) -> int:
    """Slots that are free, by the catalog's capacity."""
    used = work.slice(InventoryBook).bag(player_id).slots_used
    return max(0, work.catalog.economy.inventory_capacity - used)


def _units_in_place(work: Work, player_id: str, item: Item) -> int:
    """Units that fit into the slots the plain stack takes already."""
    if item.is_instanced or item.lifetime_us:
        return 0
    stack = work.slice(InventoryBook).of(player_id, item.id).get("")
    quantity = stack.quantity if stack else 0
    return slots_of(item, quantity) * item.max_stack - quantity


def _drop_expired(work: Work, player_id: str) -> bool:
    """Removes all that has expired; says whether anything had."""
    before = work.slice(InventoryBook).bag(player_id).slots_used
    for item in {stack.item for stack in work.slice(InventoryBook).everything(player_id)}:
        live(work, player_id, item)
    return work.slice(InventoryBook).bag(player_id).slots_used < before


def _check_supply(work: Work, item: Item, quantity: int) -> None:
    if item.available_until_us and work.now_us >= item.available_until_us:
        raise ItemLimit(item.id, 0, 0)
    if item.limit_quantity:
        left = work.slice(CommonBook).stock_of(f"item:{item.id}").left(item.limit_quantity)
        if left < quantity:
            raise ItemLimit(item.id, item.limit_quantity, left)


def _issue(work: Work, item: Item, quantity: int) -> None:
    if item.limit_quantity:
        stock = work.slice(CommonBook).stock_of(f"item:{item.id}")
        work.touch(stock)
        stock.quantity = item.limit_quantity
        stock.delta += quantity


def _refuse(work: Work, player_id: str, item: Item, quantity: int) -> None:
    if item.limit_per_player:
        have = sum(stack.quantity for stack in live(work, player_id, item.id))
        if have + quantity > item.limit_per_player:
            left = max(0, item.limit_per_player - have)
            raise ItemLimit(item.id, item.limit_per_player, left)
    used = work.slice(InventoryBook).bag(player_id).slots_used
    capacity = work.catalog.economy.inventory_capacity
    raise InventoryFull(capacity, used, -(-quantity // item.max_stack))


def _overflow(work: Work, player_id: str, item: Item, quantity: int, rule: str) -> None:
    to_mail = item.overflow is ItemOverflow.MAILBOX
    policy = "mailbox" if to_mail else "convert"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=quantity, policy=policy, item=item.id))
    if to_mail:
        contents = Contents(items=((item.id, quantity),))
        mail.send(work, player_id, contents, rule=f"overflow:{item.id}")
        return
    for code, worth in item.convert_to:
        pay_currency(
            work,
            player_id,
            code,
            worth * quantity,
            counter_account=f"convert:{item.id}",
            rule=f"convert:{item.id}",
        )


def gain(work: Work, player: PlayerState, base: int, *, rule: str) -> XpGained | None:
    """Gives XP outside of activities: multipliers apply, boards that count XP move."""
    gained = gain_xp(work, player, base, rule=rule, boosts=multipliers_at(player, work.now_us))
    pay_levels(work, player)
    if gained is not None and gained.amount:
        for board in work.catalog.boards_on_xp:
            submit(work, player.player_id, board, gained.amount, work.now_us, rule)
    return gained


def multipliers_at(player: PlayerState, at_us: int) -> tuple[tuple[str, int], ...]:
    """A player's multipliers at a moment, as factors."""
    return active_boosts(player.multipliers, at_us) if player.multipliers else ()


def pay_levels(work: Work, player: PlayerState) -> None:
    """Pays the rewards of levels reached and not yet paid."""
    levels = work.catalog.levels
    for level in take_level_rewards(work, player):
        rule = f"level:{level}"
        for code, amount in levels.rewards.get(level, ()):
            pay_currency(
                work, player.player_id, code, amount, counter_account=ISSUANCE_LEVEL, rule=rule
            )
        for item, quantity in levels.items.get(level, ()):
            give_item(
                work,
                player.player_id,
                work.catalog.items[item],
                quantity,
                counter_account=ISSUANCE_LEVEL,
                rule=rule,
            )


def grant_multiplier(work: Work, player_id: str, multiplier: TimedMultiplier, *, rule: str) -> None:
    """Lets a factor of XP act from now on. The same source again lasts longer, not stronger."""
    player = work.slice(PlayerBook).get(player_id)
    starts_us = work.now_us
    ends_us = starts_us + multiplier.duration_us
    kept = []
    for known in player.multipliers:
        same = known.source == rule and known.factor_bp == multiplier.factor_bp
        if same and known.ends_us > work.now_us:
            starts_us = known.starts_us
            ends_us = known.ends_us + multiplier.duration_us
            continue
        # Late activities may still ask what acted when they happened.
        if known.ends_us > work.now_us - work.catalog.lateness_max_us:
            kept.append(known)
    work.touch(player)
    player.multipliers = (*kept, Multiplier(rule, multiplier.factor_bp, starts_us, ends_us))
    work.emit(
        player_id,
        MultiplierGranted(
            rule=rule,
            source=rule,
            factor_bp=multiplier.factor_bp,
            starts_us=starts_us,
            ends_us=ends_us,
        ),
    )
