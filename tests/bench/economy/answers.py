"""Whether the economy's answers are right; see ``tests/bench/answers.py``."""

from collections.abc import Iterable

from renown.v1 import currency_service_pb2 as currency
from renown.v1 import inventory_service_pb2 as inventory
from renown.v1 import store_service_pb2 as store
from renown.v1 import trade_service_pb2 as trade
from tests.bench.calls import BATCH, CREDIT_AMOUNT, CURRENCY
from tests.bench.economy.calls import (
    BAG,
    BAG_GRANT,
    DEBIT_AMOUNT,
    FUND_AMOUNT,
    GOODS,
    POTION,
    POTION_WORTH,
    PRICE,
)


def all_credited(message: bytes) -> int:
    """The money was posted, for each of a batch."""
    return _not_posted(message, CREDIT_AMOUNT)


def all_funded(message: bytes) -> int:
    """As ``all_credited``, with the amount that players get beforehand."""
    return _not_posted(message, FUND_AMOUNT)


def _not_posted(message: bytes, amount: int) -> int:
    items = currency.BatchCreditResponse.FromString(message).items
    right = sum([p.amount for p in item.transaction.postings] == [amount] for item in items)
    return BATCH - right


def debited(message: bytes) -> int:
    """The money was taken."""
    postings = currency.DebitResponse.FromString(message).transaction.postings
    return int([posting.amount for posting in postings] != [-DEBIT_AMOUNT])


def purchased(message: bytes) -> int:
    """A potion was given for the price."""
    answer = store.PurchaseResponse.FromString(message)
    paid = [(change.currency, change.amount) for change in answer.payments]
    given = _items(answer.purchase.rewards.items)
    return int(paid != [(CURRENCY, -PRICE)] or given != [(POTION, 1)])


def consumed(message: bytes) -> int:
    """A potion was used, and its effect given."""
    rewards = inventory.ConsumeItemResponse.FromString(message).rewards
    given = [(change.currency, change.amount) for change in rewards.currencies]
    return int(_items(rewards.items) != [(POTION, -1)] or given != [(CURRENCY, POTION_WORTH)])


def accepted(message: bytes) -> int:
    """The trade was carried out."""
    answer = trade.AcceptTradeResponse.FromString(message)
    return int(answer.trade.state != trade.TRADE_STATE_ACCEPTED)


def proposed(message: bytes) -> int:
    """The trade is open."""
    answer = trade.ProposeTradeResponse.FromString(message)
    return int(answer.trade.state != trade.TRADE_STATE_OPEN)


def listed(message: bytes) -> int:
    """The page holds the whole bag, in order."""
    answer = inventory.ListItemsResponse.FromString(message)
    found = [item.item_id for item in answer.items]
    return int(found != list(BAG) or bool(answer.next_page_token))


def goods_granted(message: bytes) -> int:
    """Everything was given."""
    return _not_granted(message, len(GOODS))


def half_granted(message: bytes) -> int:
    """As ``goods_granted``, of half a bag."""
    return _not_granted(message, BAG_GRANT)


def _not_granted(message: bytes, count: int) -> int:
    rewards = inventory.GrantItemsResponse.FromString(message).rewards
    return int(len(rewards.items) != count)


def _items(changes: Iterable[inventory.ItemChange]) -> list[tuple[str, int]]:
    return [(change.item_id, change.quantity) for change in changes]
