"""The economy's requests; see ``tests/bench/calls.py``."""

from collections.abc import Iterator
from functools import partial

from google.protobuf.message import Message

from renown.v1 import common_pb2 as common
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import inventory_service_pb2 as inventory
from renown.v1 import reward_pb2 as reward
from renown.v1 import store_service_pb2 as store
from renown.v1 import trade_service_pb2 as trade
from tests.bench.calls import CURRENCY, ID, PLAYER, Feed, credit, joined, one_field, template
from tests.bench.players import player_id

DEBIT_AMOUNT = 3
FUND_AMOUNT = 10_000_000
FUND_EVENT = "bench_fund"

OFFER = "potion_offer"
PRICE = 1
"""Coins, of the offer."""
POTION = "potion"
POTION_WORTH = 1
"""Coins that using one gives."""
SHARD = "gem_shard"
TRADE_PRICE = 1
"""Coins for a shard."""
GOODS = (POTION, SHARD)
GOODS_QUANTITY = 100_000
"""Of each; far from a full stack, so that no operation takes or frees a slot."""

BAG = tuple([f"item_{number:03}" for number in range(100)])
BAG_GRANT = 50
"""Items a grant: two grants fill a bag."""

# The width of any player, who is not the one who calls.
PARTNER = "partner-??????"


def credits_of_hundred(feed: Feed) -> Iterator[bytes]:
    """Yields batches of credits."""
    return joined(map(one_field, credit(feed)))


def funds(feed: Feed) -> Iterator[bytes]:
    """Yields batches of credits that nobody will have spent at the end."""
    return joined(map(one_field, credit(feed, FUND_AMOUNT, FUND_EVENT)))


def debit(feed: Feed) -> Iterator[bytes]:
    """Yields debits of the same amount."""
    return _by_player(
        currency.DebitRequest(
            request_id=ID,
            player_id=PLAYER,
            amounts=[common.CurrencyAmount(currency=CURRENCY, amount=DEBIT_AMOUNT)],
            event_type="bench_debit",
        ),
        feed,
    )


def purchase(feed: Feed) -> Iterator[bytes]:
    """Yields purchases of one potion, at the price that was shown."""
    return _by_player(
        store.PurchaseRequest(
            request_id=ID,
            player_id=PLAYER,
            offer_id=OFFER,
            expected=[common.CurrencyAmount(currency=CURRENCY, amount=PRICE)],
        ),
        feed,
    )


def consume(feed: Feed) -> Iterator[bytes]:
    """Yields uses of one potion."""
    return _by_player(
        inventory.ConsumeItemRequest(request_id=ID, player_id=PLAYER, item_id=POTION), feed
    )


def list_items(feed: Feed) -> Iterator[bytes]:
    """Yields reads of a full page of items."""
    form = template(
        inventory.ListItemsRequest(player_id=PLAYER, page_size=len(BAG)), PLAYER.encode()
    )
    for index in feed.players.indexes():
        yield form % player_id(index)


def propose_trade(feed: Feed) -> Iterator[bytes]:
    """Yields proposals to the player's neighbour: a shard for a coin."""
    request = trade.ProposeTradeRequest(
        request_id=ID,
        player_id=PLAYER,
        partner_id=PARTNER,
        offered=trade.TradeSide(items=[trade.TradeItem(item_id=SHARD, quantity=1)]),
        requested=trade.TradeSide(
            currencies=[common.CurrencyAmount(currency=CURRENCY, amount=TRADE_PRICE)]
        ),
    )
    form = template(request, ID.encode(), PLAYER.encode(), PARTNER.encode())
    ids = feed.ids()
    for index in feed.players.indexes():
        yield form % (next(ids), player_id(index), player_id(index ^ 1))


def accept_trade(feed: Feed) -> Iterator[bytes]:
    """Yields acceptances of the feed's trades, each once.

    The bytes of two messages of a type, put together, are one message with the fields of both.
    """
    request = trade.AcceptTradeRequest(request_id=ID, player_id=PLAYER)
    form = template(request, ID.encode(), PLAYER.encode())
    ids = feed.ids()
    for trade_id, partner_id in feed.trades:
        rest = trade.AcceptTradeRequest(trade_id=trade_id).SerializeToString()
        yield form % (next(ids), partner_id.encode()) + rest


def _grant(items: tuple[str, ...], quantity: int, feed: Feed) -> Iterator[bytes]:
    return _by_player(
        inventory.GrantItemsRequest(
            request_id=ID,
            player_id=PLAYER,
            items=[reward.ItemAmount(item_id=item, quantity=quantity) for item in items],
        ),
        feed,
    )


grant_goods = partial(_grant, GOODS, GOODS_QUANTITY)
grant_first_half = partial(_grant, BAG[:BAG_GRANT], 1)
grant_second_half = partial(_grant, BAG[BAG_GRANT:], 1)


def _by_player(request: Message, feed: Feed) -> Iterator[bytes]:
    form = template(request, ID.encode(), PLAYER.encode())
    ids = feed.ids()
    for index in feed.players.indexes():
        yield form % (next(ids), player_id(index))
