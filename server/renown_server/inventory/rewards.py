"""What definitions give, given: money, items, XP, multipliers, draws; pure.

A reward may cause others: XP gains levels, levels pay rewards, draws give what they draw. The depth
is bounded by the catalog's rules: an entry cannot draw again, and a level's reward holds no XP.

Whether a command is refused never depends on what it drew: who met a refusal could draw again until
chance is kind. So what is drawn and finds no room goes to the mailbox, whatever the policy, all in
one mail; and who has no place for that mail draws nothing.
"""

from __future__ import annotations

from renown_server.catalog.goods import Item, ItemOverflow, LootRoll, Reward, TimedMultiplier
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import CurrencyOverflow
from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import MultiplierGranted, RewardOverflowed, XpGained
from renown_server.engine.work import Work
from renown_server.errors import BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange
from renown_server.inventory import loot, mail
from renown_server.inventory.mail_state import Contents
from renown_server.inventory.reach import Reach
from renown_server.inventory.rules import add, left_to_give, live, slots_of, stack_for_new
from renown_server.inventory.state import CommonBook, InventoryBook
from renown_server.leaderboards.entries import submit
from renown_server.profile.experience import gain_xp, take_level_rewards
from renown_server.profile.state import Multiplier, PlayerBook, PlayerState
from renown_server.profile.xp import active_boosts

ISSUANCE_LEVEL = "issuance:level"
ISSUANCE_LOOT = "issuance:loot"

INSTANCES_MAX = 1000
"""Instances that one reward may make: each is a row."""


class Spill:
    """What found no room and is sent instead, all in one mail."""

    __slots__ = ("currencies", "items")

    def __init__(self) -> None:
        self.currencies: dict[str, int] = {}
        self.items: dict[str, int] = {}

    def send(self, work: Work, player_id: str, rule: str) -> None:
        """Sends it, if there is any."""
        if self.currencies or self.items:
            contents = Contents(tuple(self.currencies.items()), tuple(self.items.items()))
            mail.send(work, player_id, contents, rule=f"overflow:{rule}")


def pay(
    work: Work,
    player_id: str,
    reward: Reward,
    *,
    counter_account: str,
    rule: str,
    times: int = 1,
    by_mail: bool = False,
) -> None:
    """Gives a player a reward, `times` over.

    Args:
        work: the batch.
        player_id: who gets it.
        reward: what. Draws come last: what else may refuse the command has to stand before.
        counter_account: where money and items come from.
        rule: why.
        times: how often.
        by_mail: whether what the catalog says to refuse is sent instead; for what was paid. What
            is drawn always is.

    Raises:
        BalanceCap, InventoryFull, ItemLimit, MailboxFull: there is no room, and the catalog says
            to refuse.
        QuantityOutOfRange: too many.
        NothingToDraw: a loot table has nothing left for the player.
    """
    spill = Spill() if by_mail else None
    _give(work, player_id, reward, counter_account, rule, times, spill)
    if reward.loot:
        spill = spill or Spill()
        _draw(work, player_id, reward.loot, rule, times, spill)
    if spill:
        spill.send(work, player_id, rule)


def _give(
    work: Work,
    player_id: str,
    reward: Reward,
    counter_account: str,
    rule: str,
    times: int,
    spill: Spill | None,
) -> None:
    """Everything but the draws."""
    for code, amount in reward.currencies:
        pay_currency(
            work,
            player_id,
            code,
            amount * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    for each in reward.items:
        give_item(
            work,
            player_id,
            work.catalog.items[each.item],
            each.quantity * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    if reward.xp:
        player = work.slice(PlayerBook).get(player_id)
        gain(work, player, min(reward.xp * times, AMOUNT_MAX), rule=rule, spill=spill)
    for multiplier in reward.multipliers:
        # Several of the same last longer; it takes no more facts.
        longer = TimedMultiplier(multiplier.factor_bp, multiplier.duration_us * times)
        grant_multiplier(work, player_id, longer, rule=rule)


def _draw(
    work: Work, player_id: str, rolls: tuple[LootRoll, ...], rule: str, times: int, spill: Spill
) -> None:
    reach = Reach(work.catalog)
    reach.add_loot(rolls, times)
    reach.require(work, player_id)
    mail.check_room(work, player_id)
    for roll in rolls:
        table = work.catalog.loot_tables[roll.table]
        cause = f"loot_table:{table.id}"
        for _ in range(roll.rolls * times):
            drawn = loot.draw(work, player_id, table, rule=rule)
            _give(work, player_id, drawn, ISSUANCE_LOOT, cause, 1, spill)


def pay_currency(
    work: Work,
    player_id: str,
    code: str,
    amount: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
) -> None:
    """Gives money; what is beyond the cap follows the currency's overflow policy.

    With a `spill` it goes there where the policy is to send or to refuse.

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
    if beyond and spill is None and definition.overflow is CurrencyOverflow.REFUSE:
        raise BalanceCap(code, definition.cap, balance.amount)
    if amount > beyond:
        currency.credit(
            work, player_id, code, amount - beyond, counter_account=counter_account, rule=rule
        )
    if not beyond:
        return
    to_mail = definition.overflow is not CurrencyOverflow.DISCARD
    policy = "mailbox" if to_mail else "discard"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=beyond, policy=policy, currency=code))
    if to_mail and spill is not None:
        spill.currencies[code] = spill.currencies.get(code, 0) + beyond
    elif to_mail:
        mail.send(work, player_id, Contents(currencies=((code, beyond),)), rule=f"overflow:{code}")


def give_item(
    work: Work,
    player_id: str,
    item: Item,
    quantity: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
) -> None:
    """Gives items; what finds no room follows the item's overflow policy.

    With a `spill` it goes there where the policy is to send or to refuse. What waits in the mailbox
    counts as given out.

    Raises:
        ItemLimit: the game gives no more of it out; or the player may not own so many, and the
            policy is to refuse.
        InventoryFull: there is no room, and the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    check_supply(work, item, quantity)
    fits = room_for(work, player_id, item, quantity)
    if fits < quantity and spill is None and item.overflow is ItemOverflow.REFUSE:
        raise no_room(work, player_id, item, quantity)
    if fits:
        note_issued(work, item, fits)
        add(work, player_id, item, fits, counter_account=counter_account, rule=rule)
    if fits < quantity:
        _overflow(work, player_id, item, quantity - fits, rule, spill)


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
    if free < fits and drop_expired(work, player_id):
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


def drop_expired(work: Work, player_id: str) -> bool:
    """Removes all that has expired; says whether anything had."""
    before = work.slice(InventoryBook).bag(player_id).slots_used
    for item in {stack.item for stack in work.slice(InventoryBook).everything(player_id)}:
        live(work, player_id, item)
    return work.slice(InventoryBook).bag(player_id).slots_used < before


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


def note_issued(work: Work, item: Item, quantity: int) -> None:
    """Counts what is given out, or waits in a mail, against the game's limit."""
    if item.limit_quantity:
        stock = work.slice(CommonBook).stock_of(f"item:{item.id}")
        work.touch(stock)
        stock.quantity = item.limit_quantity
        stock.delta += quantity


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


def _overflow(
    work: Work, player_id: str, item: Item, quantity: int, rule: str, spill: Spill | None
) -> None:
    converts = item.overflow is ItemOverflow.CONVERT
    policy = "convert" if converts else "mailbox"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=quantity, policy=policy, item=item.id))
    if converts:
        _convert(work, player_id, item, quantity, spill)
        return
    note_issued(work, item, quantity)
    if spill is not None:
        spill.items[item.id] = spill.items.get(item.id, 0) + quantity
        return
    contents = Contents(items=((item.id, quantity),))
    mail.send(work, player_id, contents, rule=f"overflow:{item.id}")


def _convert(work: Work, player_id: str, item: Item, quantity: int, spill: Spill | None) -> None:
    cause = f"convert:{item.id}"
    for code, worth in item.convert_to:
        pay_currency(
            work,
            player_id,
            code,
            worth * quantity,
            counter_account=cause,
            rule=cause,
            spill=spill,
        )


def gain(
    work: Work, player: PlayerState, base: int, *, rule: str, spill: Spill | None = None
) -> XpGained | None:
    """Gives XP outside of activities: multipliers apply, boards that count XP move."""
    gained = gain_xp(work, player, base, rule=rule, boosts=multipliers_at(player, work.now_us))
    pay_levels(work, player, spill=spill)
    if gained is not None and gained.amount:
        for board in work.catalog.boards_on_xp:
            submit(work, player.player_id, board, gained.amount, work.now_us, rule)
    return gained


def multipliers_at(player: PlayerState, at_us: int) -> tuple[tuple[str, int], ...]:
    """A player's multipliers at a moment, as factors."""
    return active_boosts(player.multipliers, at_us) if player.multipliers else ()


def pay_levels(work: Work, player: PlayerState, *, spill: Spill | None = None) -> None:
    """Pays the rewards of levels reached and not yet paid."""
    levels = work.catalog.levels
    for level in take_level_rewards(work, player):
        rule = f"level:{level}"
        for code, amount in levels.rewards.get(level, ()):
            pay_currency(
                work,
                player.player_id,
                code,
                amount,
                counter_account=ISSUANCE_LEVEL,
                rule=rule,
                spill=spill,
            )
        for item, quantity in levels.items.get(level, ()):
            give_item(
                work,
                player.player_id,
                work.catalog.items[item],
                quantity,
                counter_account=ISSUANCE_LEVEL,
                rule=rule,
                spill=spill,
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
            added_us=multiplier.duration_us,
        ),
    )
