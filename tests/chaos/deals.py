"""What players of the starter game own, buy, give and exchange: the operations.

The offers `edition` and `few` are of goods.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass

ORE, POTION, SWORD = "iron_ore", "health_potion", "wooden_sword"
CHEST, SCROLL = "wooden_chest", "xp_scroll"

SCROLL_XP = 100
FEE_DIVISOR = 20
"""Of coins that players give each other 5 % are lost."""

OFFERS = {
    "potion_pack": (40, POTION, 5),
    "edition": (20, SWORD, 1),
    "few": (10, ORE, 1),
}
"""Price in coins, and what they sell."""

DRAWN = {
    "coins": ("coins", 20),
    "iron_ore": (ORE, 3),
    "health_potion": (POTION, 1),
    "golden_key": ("golden_key", 1),
}
"""What the entries of a wooden chest are."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Items given by the game."""

    player: str
    id: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Buy:
    """One of an offer."""

    player: str
    id: str
    offer: str


@dataclass(frozen=True, slots=True)
class Consume:
    """A scroll of experience is read."""

    player: str
    id: str


@dataclass(frozen=True, slots=True)
class Open:
    """A wooden chest is opened."""

    player: str
    id: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Coins for another player; the amount is a multiple of `FEE_DIVISOR`."""

    player: str
    id: str
    companion: str
    amount: int


@dataclass(frozen=True, slots=True)
class Side:
    """What one player gives.

    Attributes:
        coins: a multiple of `FEE_DIVISOR`.
        ore: pieces.
        sword: an instance; empty for none.
    """

    coins: int = 0
    ore: int = 0
    sword: str = ""


@dataclass(frozen=True, slots=True)
class Propose:
    """A trade is proposed.

    Attributes:
        companion: the partner.
        lifetime_s: nobody accepts it, and it ends after so long; 0 for one that is ended.
    """

    player: str
    id: str
    companion: str
    offered: Side
    requested: Side = Side()
    lifetime_s: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """A trade is accepted, declined or cancelled, by whoever may.

    Attributes:
        companion: the other player of the trade.
        terms: how it was proposed.
        trade_id: the id it was given.
        accepted: by the partner.
    """

    player: str
    id: str
    companion: str
    terms: Propose
    trade_id: str
    accepted: bool


Deal = Grant | Buy | Consume | Open | Transfer | Propose | End


def accept(id: str, terms: Propose, trade_id: str) -> End:
    """The partner accepts."""
    return End(terms.companion, id, terms.player, terms, trade_id, accepted=True)


def companion_of(operation: object) -> str:
    """The other player of an operation of two; empty if it has only one."""
    return str(getattr(operation, "companion", ""))
