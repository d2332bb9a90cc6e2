"""What trades do; pure.

What the proposer offers is held in escrow from the moment it is proposed: money and items are
posted against `escrow:<trade_id>`, and once the trade has ended these postings add up to nothing.
The fee of a currency leaves a player with the money, against `sink:trade_fee`, and comes back with
it if the trade is not carried out.

Badges in escrow are still the proposer's own, as far as what a player may own is concerned, and
are no use to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.badges import holding
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency import rules as currency
from renown_server.engine.facts import TradeChanged
from renown_server.engine.work import Work
from renown_server.errors import (
    Conflict,
    InvalidArgument,
    PermissionDenied,
    TradeEnded,
    TradeLimit,
    TradeNotFound,
)
from renown_server.inventory import gifts
from renown_server.inventory import rules as inventory
from renown_server.inventory.rules import Taken
from renown_server.inventory.state import InventoryBook, Owner
from renown_server.trade.badges import PutBadge, count_badges
from renown_server.trade.sides import (
    check_badges,
    check_sides,
    check_there,
    check_tradeable,
    check_within,
)
from renown_server.trade.state import (
    Held,
    Side,
    Trade,
    TradeBook,
    TradeItem,
    TradeState,
    TradeView,
)

SINK_TRADE_FEE = "sink:trade_fee"


def escrow(trade_id: str) -> str:
    """The counter-account of what a trade holds."""
    return f"escrow:{trade_id}"


def propose(
    work: Work,
    proposer: str,
    partner: str,
    *,
    offered: Side,
    requested: Side,
    message: str,
    lifetime_us: int,
    rule: str,
) -> Trade:
    """Proposes a trade and takes what is offered.

    It expires with the first of the offered items, so that nothing is gone when it is accepted.

    Args:
        work: the batch.
        proposer: who offers.
        partner: who may accept.
        offered: what the proposer gives.
        requested: what the partner gives.
        message: for the partner.
        lifetime_us: how long it stays open; the catalog's longest when 0.
        rule: why.

    Raises:
        InvalidArgument, UnknownCurrency, UnknownItem, BadgeNotFound: the trade makes no sense.
        NotTradeable: something may not be traded.
        AccountTooNew, TradeLimit: the proposer may not trade now.
        BalanceCap, ItemLimit, InventoryFull: the proposer is beyond a limit of what is offered.
        InsufficientFunds, InsufficientItems, ItemNotFound, ItemEquipped, InsufficientBadges,
            BadgeInUse: the proposer can't give it.
    """
    for side in (offered, requested):
        check_badges(work, proposer, partner, side)
    check_sides(work, offered, requested)
    longest_us = work.catalog.economy.trade_lifetime_max_us
    if lifetime_us > longest_us:
        raise InvalidArgument("lifetime", f"must be at most {longest_us // 1_000_000} s")
    gifts.check_hold(work, proposer)
    book = work.slice(TradeBook)
    most = work.catalog.economy.trades_open_max
    if book.count_open(proposer, work.now_us) >= most:
        raise TradeLimit(most)
    check_within(work, proposer, offered)
    trade_id = work.random.token(16)
    held = _hold(work, proposer, offered, escrow(trade_id), rule, put_badge=holding.escrow)
    ends = [work.now_us + (lifetime_us or longest_us)]
    ends += [taken.expires_us for taken in held.items if taken.expires_us]
    terms = TradeView(
        trade_id=trade_id,
        proposer_id=proposer,
        partner_id=partner,
        offered=offered,
        requested=requested,
        message=message,
        created_us=work.now_us,
        expires_us=min(ends),
    )
    trade = Trade(terms, held)
    trade.is_there = False
    work.touch(trade)
    trade.is_there = True
    book.add(trade)
    _tell(work, trade, rule)
    return trade


def _hold(
    work: Work, player_id: str, side: Side, receiver: str, rule: str, *, put_badge: PutBadge
) -> Held:
    """Takes what a player gives; `receiver` is the counter-account it goes to."""
    currencies = []
    for code, amount in side.currencies:
        left = gifts.pay_out(
            work, player_id, code, amount, receiver=receiver, sink=SINK_TRADE_FEE, rule=rule
        )
        currencies.append((code, left, amount - left))
    items: list[Taken] = []
    for each in side.items:
        items += _take(work, player_id, each, receiver, rule)
    for badge, quantity in side.badges:
        put_badge(work, player_id, badge, quantity, rule=rule, counter_account=receiver)
    return Held(tuple(currencies), tuple(items), side.badges)


def _take(work: Work, player_id: str, each: TradeItem, receiver: str, rule: str) -> list[Taken]:
    return inventory.take(
        work,
        player_id,
        each.item,
        each.quantity,
        counter_account=receiver,
        rule=rule,
        instance=each.instance,
    )


def find(work: Work, trade_id: str, player_id: str) -> Trade:
    """A trade in which a player has a part.

    Raises:
        TradeNotFound: there is none.
    """
    trade = work.slice(TradeBook).find(trade_id)
    if trade is None or not trade.terms.counterpart(player_id):
        raise TradeNotFound(trade_id)
    return trade


def _require_open(work: Work, trade: Trade) -> None:
    if not trade.is_open(work.now_us):
        state = TradeState(trade.view.at(work.now_us).state)
        raise TradeEnded(trade.terms.trade_id, state.name.lower())


def accept(work: Work, trade: Trade, player_id: str, *, rule: str) -> None:
    """Carries a trade out: the partner gives first, so that a swap needs no room.

    Where one side gives nothing the trade is a gift, and its money counts as one.

    Raises:
        PermissionDenied: only the partner may.
        TradeEnded: it is not open any more.
        AccountTooNew: the partner may not trade yet.
        NotTradeable: the catalog does not allow it any more.
        GiftLimit: it is a gift, and one too many for this day.
        InsufficientFunds, InsufficientItems, ItemEquipped, InsufficientBadges, BadgeInUse: the
            partner can't give what is asked.
        BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange, BadgeLimit: one of them can't
            take it.
    """
    terms = trade.terms
    proposer, partner = terms.proposer_id, terms.partner_id
    if player_id != partner:
        raise PermissionDenied("only the partner may accept a trade")
    _require_open(work, trade)
    gifts.check_hold(work, partner)
    for side in (terms.offered, terms.requested):
        check_tradeable(work, side)
    used = {player: gifts.slots_used(work, player) for player in (proposer, partner)}
    held = trade.held
    check_there(work, partner, terms.requested)
    asked = _hold(
        work, partner, terms.requested, f"player:{proposer}", rule, put_badge=holding.hand_out
    )
    if terms.requested.is_empty:
        _count_gift(work, proposer, partner, held, asks=False)
    elif terms.offered.is_empty:
        _count_gift(work, partner, proposer, asked, asks=True)
    _end(work, trade, TradeState.ACCEPTED, work.now_us)
    for badge, quantity in held.badges:
        holding.leave_escrow(work, proposer, badge, quantity)
    _hand_over(work, held, proposer, partner, escrow(terms.trade_id), rule)
    _hand_over(work, asked, partner, proposer, f"player:{partner}", rule)
    gifts.check_arrival(work, partner, _names(held.items), used[partner])
    gifts.check_arrival(work, proposer, _names(asked.items), used[proposer])
    count_badges(work, terms.offered, terms.requested)
    count_badges(work, terms.requested, terms.offered)
    _tell(work, trade, rule)


def _count_gift(work: Work, giver: str, receiver: str, given: Held, *, asks: bool) -> None:
    for code, left, fee in given.currencies:
        gifts.count_sent(work, giver, code, left + fee, asks=asks)
        gifts.count_received(work, receiver, code, left)


def _hand_over(
    work: Work, given: Held, giver: str, receiver: str, counter_account: str, rule: str
) -> None:
    """Gives a player what another one gave."""
    for code, left, _ in given.currencies:
        gifts.pay_in(work, receiver, code, left, counter_account=counter_account, rule=rule)
    owner = Owner(giver, work.now_us, "trade")
    for taken in given.items:
        inventory.receive(
            work, receiver, taken, counter_account=counter_account, rule=rule, owner=owner
        )
    for badge, quantity in given.badges:
        holding.receive(work, receiver, badge, quantity, counter_account=counter_account, rule=rule)


def _names(items: Iterable[Taken]) -> list[str]:
    return [taken.item for taken in items]


def cancel(work: Work, trade: Trade, player_id: str, *, rule: str) -> None:
    """Ends a trade for a player who has a part in it; what was held goes back.

    Raises:
        TradeEnded: it is not open any more.
    """
    _require_open(work, trade)
    own = player_id == trade.terms.proposer_id
    _give_back(work, trade, rule)
    _end(work, trade, TradeState.CANCELLED if own else TradeState.DECLINED, work.now_us)
    _tell(work, trade, rule)


def expire(work: Work, trade: Trade, *, rule: str) -> None:
    """Ends a trade whose time is over; what was held goes back. Of an ended one nothing changes.

    Raises:
        Conflict: its time is not over by the batch's clock.
    """
    if trade.state is not TradeState.OPEN:
        return
    if trade.is_open(work.now_us):
        raise Conflict
    _give_back(work, trade, rule)
    _end(work, trade, TradeState.EXPIRED, trade.terms.expires_us)
    _tell(work, trade, rule)


def _give_back(work: Work, trade: Trade, rule: str) -> None:
    """Returns what is held, whatever room and caps there are: it is the proposer's own."""
    proposer, account = trade.terms.proposer_id, escrow(trade.terms.trade_id)
    for code, left, fee in trade.held.currencies:
        for part, counter_account in ((left, account), (fee, SINK_TRADE_FEE)):
            if part:
                currency.give_back(
                    work, proposer, code, part, counter_account=counter_account, rule=rule
                )
    for taken in trade.held.items:
        stack = work.slice(InventoryBook).of(proposer, taken.item).get(taken.instance)
        beyond = stack.quantity + taken.quantity - AMOUNT_MAX if stack else 0
        if stack and beyond > 0:
            inventory.change(work, stack, -beyond, currency.SINK_OVERFLOW, rule)
        inventory.receive(work, proposer, taken, counter_account=account, rule=rule, owner=None)
        # What has expired meanwhile is gone as if it had never been away.
        inventory.live(work, proposer, taken.item)
    for badge, quantity in trade.held.badges:
        holding.give_back(work, proposer, badge, quantity, counter_account=account, rule=rule)


def _end(work: Work, trade: Trade, state: TradeState, ended_us: int) -> None:
    work.touch(trade)
    trade.state = state
    trade.ended_us = ended_us
    trade.held = Held()


def _tell(work: Work, trade: Trade, rule: str) -> None:
    terms = trade.terms
    for player_id in (terms.proposer_id, terms.partner_id):
        work.emit(
            player_id,
            TradeChanged(rule, terms.trade_id, int(trade.state), terms.counterpart(player_id)),
        )
