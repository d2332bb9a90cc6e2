"""The economy's rows of the benchmark: their requests, what they need, and their arithmetic."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from google.protobuf.message import Message

from renown.v1.currency_service_pb2 import BatchCreditRequest, CreditRequest, DebitRequest
from renown.v1.inventory_service_pb2 import (
    ConsumeItemRequest,
    GrantItemsRequest,
    ListItemsRequest,
)
from renown.v1.store_service_pb2 import PurchaseRequest
from renown.v1.trade_service_pb2 import AcceptTradeRequest, ProposeTradeRequest
from tests.bench import calls as common_calls
from tests.bench.calls import Feed, one_field
from tests.bench.cascade import rows as cascade
from tests.bench.economy import calls
from tests.bench.economy.rows import FILLS, SUPPLIES
from tests.bench.load import Outcome
from tests.bench.players import EachOnce, InTurn
from tests.bench.row import Effect, Supply
from tests.bench.rows import ROWS
from tests.bench.verify import Tally

ONE_PLAYER: list[tuple[Callable[[Feed], Iterator[bytes]], type[Message]]] = [
    (calls.debit, DebitRequest),
    (calls.purchase, PurchaseRequest),
    (calls.consume, ConsumeItemRequest),
    (calls.propose_trade, ProposeTradeRequest),
    (calls.grant_goods, GrantItemsRequest),
    (calls.grant_first_half, GrantItemsRequest),
    (calls.grant_second_half, GrantItemsRequest),
]


def feed(first: int = 0, stop: int = 250, trades: tuple[tuple[str, str], ...] = ()) -> Feed:
    return Feed(EachOnce(first, stop), run="0042", epoch=time.monotonic(), trades=trades)


@pytest.mark.parametrize(("requests", "kind"), ONE_PLAYER)
def test_requests_differ_only_in_their_ids(
    requests: Callable[[Feed], Iterator[bytes]], kind: type[Message]
) -> None:
    first, *rest = [kind.FromString(request) for request in requests(feed())]
    assert len(rest) == 249
    for place, request in enumerate((first, *rest)):
        assert request.request_id == f"b-0042-{place:09d}"  # type: ignore[attr-defined]
        assert request.player_id == f"player-{place:07d}"  # type: ignore[attr-defined]
    for request in rest:
        for field in ("request_id", "player_id", "partner_id"):
            if field in kind.DESCRIPTOR.fields_by_name:
                setattr(request, field, getattr(first, field))
        assert request == first


def test_batches_of_credits_hold_single_ones() -> None:
    batches = [BatchCreditRequest.FromString(r) for r in calls.credits_of_hundred(feed())]
    singles = [CreditRequest.FromString(request) for request in common_calls.credit(feed())]
    assert [len(batch.credits) for batch in batches] == [100, 100, 50]
    assert [credit for batch in batches for credit in batch.credits] == singles


def test_funds_are_told_from_credits() -> None:
    (batch,) = [BatchCreditRequest.FromString(r) for r in calls.funds(feed(0, 100))]
    assert {credit.event_type for credit in batch.credits} == {calls.FUND_EVENT}
    assert {c.amounts[0].amount for c in batch.credits} == {calls.FUND_AMOUNT}


def test_two_grants_fill_a_bag() -> None:
    grants = [
        GrantItemsRequest.FromString(next(requests(feed())))
        for requests in (calls.grant_first_half, calls.grant_second_half)
    ]
    items = [item for grant in grants for item in grant.items]
    assert [item.item_id for item in items] == [f"item_{i:03}" for i in range(100)]
    assert {item.quantity for item in items} == {1}
    page = ListItemsRequest.FromString(next(calls.list_items(feed(77, 78))))
    assert (page.player_id, page.page_size) == ("player-0000077", 100)


def test_neighbours_trade() -> None:
    proposals = [ProposeTradeRequest.FromString(r) for r in calls.propose_trade(feed(0, 100))]
    partners = {request.player_id: request.partner_id for request in proposals}
    assert all(partners[partner] == player != partner for player, partner in partners.items())
    assert proposals[0].offered.items[0].item_id == "gem_shard"
    assert proposals[0].requested.currencies[0].currency == "coins"


def test_each_trade_is_accepted_once_by_its_partner() -> None:
    trades = (("t1", "player-0000005"), ("a-longer-id", "player-0000004"))
    requests = [AcceptTradeRequest.FromString(r) for r in calls.accept_trade(feed(trades=trades))]
    assert [(request.trade_id, request.player_id) for request in requests] == list(trades)
    assert len({request.request_id for request in requests}) == 2


def test_trades_are_proposed_by_all_in_turn() -> None:
    assert list(InTurn(8, 13, 10).indexes()) == [8, 9, 0, 1, 2]
    assert max(Counter(InTurn(7, 307, 100).indexes()).values()) == 3


def test_long_messages_are_no_fields_of_one_byte() -> None:
    assert one_field(b"x" * 127)[:2] == b"\x0a\x7f"
    with pytest.raises(ValueError, match="128"):
        one_field(b"x" * 128)


def test_rows_name_what_they_need() -> None:
    assert set(SUPPLIES) | set(cascade.SUPPLIES) == set(Supply)
    assert not (set(FILLS) | set(cascade.FILLS)) & set(ROWS)
    spending = {row.name for row in ROWS.values() if Supply.COINS in row.needs}
    assert spending == {"debit", "purchase", "trade_accept"}
    # What comes into a bag would come into its list.
    order = list(ROWS)
    assert order.index("list_items") < min(
        place for place, row in enumerate(ROWS.values()) if Supply.GOODS in row.needs
    )


def test_a_tally_knows_the_least_and_the_most() -> None:
    tally = Tally()
    tally.add(Effect.PURCHASE, Outcome(answered=10))
    tally.add(Effect.USE, Outcome(answered=4))
    potions = {Effect.PURCHASE: 1, Effect.USE: -1}
    assert tally.bounds(potions) == (6, 6)
    tally.add(Effect.PURCHASE, Outcome(unknown=2))
    tally.add(Effect.USE, Outcome(errors=Counter({"status 14": 3})))
    assert tally.bounds(potions) == (3, 8)
