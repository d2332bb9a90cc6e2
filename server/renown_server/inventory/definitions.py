"""Definitions of items and rewards: domain → messages."""

from __future__ import annotations

from renown.v1 import inventory_service_pb2 as pb
from renown.v1 import reward_pb2
from renown_server.catalog.goods import Item, ItemSource, Reward
from renown_server.catalog.openness import open_reward
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.inventory.queries import ItemFigures
from renown_server.wire.timestamps import US_PER_S, set_timestamp, to_duration

INT64_MAX = 2**63 - 1
_PPM = 1_000_000


def reward_message(reward: Reward) -> reward_pb2.Reward:
    """What a definition gives."""
    message = reward_pb2.Reward()
    fill_reward(message, reward)
    return message


def fill_reward(message: reward_pb2.Reward, reward: Reward) -> None:
    """Says what a definition gives, of which nothing may be secret to who reads it."""
    message.xp = reward.xp
    for code, amount in reward.currencies:
        message.currencies.add(currency=code, amount=amount)
    for each in reward.items:
        message.items.add(item_id=each.item, quantity=each.quantity)
    for roll in reward.loot:
        message.loot.add(table_id=roll.table, rolls=roll.rolls)
    for multiplier in reward.multipliers:
        message.multipliers.add(
            basis_points=multiplier.factor_bp, duration=to_duration(multiplier.duration_us)
        )
    message.badges.extend(reward.badges)
    message.titles.extend(reward.titles)
    message.unlock_content.extend(reward.unlock_content)
    message.unlock_quests.extend(reward.unlock_quests)
    message.achievements.extend(reward.achievements)


def item_view(catalog: CatalogSnapshot, item: Item) -> pb.ItemDefinitionView:
    """What everybody may know of an item."""
    look = item.display
    view = pb.ItemDefinitionView(
        item_id=item.id,
        name=item.name,
        description=item.description,
        kind=pb.ItemKind.ValueType(item.kind.value),
        cosmetic_kind=pb.CosmeticKind.ValueType(item.cosmetic_kind),
        rarity=pb.Rarity.ValueType(item.rarity),
        display=pb.ItemDisplay(
            title=look.title,
            icon=look.icon,
            image=look.image,
            preview=look.preview,
            particle=look.particle,
            sound=look.sound,
            animation=look.animation,
        ),
        tags=item.tags,
        max_stack=item.max_stack,
        unique=item.unique,
        lifetime_s=item.lifetime_us // US_PER_S,
        # An item that is used once is not counted down.
        uses=item.uses if item.uses > 1 else 0,
        min_level=item.min_level,
        slot=item.slot,
        tradeable=item.tradeable,
        giftable=item.giftable,
        limit_quantity=item.limit_quantity,
        limit_per_player=item.limit_per_player,
        overflow=pb.ItemOverflow.ValueType(item.overflow.value),
        purchasable=_is_sold(catalog, item),
    )
    if item.available_until_us:
        set_timestamp(view.available_until, item.available_until_us)
    if item.use is not None:
        view.cooldown_s = item.use.cooldown_us // US_PER_S
        view.environments.extend(sorted(item.use.environments))
        view.activities.extend(sorted(item.use.activities))
        fill_reward(view.effects, open_reward(catalog.progression, item.use.effects))
    return view


def _is_sold(catalog: CatalogSnapshot, item: Item) -> bool:
    return any(source.type == "offer" for source in catalog.item_sources.get(item.id, ()))


def source_message(source: ItemSource) -> pb.ItemSource:
    """One way to get an item."""
    return pb.ItemSource(type=source.type, id=source.id, probability_ppm=source.probability_ppm)


def statistics_message(figures: ItemFigures) -> pb.ItemStatistics:
    """How an item has fared. What int64 cannot hold is said as its greatest number."""
    active = max(0, figures.distributed - figures.used - figures.removed)
    everything = figures.distributed_all
    share = figures.distributed * _PPM // everything if everything else 0
    return pb.ItemStatistics(
        distributed=min(figures.distributed, INT64_MAX),
        used=min(figures.used, INT64_MAX),
        active=min(active, INT64_MAX),
        removed=min(figures.removed, INT64_MAX),
        average_hold_s=min(figures.held_s // figures.used, INT64_MAX) if figures.used else 0,
        popularity_ppm=share,
    )
