"""The store: offers, purchases, and the odds and draws of loot tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.common import CurrencyAmount, CurrencyChange
from renown._model.inventory import Draw, RewardsReceived
from renown._model.revocation import Revocation
from renown._model.reward import Reward


@dataclass(frozen=True, slots=True)
class Price:
    """What one way to pay costs now, in minor units.

    Attributes:
        currencies: what is paid, all of them.
        undiscounted: what would be paid without a discount.
        discount_basis_points: the discount in force: 2500 is 25 % off.
        discount_ends_at: when it ends; None if it does not, or there is none.
    """

    currencies: tuple[CurrencyAmount, ...]
    undiscounted: tuple[CurrencyAmount, ...]
    discount_basis_points: int
    discount_ends_at: datetime | None

    def amounts(self) -> dict[str, int]:
        """Returns what one costs, by currency: what `purchase` takes as `expected`."""
        return {item.currency: item.amount for item in self.currencies}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something on sale.

    Attributes:
        offer_id: its id.
        name: for people.
        description: for people.
        icon: a picture's address.
        category: for the game's shelves.
        tags: for filters of the game.
        prices: the ways to pay, one of which is chosen; empty for what is free
            or sold for real money only.
        contents: what it gives.
        min_level: the level from which it can be bought.
        limit_per_player: how many a player may buy in the limit's window; 0 is
            no limit.
        remaining_for_player: how many of them are left; None without a limit.
        stock: how many there are for everybody; 0 is no limit.
        remaining_stock: how many are left; None without a limit.
        available_until: when it leaves the store; None if it stays.
        purchasable: this player could buy one now, funds aside.
        blocked_by: why not: the `REASON` of an error class, such as `SOLD_OUT`.
        product_id: its id in the stores that sell it for real money.
    """

    offer_id: str
    name: str
    description: str
    icon: str
    category: str
    tags: tuple[str, ...]
    prices: tuple[Price, ...]
    contents: Reward
    min_level: int
    limit_per_player: int
    remaining_for_player: int | None
    stock: int
    remaining_stock: int | None
    available_until: datetime | None
    purchasable: bool
    blocked_by: str
    product_id: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase.

    Attributes:
        purchase_id: names it among the player's purchases.
        player_id: who bought.
        offer_id: what was bought.
        quantity: how many.
        paid: what was paid, in minor units.
        rewards: what it gave.
        purchased_at: when.
        revoked_at: when it was undone; None if it stands.
        receipt_provider: the store that sold it for real money, if one did.
        receipt_id: that store's id of the sale.
        catalog_version: the version of the catalog that decided.
    """

    purchase_id: str
    player_id: str
    offer_id: str
    quantity: int
    paid: tuple[CurrencyAmount, ...]
    rewards: RewardsReceived
    purchased_at: datetime
    revoked_at: datetime | None
    receipt_provider: str
    receipt_id: str
    catalog_version: int


@dataclass(frozen=True, slots=True)
class PurchaseResult:
    """A purchase, and what paying did to the player's balances."""

    purchase: Purchase
    payments: tuple[CurrencyChange, ...]


@dataclass(frozen=True, slots=True)
class PurchaseRevocation:
    """What was taken and given back, and the purchase as it stands now."""

    revocation: Revocation
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely one entry of a loot table is.

    Attributes:
        entry_id: the entry.
        weight: its weight now; 0 if it can't be drawn.
        probability_ppm: its share in millionths; all add up to 1,000,000.
        reward: what it gives.
        owned: the player has it already.
    """

    entry_id: str
    weight: int
    probability_ppm: int
    reward: Reward
    owned: bool


@dataclass(frozen=True, slots=True)
class OddsTable:
    """What a player's next draw from a loot table would be like.

    Attributes:
        odds: the entries, in the table's order.
        total_weight: the sum of the weights.
        pity_count: how many draws in a row have missed.
        pity_after: the number of misses after which the next draw is
            guaranteed; 0 if the table has no pity.
        guaranteed: the next draw is guaranteed.
        catalog_version: the version of the catalog that holds the table.
    """

    odds: tuple[Odds, ...]
    total_weight: int
    pity_count: int
    pity_after: int
    guaranteed: bool
    catalog_version: int


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """A draw, the activity_id or request_id that caused it, and when it was made."""

    draw: Draw
    command_id: str
    recorded_at: datetime
