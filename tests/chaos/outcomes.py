"""What deals change, worked out without the server; and whether their answers say so.

Prices, gifts and fees are known beforehand. What is drawn is not: that is taken from the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from renown.v1 import trade_service_pb2 as pb
from tests.chaos.deals import (
    CHEST,
    DRAWN,
    FEE_DIVISOR,
    OFFERS,
    ORE,
    SCROLL,
    SCROLL_XP,
    SWORD,
    Buy,
    Consume,
    Deal,
    End,
    Grant,
    Open,
    Propose,
    Side,
    Transfer,
)
from tests.chaos.model import Player

PlayerOf = Callable[[str], Player]


def carry_out(player_of: PlayerOf, deal: Deal, answer: Any) -> None:
    """Changes the players of a deal."""
    player = player_of(deal.player)
    match deal:
        case Grant():
            player.items[deal.item] += deal.quantity
        case Buy():
            price, item, quantity = OFFERS[deal.offer]
            player.balances["coins"] -= price
            player.items[item] += quantity
        case Consume():
            player.items[SCROLL] -= 1
            player.gain(SCROLL_XP)
        case Open():
            _open(player, answer)
        case Transfer():
            _move(player, Side(coins=deal.amount), -1)
            _arrive(player_of(deal.companion), Side(coins=deal.amount))
        case Propose(lifetime_s=0):
            _move(player, deal.offered, -1)
        case Propose():
            player_of(deal.companion)  # in the end all is as it was
        case End(terms=terms, accepted=True):
            _move(player, terms.requested, -1)
            _arrive(player, terms.offered)
            _arrive(player_of(terms.player), terms.requested)
        case End(terms=terms):
            _move(player_of(terms.player), terms.offered, 1)


def _open(player: Player, answer: Any) -> None:
    player.items[CHEST] -= 1
    (draw,) = answer.rewards.draws
    what, amount = DRAWN[draw.entry_id]
    if what == "coins":
        player.balances[what] += amount
    else:
        player.items[what] += amount


def _move(player: Player, side: Side, sign: int) -> None:
    player.balances["coins"] += sign * side.coins
    player.items[ORE] += sign * side.ore
    player.items[SWORD] += sign * bool(side.sword)


def _arrive(player: Player, side: Side) -> None:
    _move(player, side, 1)
    player.balances["coins"] -= side.coins // FEE_DIVISOR


def check(player_of: PlayerOf, deal: Deal, answer: Any) -> None:
    """Compares an answer with the players after the deal, on whom nobody else may act.

    Raises:
        AssertionError: it says something else.
    """
    player = player_of(deal.player)
    evidence = f"{deal} was answered by {answer}, expected {player}"
    postings: list[Any] = []
    rewards: Any = None
    match deal:
        case Buy():
            rewards, postings = answer.purchase.rewards, list(answer.payments)
            assert [-each.amount for each in postings] == [OFFERS[deal.offer][0]], evidence
        case Transfer():
            postings = list(answer.transaction.postings)
            received = [(each.currency, each.amount) for each in answer.received]
            assert received == [("coins", deal.amount - deal.amount // FEE_DIVISOR)], evidence
        case Propose() | End():
            assert answer.trade.state == _state(deal), evidence
            parties = {answer.trade.proposer_id, answer.trade.partner_id}
            assert parties == {deal.player, deal.companion}, evidence
        case _:
            rewards = answer.rewards
    if rewards is not None:
        postings += rewards.currencies
        owned = {each.item_id: each.quantity_after for each in rewards.items}
        owned.pop(SWORD, None)  # each is one of its own
        assert all(player.items[item] == after for item, after in owned.items()), evidence
        assert not rewards.mail, evidence
    if isinstance(deal, Consume):
        assert (rewards.xp, rewards.level) == (SCROLL_XP, player.level), evidence
    balances = {each.currency: each.balance_after for each in postings}
    assert all(player.balances[code] == after for code, after in balances.items()), evidence


def _state(deal: Propose | End) -> int:
    if isinstance(deal, Propose):
        return pb.TRADE_STATE_OPEN
    if deal.accepted:
        return pb.TRADE_STATE_ACCEPTED
    own = deal.player == deal.terms.player
    return pb.TRADE_STATE_CANCELLED if own else pb.TRADE_STATE_DECLINED
