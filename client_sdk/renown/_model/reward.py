"""What definitions give: the rewards of items, offers and loot tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._model.common import CurrencyAmount


@dataclass(frozen=True, slots=True)
class ItemAmount:
    """A number of one item."""

    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LootRoll:
    """A number of draws from a loot table."""

    table_id: str
    rolls: int


@dataclass(frozen=True, slots=True)
class TimedMultiplier:
    """A factor of XP that acts for a while, in ten-thousandths: 20000 doubles."""

    basis_points: int
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Reward:
    """What a definition gives.

    Attributes:
        xp: XP before multipliers.
        currencies: amounts of money, in minor units.
        items: items.
        loot: draws from loot tables.
        multipliers: factors of XP that act for a while.
        badges: badges that are awarded.
        titles: titles that are earned.
        unlock_content: content of the game that may be used from now on.
        unlock_quests: quests that can be started from now on.
        achievements: achievements that are granted.
    """

    xp: int
    currencies: tuple[CurrencyAmount, ...]
    items: tuple[ItemAmount, ...]
    loot: tuple[LootRoll, ...]
    multipliers: tuple[TimedMultiplier, ...]
    badges: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    unlock_content: tuple[str, ...] = ()
    unlock_quests: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()
