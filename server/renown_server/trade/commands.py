"""The commands of trades. Each locks both players, and they guard the trade's row."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work
from renown_server.trade import rules
from renown_server.trade.state import Side, TradeView

SYSTEM = "system:trades"
"""Who ends what has expired."""


class ProposeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a ProposeTrade; a lifetime of 0 is the catalog's longest."""

    request_id: str
    player_id: str
    partner_id: str
    offered: Side
    requested: Side
    message: str = ""
    lifetime_us: int = 0

    # What its ledger entry says.
    event_type: ClassVar[str] = "trade"

    @property
    def description(self) -> str:
        """What its ledger entry says to people."""
        return self.message


class ProposeTrade(Command):
    """Proposes a trade."""

    __slots__ = ()

    method = "ProposeTrade"
    parts = ("wallets", "items", "bags", "open_trades")
    body: ProposeBody

    def wanted(self) -> tuple[str, ...]:
        """What it always needs, and the badges of who gives some."""
        return _with_badges(self.parts, self.body)

    def keys(self, part: str) -> tuple[Any, ...]:
        """What the proposer has open, and has of what is offered."""
        proposer = self.body.player_id
        if part == "open_trades":
            return (proposer,)
        return tuple([(proposer, each.item) for each in self.body.offered.items])

    def decide(self, work: Work) -> TradeView:
        """Holds what is offered."""
        body = self.body
        trade = rules.propose(
            work,
            body.player_id,
            body.partner_id,
            offered=body.offered,
            requested=body.requested,
            message=body.message,
            lifetime_us=body.lifetime_us,
            rule=f"request:{self.method}",
        )
        return trade.view


def _with_badges(parts: tuple[str, ...], terms: ProposeBody | TradeView) -> tuple[str, ...]:
    return (*parts, "earned") if terms.offered.badges or terms.requested.badges else parts


class EndBody(msgspec.Struct, frozen=True):
    """The decoded request of an AcceptTrade or CancelTrade, or the expiry of a trade.

    `player_id` is who acts; empty if the trade has expired.
    """

    request_id: str
    player_id: str
    trade_id: str

    # What its ledger entries say.
    event_type: ClassVar[str] = "trade"
    reference_type: ClassVar[str] = "trade"

    @property
    def reference_id(self) -> str:
        """The trade."""
        return self.trade_id


class _OfTrade(Command):
    """Ends a trade.

    Args:
        trade: the trade as the caller has read it. Only what never changes of it is used: its
            players, who are locked, and what it is about, which is loaded.
        key: makes it exactly-once.
        principal: who asked.
        player_id: who acts; empty if nobody does.
    """

    __slots__ = ("_terms",)

    parts = ("wallets", "items", "bags", "trades")
    body: EndBody

    def __init__(
        self, trade: TradeView, *, key: RequestKey, principal: str, player_id: str = ""
    ) -> None:
        actor = player_id or trade.proposer_id
        super().__init__(
            key=key,
            players=(actor, trade.counterpart(actor)),
            principal=principal,
            body=EndBody(key.request_id, player_id, trade.trade_id),
        )
        self._terms = trade

    def wanted(self) -> tuple[str, ...]:
        """What it always needs, and the badges of who gives some."""
        return _with_badges(self.parts, self._terms)

    def keys(self, part: str) -> tuple[Any, ...]:
        """The trade, or what its players have of what comes back."""
        if part == "trades":
            return (self._terms.trade_id,)
        terms = self._terms
        return tuple([(terms.proposer_id, each.item) for each in terms.offered.items])


class AcceptTrade(_OfTrade):
    """Carries a trade out."""

    __slots__ = ()

    method = "AcceptTrade"

    def keys(self, part: str) -> tuple[Any, ...]:
        """The trade, or what its players have of what they exchange."""
        if part == "trades":
            return super().keys(part)
        terms = self._terms
        asked = [each.item for each in terms.requested.items]
        partner = [*asked, *[each.item for each in terms.offered.items]]
        return tuple(
            [(terms.proposer_id, item) for item in asked]
            + [(terms.partner_id, item) for item in partner]
        )

    def decide(self, work: Work) -> TradeView:
        """Hands over what both give."""
        trade = rules.find(work, self.body.trade_id, self.body.player_id)
        rules.accept(work, trade, self.body.player_id, rule=f"request:{self.method}")
        return trade.view


class CancelTrade(_OfTrade):
    """Ends a trade by one of its players."""

    __slots__ = ()

    method = "CancelTrade"

    def decide(self, work: Work) -> TradeView:
        """Gives back what was held."""
        trade = rules.find(work, self.body.trade_id, self.body.player_id)
        rules.cancel(work, trade, self.body.player_id, rule=f"request:{self.method}")
        return trade.view


class ExpireTrade(_OfTrade):
    """Ends a trade whose time is over."""

    __slots__ = ()

    method = "ExpireTrade"

    def __init__(self, trade: TradeView) -> None:
        # One key for all workers that find it: the first one's effect is the only one.
        key = RequestKey(SYSTEM, f"expire/{trade.trade_id}")
        super().__init__(trade, key=key, principal=SYSTEM)

    def decide(self, work: Work) -> None:
        """Gives back what was held."""
        trade = rules.find(work, self.body.trade_id, self.players[0])
        rules.expire(work, trade, rule="expiry:trade")
