"""Trades in memory. Times are microseconds since 1970; 0 is never."""

from __future__ import annotations

import enum

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded
from renown_server.inventory.rules import Taken


class TradeState(enum.IntEnum):
    """Where a trade stands. Values are those of `renown.v1.TradeState`."""

    OPEN = 1
    ACCEPTED = 2
    CANCELLED = 3
    DECLINED = 4
    EXPIRED = 5


class TradeItem(msgspec.Struct, frozen=True, array_like=True):
    """A number of one item, or one instance."""

    item: str
    instance: str = ""
    quantity: int = 1


class Side(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one player gives.

    Attributes:
        currencies: (currency, minor units), each currency once.
        items: each stack or instance once.
        badges: (badge, how many), each badge once.
    """

    currencies: tuple[tuple[str, int], ...] = ()
    items: tuple[TradeItem, ...] = ()
    badges: tuple[tuple[str, int], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it is nothing."""
        return not (self.currencies or self.items or self.badges)


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is held in escrow.

    Attributes:
        currencies: (currency, minor units for the partner, fee).
        items: the units and instances, with all they take along.
        badges: (badge, how many).
    """

    currencies: tuple[tuple[str, int, int], ...] = ()
    items: tuple[Taken, ...] = ()
    badges: tuple[tuple[str, int], ...] = ()


class TradeView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trade as its players see it; `state` is a `TradeState`."""

    trade_id: str
    proposer_id: str
    partner_id: str
    offered: Side
    requested: Side
    message: str
    created_us: int
    expires_us: int
    state: int = TradeState.OPEN
    ended_us: int = 0

    def counterpart(self, player_id: str) -> str:
        """The other player; empty for one who has no part in it."""
        if player_id == self.proposer_id:
            return self.partner_id
        return self.proposer_id if player_id == self.partner_id else ""

    def at(self, now_us: int) -> TradeView:
        """How it stands at a moment: it expires by itself, whoever notes that down later."""
        if self.state != TradeState.OPEN or now_us < self.expires_us:
            return self
        return msgspec.structs.replace(self, state=TradeState.EXPIRED, ended_us=self.expires_us)


class Trade(Entity):
    """A trade.

    Attributes:
        terms: who gives what; how it was when it was loaded or proposed.
        state: where it stands, by what was noted down.
        held: what is in escrow; nothing once it has ended.
        ended_us: when it ended.
        is_there: false if the command that proposed it was refused.
    """

    __slots__ = ("ended_us", "held", "is_there", "state", "terms")

    saved = ("state", "held", "ended_us", "is_there")

    def __init__(self, terms: TradeView, held: Held) -> None:
        super().__init__()
        self.terms = terms
        self.state = TradeState(terms.state)
        self.held = held
        self.ended_us = terms.ended_us
        self.is_there = True

    @property
    def view(self) -> TradeView:
        """The trade as its players see it."""
        return msgspec.structs.replace(self.terms, state=int(self.state), ended_us=self.ended_us)

    def is_open(self, now_us: int) -> bool:
        """Whether it can be accepted or cancelled at a moment."""
        return self.is_there and self.state is TradeState.OPEN and now_us < self.terms.expires_us


class TradeBook:
    """The trades of a batch: what was looked at, and what was proposed.

    Attributes:
        by_id: None for what does not exist.
        open: by proposer, when each open trade expires, by id; as it was loaded.
        proposed: by proposer, what this batch has proposed.
    """

    __slots__ = ("by_id", "open", "proposed")

    def __init__(self) -> None:
        self.by_id: dict[str, Trade | None] = {}
        self.open: dict[str, dict[str, int]] = {}
        self.proposed: dict[str, list[Trade]] = {}

    def find(self, trade_id: str) -> Trade | None:
        """A trade, or None if there is none.

        Raises:
            NotLoaded: nobody has looked.
        """
        if trade_id not in self.by_id:
            raise NotLoaded("trades", (trade_id,))
        trade = self.by_id[trade_id]
        return trade if trade is not None and trade.is_there else None

    def add(self, trade: Trade) -> None:
        """Takes in a trade that was proposed."""
        self.by_id[trade.terms.trade_id] = trade
        self.proposed.setdefault(trade.terms.proposer_id, []).append(trade)

    def count_open(self, proposer: str, now_us: int) -> int:
        """How many trades that a player has proposed are open.

        Raises:
            NotLoaded: nobody has looked.
        """
        loaded = self.open.get(proposer)
        if loaded is None:
            raise NotLoaded("open_trades", (proposer,))
        count = sum(trade.is_open(now_us) for trade in self.proposed.get(proposer, ()))
        for trade_id, expires_us in loaded.items():
            # What this batch has ended may have been loaded before or after.
            trade = self.by_id.get(trade_id)
            count += now_us < expires_us if trade is None else trade.is_open(now_us)
        return count
