"""Validated definitions of items and loot tables as parts of the snapshot."""

from __future__ import annotations

from collections.abc import Iterable

from renown.v1 import catalog_pb2 as pb
from renown.v1 import inventory_service_pb2 as inventory_pb
from renown.v1 import reward_pb2
from renown_server.catalog.fields import amounts, bound_us, duration_us
from renown_server.catalog.goods import (
    MAIL_LIFETIME_DEFAULT_US,
    MAILBOX_CAPACITY_DEFAULT,
    MAX_STACK_DEFAULT,
    TRADE_LIFETIME_DEFAULT_US,
    TRADES_OPEN_DEFAULT,
    DuplicatePolicy,
    Economy,
    Item,
    ItemAmount,
    ItemDisplay,
    ItemKind,
    ItemOverflow,
    ItemUse,
    LootEntry,
    LootRoll,
    LootTable,
    Reward,
    TimedMultiplier,
)


def economy(item: pb.EconomySettings) -> Economy:
    """The settings, with what holds where they are silent."""
    mail_us = MAIL_LIFETIME_DEFAULT_US
    trade_us = TRADE_LIFETIME_DEFAULT_US
    return Economy(
        inventory_capacity=item.inventory_capacity,
        mail_lifetime_us=(
            duration_us(item.mail_lifetime) if item.HasField("mail_lifetime") else mail_us
        ),
        mailbox_capacity=item.mailbox_capacity or MAILBOX_CAPACITY_DEFAULT,
        trade_lifetime_max_us=(
            duration_us(item.trade_lifetime_max)
            if item.HasField("trade_lifetime_max")
            else trade_us
        ),
        trades_open_max=item.trades_open_max or TRADES_OPEN_DEFAULT,
        new_account_hold_us=duration_us(item.new_account_hold),
    )


def item_amounts(items: Iterable[reward_pb2.ItemAmount]) -> tuple[ItemAmount, ...]:
    """Items and how many of each, in the order of the file."""
    return tuple(ItemAmount(item.item_id, item.quantity) for item in items)


def loot_rolls(items: Iterable[reward_pb2.LootRoll]) -> tuple[LootRoll, ...]:
    """Draws, in the order of the file; one where the file gives no number."""
    return tuple(LootRoll(item.table_id, item.rolls or 1) for item in items)


def reward(item: reward_pb2.Reward) -> Reward:
    """What a definition gives."""
    return Reward(
        xp=item.xp,
        currencies=amounts(item.currencies),
        items=item_amounts(item.items),
        loot=loot_rolls(item.loot),
        multipliers=tuple(
            TimedMultiplier(factor.basis_points, duration_us(factor.duration))
            for factor in item.multipliers
        ),
        badges=tuple(item.badges),
        titles=tuple(item.titles),
        unlock_content=tuple(item.unlock_content),
        unlock_quests=tuple(item.unlock_quests),
        achievements=tuple(item.achievements),
    )


def item(item: pb.ItemDefinition) -> Item:
    """A thing that players own.

    Raises:
        ValueError: it was not validated.
    """
    uses = item.uses or 1
    instanced = item.unique or uses > 1
    return Item(
        id=item.id,
        name=item.name,
        description=item.description,
        kind=ItemKind(item.kind or ItemKind.MATERIAL.value),
        cosmetic_kind=item.cosmetic_kind,
        rarity=item.rarity or inventory_pb.RARITY_COMMON,
        display=_display(item.display),
        tags=tuple(item.tags),
        max_stack=1 if instanced else item.max_stack or MAX_STACK_DEFAULT,
        is_instanced=instanced,
        unique=item.unique,
        slotless=item.slotless,
        lifetime_us=duration_us(item.lifetime),
        uses=uses,
        use=_use(item.use) if item.HasField("use") else None,
        slot=item.slot,
        min_level=item.min_level,
        tradeable=item.tradeable,
        giftable=item.giftable,
        limit_quantity=item.limited.quantity,
        limit_per_player=item.limited.per_player,
        available_until_us=bound_us(item.limited.available_until),
        overflow=ItemOverflow(item.overflow or ItemOverflow.REFUSE.value),
        convert_to=amounts(item.convert_to),
        achievements=tuple(item.achievements),
    )


def loot_table(item: pb.LootTableDefinition) -> LootTable:
    """What is drawn from."""
    entries = tuple(LootEntry(each.id, each.weight, reward(each.reward)) for each in item.entries)
    return LootTable(
        id=item.id,
        name=item.name,
        description=item.description,
        entries=entries,
        total_weight=sum(entry.weight for entry in entries),
        pity_after=item.pity.after,
        pity_entries=frozenset(item.pity.entries),
        duplicates=DuplicatePolicy(item.duplicates or DuplicatePolicy.ALLOW.value),
        duplicate_reward=amounts(item.duplicate_reward),
    )


def _display(item: inventory_pb.ItemDisplay) -> ItemDisplay:
    return ItemDisplay(
        title=item.title,
        icon=item.icon,
        image=item.image,
        preview=item.preview,
        particle=item.particle,
        sound=item.sound,
        animation=item.animation,
    )


def _use(item: pb.ItemUse) -> ItemUse:
    return ItemUse(
        effects=reward(item.effects),
        cooldown_us=duration_us(item.cooldown),
        environments=frozenset(item.environments),
        activities=frozenset(item.activities),
        keys=item_amounts(item.keys),
    )
