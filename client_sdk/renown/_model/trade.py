"""Trades: exchanges between two players."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from renown._model.basics import WireEnum
from renown._model.common import CurrencyAmount


class TradeState(WireEnum):
    """Where a trade stands. A proposer ends it as CANCELLED, a partner as DECLINED."""

    UNKNOWN = 0
    OPEN = 1
    ACCEPTED = 2
    CANCELLED = 3
    DECLINED = 4
    EXPIRED = 5


@dataclass(frozen=True, slots=True)
class TradeItem:
    """A number of one item, or one instance."""

    item_id: str
    instance_id: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class TradeBadge:
    """A number of one badge."""

    badge_id: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class TradeSide:
    """What one player gives.

    Attributes:
        currencies: amounts of money in minor units, each currency once.
        items: items, each stack or instance once.
        badges: tradeable badges, each once.
    """

    currencies: tuple[CurrencyAmount, ...] = ()
    items: tuple[TradeItem, ...] = ()
    badges: tuple[TradeBadge, ...] = ()

    @classmethod
    def of(
        cls,
        currencies: Mapping[str, int] | None = None,
        items: Mapping[str, int] | None = None,
        instances: Mapping[str, str] | None = None,
        badges: Mapping[str, int] | None = None,
    ) -> Self:
        """Makes a side from amounts by currency and quantities by item and badge.

        Args:
            currencies: amounts in minor units, by currency code.
            items: quantities from stacks, by item.
            instances: items by instance id: `{"17": "sword"}`.
            badges: quantities by badge.
        """
        stacks = [TradeItem(item, quantity=count) for item, count in (items or {}).items()]
        ones = [TradeItem(item, instance) for instance, item in (instances or {}).items()]
        money = [CurrencyAmount(code, amount) for code, amount in (currencies or {}).items()]
        emblems = [TradeBadge(badge, count) for badge, count in (badges or {}).items()]
        return cls(tuple(money), (*stacks, *ones), tuple(emblems))


@dataclass(frozen=True, slots=True)
class Trade:
    """An exchange between two players.

    Attributes:
        trade_id: its id.
        proposer_id: who proposed it.
        partner_id: who may accept it.
        offered: what the proposer gives; held until the trade ends.
        requested: what the partner gives.
        state: where it stands.
        message: for the partner.
        created_at: when it was proposed.
        expires_at: when it ends by itself.
        ended_at: when it ended; None while it is open.
    """

    trade_id: str
    proposer_id: str
    partner_id: str
    offered: TradeSide
    requested: TradeSide
    state: TradeState
    message: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
