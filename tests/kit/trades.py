"""Gifts and trades in one line, and the proof that they neither make nor lose anything."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from renown_server.engine.command import Command, Recorded, RequestKey
from renown_server.engine.facts import CurrencyChanged, ItemChanged, decode_facts
from renown_server.engine.work import Work
from renown_server.inventory.gifts_commands import GiftItem, GiftItemBody, Transfer, TransferBody
from renown_server.inventory.giving import give_item
from renown_server.trade.commands import AcceptTrade, CancelTrade, ProposeBody, ProposeTrade
from renown_server.trade.state import Held, Side, TradeItem, TradeState, TradeView
from tests.kit.commands import GAME_SERVER
from tests.kit.pure import World

_numbers = itertools.count(1)

NOTHING = Side()


def _key(request_id: str = "") -> RequestKey:
    return RequestKey(GAME_SERVER, request_id or f"t-{next(_numbers)}")


class GiveBody(msgspec.Struct, frozen=True):
    """Which items a player gets."""

    player_id: str
    items: tuple[tuple[str, int], ...]


class Give(Command):
    """Items out of nothing, as a grant would give them."""

    __slots__ = ()

    method = "Give"
    parts = ("items", "bags")
    body: GiveBody

    def keys(self, part: str) -> tuple[Any, ...]:
        return tuple([(self.body.player_id, item) for item, _ in self.body.items])

    def decide(self, work: Work) -> None:
        for item, quantity in self.body.items:
            definition = work.catalog.items[item]
            give_item(
                work,
                self.body.player_id,
                definition,
                quantity,
                counter_account="issuance:grant",
                rule="request:Give",
            )


def give(player_id: str, **items: int) -> Give:
    """Items for a player, such as `give("a", shard=5)`."""
    body = GiveBody(player_id, tuple(items.items()))
    return Give(key=_key(), players=(player_id,), principal=GAME_SERVER, body=body)


def transfer(
    giver: str, receiver: str, request_id: str = "", /, *, message: str = "", **amounts: int
) -> Transfer:
    """A gift of money."""
    key = _key(request_id)
    body = TransferBody(key.request_id, giver, receiver, tuple(amounts.items()), message)
    return Transfer(key=key, players=(giver, receiver), principal=GAME_SERVER, body=body)


def gift(
    giver: str,
    receiver: str,
    item: str,
    quantity: int = 1,
    *,
    instance: str = "",
    message: str = "",
    request_id: str = "",
) -> GiftItem:
    """A gift of an item."""
    key = _key(request_id)
    body = GiftItemBody(key.request_id, giver, receiver, item, instance, quantity, message)
    return GiftItem(key=key, players=(giver, receiver), principal=GAME_SERVER, body=body)


def side(*items: str | tuple[str, str] | tuple[str, str, int], **amounts: int) -> Side:
    """What one player gives: items, `(item, instance)` or `(item, instance, quantity)`; money."""
    found = [TradeItem(item) if isinstance(item, str) else TradeItem(*item) for item in items]
    return Side(tuple(amounts.items()), tuple(found))


def propose(
    proposer: str,
    partner: str,
    offered: Side = NOTHING,
    requested: Side = NOTHING,
    *,
    message: str = "",
    lifetime_us: int = 0,
    request_id: str = "",
) -> ProposeTrade:
    """A proposal."""
    key = _key(request_id)
    body = ProposeBody(key.request_id, proposer, partner, offered, requested, message, lifetime_us)
    return ProposeTrade(key=key, players=(proposer, partner), principal=GAME_SERVER, body=body)


def accept(trade: TradeView, player_id: str = "", request_id: str = "") -> AcceptTrade:
    """The partner, or another one, accepts."""
    actor = player_id or trade.partner_id
    return AcceptTrade(trade, key=_key(request_id), principal=GAME_SERVER, player_id=actor)


def cancel(trade: TradeView, player_id: str = "", request_id: str = "") -> CancelTrade:
    """The proposer cancels, or the partner declines."""
    actor = player_id or trade.proposer_id
    return CancelTrade(trade, key=_key(request_id), principal=GAME_SERVER, player_id=actor)


def trade_of(done: Recorded) -> TradeView:
    """The trade that a command has answered with."""
    return done.result_as(TradeView)


def check_conserved(world: World) -> None:
    """Checks all that was ever posted: between players and in escrow nothing comes or goes.

    Raises:
        AssertionError: something does.
    """
    requests: Sequence[Any] = list(world.tables["requests"].values())
    facts = [(row[2], fact) for row in requests for fact in decode_facts(row[9])]
    money, moved = _sums(facts, CurrencyChanged, "currency")
    goods, carried = _sums(facts, ItemChanged, "item")
    balances = {key[:2]: row[2] for key, row in world.tables["wallets"].items()}
    assert money == _without_zeros(balances)
    owned: Counter[tuple[str, str]] = Counter()
    for (player, item, _), row in world.tables["items"].items():
        owned[player, item] += row[3]
    assert goods == _without_zeros(owned)
    escrow_money, escrow_goods = _held(world)
    for sums, held in ((moved, escrow_money), (carried, escrow_goods)):
        between = {key: amount for key, amount in sums.items() if key[0] == "player" and amount}
        assert not between
        kept = {key: -amount for key, amount in sums.items() if key[0].startswith("escrow:")}
        assert _without_zeros(kept) == held
    _check_bags(world)


def _sums(
    facts: Sequence[tuple[str, Any]], kind: type[Any], name: str
) -> tuple[dict[Any, int], dict[Any, int]]:
    """Sums by (player, id), and by (counter-account, id); all `player:` accounts are one."""
    of_player: Counter[Any] = Counter()
    of_account: Counter[Any] = Counter()
    for player, fact in facts:
        if type(fact) is kind:
            account = fact.counter_account
            account = "player" if account.startswith("player:") else account
            of_player[player, getattr(fact, name)] += fact.amount
            of_account[account, getattr(fact, name)] += fact.amount
    return _without_zeros(of_player), dict(of_account)


def _held(world: World) -> tuple[dict[Any, int], dict[Any, int]]:
    """What the rows of trades say is in escrow."""
    money: Counter[Any] = Counter()
    goods: Counter[Any] = Counter()
    for row in world.tables["trades"].values():
        held = msgspec.json.decode(row[10], type=Held)
        assert row[8] == TradeState.OPEN or held == Held()
        for code, left, _ in held.currencies:
            money[f"escrow:{row[0]}", code] += left
        for taken in held.items:
            goods[f"escrow:{row[0]}", taken.item] += taken.quantity
    return _without_zeros(money), _without_zeros(goods)


def _check_bags(world: World) -> None:
    """The slots that bags count are those their items take."""
    slots: Counter[str] = Counter()
    for (player, item, _), row in world.tables["items"].items():
        definition = world.snapshot.items[item]
        if not definition.slotless:
            slots[player] += -(-row[3] // definition.max_stack)
    counted = {player: row[1] for player, row in world.tables["bags"].items()}
    assert _without_zeros(slots) == _without_zeros(counted)


def _without_zeros(sums: Mapping[Any, int]) -> dict[Any, int]:
    return {key: amount for key, amount in sums.items() if amount}
