"""Whether an offer is on sale, and what a purchase of it counts towards; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from renown_server.catalog.goods import LimitWindow, Offer, Rotation
from renown_server.profile.days import EPOCH_DAY, day_in
from renown_server.store.rotations import Window, turn_at
from renown_server.store.state import NO_WINDOW

EVER = Window(0, 0)

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Sale:
    """An offer on sale.

    Attributes:
        offer: the offer.
        turn: the rotation's turn that sells it; for ever if none does.
        ends_us: when it leaves the store, microseconds since 1970; 0 if it stays.
    """

    offer: Offer
    turn: Window
    ends_us: int

    @property
    def stock_id(self) -> str:
        """The stock it is taken from; empty if there is no limit. Each turn has its own."""
        if not self.offer.stock:
            return ""
        start = f"@{self.turn.starts_us}" if self.offer.rotation else ""
        return f"offer:{self.offer.id}{start}"

    def window_us(self, zone: str, moment_us: int) -> int:
        """The window in which the player's purchases count; `NO_WINDOW` without a limit.

        Args:
            zone: the player's, by its IANA name.
            moment_us: when, microseconds since 1970.
        """
        if not self.offer.limit_per_player:
            return NO_WINDOW
        match self.offer.limit_window:
            case LimitWindow.EVER:
                return EVER.starts_us
            case LimitWindow.ROTATION:
                return self.turn.starts_us
            case LimitWindow.DAILY:
                return day_in(zone, moment_us) * _DAY_US
            case LimitWindow.WEEKLY:
                day = day_in(zone, moment_us)
                return (day - date.fromordinal(day + EPOCH_DAY).weekday()) * _DAY_US


def sale_of(offer: Offer, rotations: Mapping[str, Rotation], moment_us: int) -> Sale | None:
    """The sale of an offer at a moment; None if it is not on sale."""
    until_us = offer.available_until_us
    if moment_us < offer.available_from_us or (until_us and moment_us >= until_us):
        return None
    if not offer.rotation:
        return Sale(offer, EVER, until_us)
    turn = turn_at(rotations[offer.rotation], moment_us)
    if offer.id not in turn.offers:
        return None
    ends = [end for end in (until_us, turn.window.ends_us) if end]
    return Sale(offer, turn.window, min(ends, default=0))


def counts(before_us: int, window_us: int, bought: int) -> int:
    """How many of a limited offer count now.

    Args:
        before_us: the window of the latest purchase.
        window_us: the window of now.
        bought: how many were bought in the former.
    """
    return bought if before_us >= window_us else 0
