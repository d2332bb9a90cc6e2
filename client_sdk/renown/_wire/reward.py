"""Rewards of definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renown._model.reward import ItemAmount, LootRoll, Reward, TimedMultiplier
from renown._wire.common import currency_amounts
from renown._wire.scalars import check_quantities
from renown.v1 import reward_pb2 as pb


def reward(message: pb.Reward) -> Reward:
    """Reads a Reward."""
    return Reward(
        xp=message.xp,
        currencies=currency_amounts(message.currencies),
        items=item_amounts(message.items),
        loot=tuple(LootRoll(item.table_id, item.rolls) for item in message.loot),
        multipliers=tuple(
            TimedMultiplier(item.basis_points, item.duration.ToTimedelta())
            for item in message.multipliers
        ),
        badges=tuple(message.badges),
        titles=tuple(message.titles),
        unlock_content=tuple(message.unlock_content),
        unlock_quests=tuple(message.unlock_quests),
        achievements=tuple(message.achievements),
    )


def item_amounts(messages: Iterable[pb.ItemAmount]) -> tuple[ItemAmount, ...]:
    """Reads ItemAmounts, in their order."""
    return tuple(ItemAmount(message.item_id, message.quantity) for message in messages)


def to_item_amounts(items: Mapping[str, int]) -> list[pb.ItemAmount]:
    """Writes ItemAmounts, in their order.

    Raises:
        TypeError: a quantity is not an int.
    """
    check_quantities(items)
    return [pb.ItemAmount(item_id=item, quantity=count) for item, count in items.items()]
