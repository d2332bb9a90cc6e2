"""The model's trades: what is offered is held until they end."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.kit.economy_model import Money, Player, Refused, Stack, need
from tests.kit.economy_model_goods import (
    CURRENCIES,
    ITEMS,
    TRADE_LIFETIME,
    TRADES_OPEN,
    Pairs,
)
from tests.kit.economy_model_store import Store
from tests.kit.economy_model_world import fee_of

TradeItems = list[tuple[str, str, int]]
"""(item, instance, quantity)."""


Held = list[tuple[str, list[tuple[str, Stack]]]]
"""(item, what was taken of it)."""


@dataclass
class Trade:
    """A trade; `held` is what its proposer has given."""

    proposer: str
    partner: str
    offered: tuple[Pairs, TradeItems]
    requested: tuple[Pairs, TradeItems]
    expires: int
    state: str = "OPEN"
    held: Held = field(default_factory=list)


@dataclass
class World(Store):
    """Everything."""

    trades: dict[str, Trade] = field(default_factory=dict)

    def propose(
        self,
        who: str,
        to: str,
        offered: tuple[Pairs, TradeItems],
        requested: tuple[Pairs, TradeItems],
        name: str,
    ) -> None:
        """ProposeTrade."""
        need(who != to, "SAME_PLAYER")
        need(any((*offered, *requested)), "INVALID_ARGUMENT")
        for item, instance, _ in offered[1]:
            self.check_named(item, instance)
        for codes, items in (offered, requested):
            need(all(CURRENCIES[code]["giftable"] for code, _ in codes), "NOT_TRADEABLE")
            need(all(ITEMS[item]["tradeable"] for item, _, _ in items), "NOT_TRADEABLE")
        mine = [one for one in self.trades.values() if one.proposer == who and self.is_open(one)]
        need(len(mine) < TRADES_OPEN, "TRADE_LIMIT")
        self._check_within(self.players[who], offered)
        trade = Trade(who, to, offered, requested, self.now + TRADE_LIFETIME)
        trade.held = self._give(self.players[who], offered)
        self.trades[name] = trade

    def _check_within(self, player: Player, side: tuple[Pairs, TradeItems]) -> None:
        codes, items = side
        for code, _ in codes:
            need(player.has(code) <= CURRENCIES[code]["cap"], "BALANCE_CAP")
        if items:
            names = {item: 0 for item, _, _ in items}
            self.check_arrival(player, names, before=0)

    def is_open(self, trade: Trade) -> bool:
        """Whether it waits."""
        return trade.state == "OPEN" and self.now < trade.expires

    def _give(self, player: Player, side: tuple[Pairs, TradeItems]) -> Held:
        codes, items = side
        for code, amount in codes:
            Money.debit(player, code, amount)
        return [
            (item, self.take(player, item, quantity, instance))
            for item, instance, quantity in items
        ]

    def _receive(self, player: Player, codes: Pairs, held: Held) -> None:
        for code, amount in codes:
            if left := amount - fee_of(code, amount):
                Money.credit(player, code, left)
        for item, taken in held:
            self.receive(player, item, taken)

    def accept(self, who: str, name: str) -> None:
        """AcceptTrade: both give before they get, so that a swap needs no free slot."""
        trade = self._of(who, name)
        need(who == trade.partner, "PERMISSION_DENIED")
        need(self.is_open(trade), "TRADE_ENDED")
        proposer, partner = self.players[trade.proposer], self.players[who]
        before = {one.name: one.slots(self.now) for one in (proposer, partner)}
        for item, instance, _ in trade.requested[1]:
            gone = instance and instance not in dict(partner.live(item, self.now))
            need(not gone, "INSUFFICIENT_ITEMS")
        given = self._give(partner, trade.requested)
        if not any(trade.requested):
            self._count_gift(proposer, partner, trade.offered[0])
        elif not any(trade.offered):
            self._count_gift(partner, proposer, trade.requested[0])
        held = trade.held
        trade.state, trade.held = "ACCEPTED", []
        self._receive(partner, trade.offered[0], held)
        self._receive(proposer, trade.requested[0], given)
        for one, gets in ((partner, held), (proposer, given)):
            self.check_arrival(one, {item: 0 for item, _ in gets}, before[one.name])

    def _of(self, who: str, name: str) -> Trade:
        trade = self.trades.get(name)
        if trade is None or who not in (trade.proposer, trade.partner):
            raise Refused("TRADE_NOT_FOUND")
        return trade

    def _count_gift(self, giver: Player, receiver: Player, codes: Pairs) -> None:
        for code, amount in codes:
            self.count_sent(giver, code, amount)
            if left := amount - fee_of(code, amount):
                self.count_received(receiver, code, left)

    def cancel(self, who: str, name: str) -> None:
        """CancelTrade: what was held goes back, without a fee."""
        trade = self._of(who, name)
        need(self.is_open(trade), "TRADE_ENDED")
        self._give_back(trade)
        trade.state = "CANCELLED" if who == trade.proposer else "DECLINED"

    def expire(self) -> None:
        """What has expired gives back what it held."""
        for trade in self.trades.values():
            if trade.state == "OPEN" and trade.expires <= self.now:
                self._give_back(trade)
                trade.state = "EXPIRED"

    def _give_back(self, trade: Trade) -> None:
        player = self.players[trade.proposer]
        for code, amount in trade.offered[0]:
            Money.give_back(player, code, amount)
        for item, taken in trade.held:
            self.receive(player, item, taken)
        trade.held = []
