"""The economy's typed methods: the request each sends, and what it makes of the answer."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf import text_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

import renown
from renown import errors
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import inventory_service_pb2 as inventory_pb
from renown.v1 import store_service_pb2 as store_pb
from renown.v1 import trade_service_pb2 as trade_pb
from tests.integration.sdk_fakes import FakeServer, answer, refuse, status

FAST = renown.RetryPolicy(initial_backoff_s=0.001, max_backoff_s=0.005)
SWORD = renown.TradeSide.of(instances={"i-7": "sword"})


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def game(server: FakeServer) -> AsyncIterator[renown.Client]:
    async with renown.connect(server.address, key="k_test.secret", retry=FAST) as client:
        yield client


Call = Callable[[renown.Client], Awaitable[Any]]

MUTATIONS: list[tuple[str, Callable[..., Any], str, type]] = [
    (
        "Transfer",
        lambda game, **key: game.wallets.transfer("ada", "bob", {"coins": 5}, message="Hi", **key),
        """player_id: "ada" receiver_id: "bob" amounts { currency: "coins" amount: 5 }
           message: "Hi" """,
        renown.Transfer,
    ),
    (
        "AdjustBalance",
        lambda game, **key: game.wallets.adjust(
            "ada", {"coins": -5, "gems": 1}, reason="typo", **key
        ),
        """player_id: "ada" reason: "typo" adjustments { currency: "coins" amount: -5 }
           adjustments { currency: "gems" amount: 1 }""",
        renown.Transaction,
    ),
    (
        "RevokeActivity",
        lambda game, **key: game.activities.revoke(
            "ada",
            "a1",
            reason="cheat",
            policy=renown.RevokePolicy.DEBT,
            validate_only=True,
            **key,
        ),
        """player_id: "ada" activity_id: "a1" reason: "cheat" policy: REVOKE_POLICY_DEBT
           validate_only: true""",
        renown.Revocation,
    ),
    (
        "GrantItems",
        lambda game, **key: game.inventory.grant(
            "ada", {"potion": 3, "sword": 1}, to_mailbox=True, event_type="quest", **key
        ),
        """player_id: "ada" items { item_id: "potion" quantity: 3 }
           items { item_id: "sword" quantity: 1 } to_mailbox: true event_type: "quest" """,
        renown.RewardsReceived,
    ),
    (
        "GiftItem",
        lambda game, **key: game.inventory.gift(
            "ada", "bob", "potion", quantity=2, message="Drink", **key
        ),
        """player_id: "ada" receiver_id: "bob" item_id: "potion" quantity: 2 message: "Drink" """,
        tuple,
    ),
    (
        "ConsumeItem",
        lambda game, **key: game.inventory.consume(
            "ada", "rod", instance_id="i-1", quantity=2, environment="lake", activity="fish", **key
        ),
        """player_id: "ada" item_id: "rod" instance_id: "i-1" quantity: 2
           environment: "lake" activity: "fish" """,
        renown.RewardsReceived,
    ),
    (
        "ActivatePowerUp",
        lambda game, **key: game.inventory.activate(
            "ada", "double_xp", instance_id="i-1", environment="lake", activity="fish", **key
        ),
        """player_id: "ada" item_id: "double_xp" instance_id: "i-1"
           environment: "lake" activity: "fish" """,
        renown.RewardsReceived,
    ),
    (
        "OpenContainer",
        lambda game, **key: game.inventory.open("ada", "chest", quantity=3, **key),
        'player_id: "ada" item_id: "chest" quantity: 3',
        renown.RewardsReceived,
    ),
    (
        "EquipItem",
        lambda game, **key: game.inventory.equip("ada", "sword", instance_id="i-7", **key),
        'player_id: "ada" item_id: "sword" instance_id: "i-7"',
        renown.EquipResult,
    ),
    (
        "UnequipItem",
        lambda game, **key: game.inventory.unequip("ada", "hand", **key),
        'player_id: "ada" slot: "hand"',
        type(None),
    ),
    (
        "ClaimMail",
        lambda game, **key: game.inventory.claim("ada", "17", **key),
        'player_id: "ada" mail_id: "17"',
        renown.RewardsReceived,
    ),
    (
        "Purchase",
        lambda game, **key: game.store.purchase(
            "ada", "pack", quantity=2, price_option=1, expected={"gems": 8}, **key
        ),
        """player_id: "ada" offer_id: "pack" quantity: 2 price_option: 1
           expected { currency: "gems" amount: 8 }""",
        renown.PurchaseResult,
    ),
    (
        "RevokePurchase",
        lambda game, **key: game.store.revoke_purchase(
            "ada", "p1", reason="refund", keep_price=True, **key
        ),
        """player_id: "ada" purchase_id: "p1" reason: "refund" keep_price: true
           policy: REVOKE_POLICY_REFUSE""",
        renown.PurchaseRevocation,
    ),
    (
        "ProposeTrade",
        lambda game, **key: game.trades.propose(
            "ada",
            "bob",
            offered=renown.TradeSide.of({"coins": 5}, {"potion": 2}),
            requested=SWORD,
            message="Deal?",
            lifetime=timedelta(hours=1),
            **key,
        ),
        """player_id: "ada" partner_id: "bob" message: "Deal?" lifetime { seconds: 3600 }
           offered { currencies { currency: "coins" amount: 5 }
                     items { item_id: "potion" quantity: 2 } }
           requested { items { item_id: "sword" instance_id: "i-7" quantity: 1 } }""",
        renown.Trade,
    ),
    (
        "AcceptTrade",
        lambda game, **key: game.trades.accept("bob", "t1", **key),
        'player_id: "bob" trade_id: "t1"',
        renown.Trade,
    ),
    (
        "CancelTrade",
        lambda game, **key: game.trades.cancel("bob", "t1", **key),
        'player_id: "bob" trade_id: "t1"',
        renown.Trade,
    ),
]

READS: list[tuple[str, Call, str, type]] = [
    (
        "ListItems",
        lambda game: game.inventory.items(
            "ada", kind=renown.ItemKind.POWER_UP, item_id="x2", equipped_only=True, page_size=5
        ).collect(),
        """player_id: "ada" kind: ITEM_KIND_POWER_UP item_id: "x2" equipped_only: true
           page_size: 5""",
        list,
    ),
    (
        "ListItems",
        lambda game: game.inventory.space("ada"),
        'player_id: "ada" page_size: 1',
        renown.InventorySpace,
    ),
    (
        "GetItemDefinition",
        lambda game: game.inventory.definition("potion"),
        'item_id: "potion"',
        renown.ItemDetails,
    ),
    (
        "ListItemDefinitions",
        lambda game: game.inventory.definitions(
            kind=renown.ItemKind.COSMETIC, tag="spring", page_token="p"
        ).collect(),
        'kind: ITEM_KIND_COSMETIC tag: "spring" page_token: "p"',
        list,
    ),
    (
        "ListMailbox",
        lambda game: game.inventory.mailbox("ada", include_claimed=True).collect(),
        'player_id: "ada" include_claimed: true',
        list,
    ),
    (
        "ListOffers",
        lambda game: game.store.offers("ada", category="hats", page_size=9).collect(),
        'player_id: "ada" category: "hats" page_size: 9',
        list,
    ),
    (
        "ListPurchases",
        lambda game: game.store.purchases("ada", page_size=9).collect(),
        'player_id: "ada" page_size: 9',
        list,
    ),
    (
        "GetOdds",
        lambda game: game.store.odds("ada", "chest"),
        'player_id: "ada" table_id: "chest"',
        renown.OddsTable,
    ),
    (
        "ListDraws",
        lambda game: game.store.draws("ada", page_token="p").collect(),
        'player_id: "ada" page_token: "p"',
        list,
    ),
    (
        "RedeemReceipt",
        lambda game: game.store.redeem(
            "ada", "gems_100", provider="apple", receipt_id="1000-1", quantity=2
        ),
        """player_id: "ada" product_id: "gems_100" provider: "apple" receipt_id: "1000-1"
           quantity: 2""",
        renown.Purchase,
    ),
    (
        "GetTrade",
        lambda game: game.trades.get("ada", "t1"),
        'player_id: "ada" trade_id: "t1"',
        renown.Trade,
    ),
    (
        "ListTrades",
        lambda game: game.trades.list("ada", state=renown.TradeState.OPEN).collect(),
        'player_id: "ada" state: TRADE_STATE_OPEN',
        list,
    ),
]

COVERED = {method for method, *_ in MUTATIONS + READS} | {"BatchCredit"}
"""The RPCs whose methods are tested here."""


@pytest.mark.parametrize(
    ("method", "call", "request_text", "kind"), MUTATIONS, ids=[case[0] for case in MUTATIONS]
)
async def test_what_a_change_sends_and_returns(
    server: FakeServer,
    game: renown.Client,
    method: str,
    call: Callable[..., Any],
    request_text: str,
    kind: type,
) -> None:
    assert type(await call(game, request_id="r1")) is kind
    (seen,) = server.calls
    assert seen.method == method
    assert seen.request == parsed(f'request_id: "r1" {request_text}', seen.request)


@pytest.mark.parametrize(
    ("method", "call"), [case[:2] for case in MUTATIONS], ids=[case[0] for case in MUTATIONS]
)
async def test_a_change_is_retried_with_the_id_it_was_given(
    server: FakeServer, game: renown.Client, method: str, call: Callable[..., Any]
) -> None:
    server.on(
        method,
        refuse(grpc.StatusCode.UNAVAILABLE, "DRAINING"),
        refuse(grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED"),
    )
    with pytest.raises(errors.RequestIdReused) as caught:
        await call(game)
    first, second = server.requests(method)
    assert first == second
    assert len(first.request_id) == 36
    assert caught.value.request_id == first.request_id


@pytest.mark.parametrize(
    ("method", "call", "request_text", "kind"),
    READS,
    ids=[f"{case[0]}-{case[3].__name__}" for case in READS],
)
async def test_what_a_read_sends_and_returns(
    server: FakeServer,
    game: renown.Client,
    method: str,
    call: Call,
    request_text: str,
    kind: type,
) -> None:
    assert type(await call(game)) is kind
    (seen,) = server.calls
    assert seen.method == method
    assert seen.request == parsed(request_text, seen.request)


def parsed(text: str, like: Message) -> Message:
    return text_format.Parse(text, type(like)())


async def test_every_method_tells_what_it_does(game: renown.Client) -> None:
    for service in (game.wallets, game.inventory, game.store, game.trades, game.activities):
        for name, method in inspect.getmembers(service, callable):
            assert name[0] == "_" or name in ("caller", "stub") or inspect.getdoc(method), name


async def test_a_batch_of_credits_is_answered_item_by_item(
    server: FakeServer, game: renown.Client
) -> None:
    batch = currency_pb.BatchCreditResponse
    cap = {"currency": "coins", "cap": "100", "balance": "99"}
    items = [
        batch.Item(transaction=currency_pb.Transaction(player_id="ada", transaction_id="7")),
        batch.Item(error=status(grpc.StatusCode.OUT_OF_RANGE, "BALANCE_CAP", metadata=cap)),
    ]
    server.on("BatchCredit", answer(batch(items=items)))
    credits = [
        renown.Credit("ada", {"coins": 5, "gems": 1}, description="Payday"),
        renown.Credit("bob", {"coins": 5}, "r2"),
    ]
    first, second = await game.wallets.credit_batch(credits)

    assert isinstance(first, renown.Transaction)
    assert (first.player_id, first.transaction_id) == ("ada", "7")
    assert isinstance(second, errors.BalanceCap)
    assert (second.cap, second.balance, second.request_id) == (100, 99, "r2")
    (request,) = server.requests("BatchCredit")
    assert request.credits[0].request_id == credits[0].request_id
    assert request == parsed(
        f"""credits {{ request_id: "{credits[0].request_id}" player_id: "ada" description: "Payday"
              amounts {{ currency: "coins" amount: 5 }} amounts {{ currency: "gems" amount: 1 }} }}
            credits {{ request_id: "r2" player_id: "bob"
              amounts {{ currency: "coins" amount: 5 }} }}""",
        request,
    )


async def test_a_transfer_tells_what_arrived(server: FakeServer, game: renown.Client) -> None:
    response = currency_pb.TransferResponse(
        transaction=currency_pb.Transaction(transaction_id="7", player_id="ada")
    )
    response.received.add(currency="coins", amount=95)
    server.on("Transfer", answer(response))
    done = await game.wallets.transfer("ada", "bob", {"coins": 100})
    assert done.transaction.transaction_id == "7"
    assert done.received == (renown.CurrencyAmount("coins", 95),)


async def test_an_opened_container_tells_what_was_drawn(
    server: FakeServer, game: renown.Client
) -> None:
    response = inventory_pb.OpenContainerResponse()
    response.rewards.items.add(item_id="chest", quantity=-1, counter_account="sink:use")
    response.rewards.items.add(item_id="crown", instance_id="i-9", quantity=1, quantity_after=1)
    response.rewards.draws.add(table_id="chest", roll=41, total_weight=100, entry_id="crown")
    server.on("OpenContainer", answer(response))
    rewards = await game.inventory.open("ada", "chest")
    assert [(item.item_id, item.quantity) for item in rewards.items] == [
        ("chest", -1),
        ("crown", 1),
    ]
    (draw,) = rewards.draws
    assert (draw.entry_id, draw.roll, draw.total_weight) == ("crown", 41, 100)


async def test_a_purchase_tells_what_was_paid(server: FakeServer, game: renown.Client) -> None:
    record = store_pb.PurchaseRecord(
        purchase_id="p1", offer_id="pack", quantity=1, purchased_at=Timestamp(seconds=1795132800)
    )
    record.paid.add(currency="coins", amount=75)
    response = store_pb.PurchaseResponse(purchase=record)
    response.payments.add(currency="coins", amount=-75, balance_after=25)
    server.on("Purchase", answer(response))
    result = await game.store.purchase("ada", "pack")
    assert result.purchase.paid == (renown.CurrencyAmount("coins", 75),)
    assert result.purchase.purchased_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert result.purchase.revoked_at is None
    assert result.payments[0].balance_after == 25


async def test_space_is_what_the_list_counts(server: FakeServer, game: renown.Client) -> None:
    server.on("ListItems", answer(inventory_pb.ListItemsResponse(capacity=50, used_slots=49)))
    assert await game.inventory.space("ada") == renown.InventorySpace(50, 49)


async def test_items_are_read_page_after_page(server: FakeServer, game: renown.Client) -> None:
    def page(request: Any, context: Any) -> inventory_pb.ListItemsResponse:
        begin = int(request.page_token or 0)
        more = str(begin + 2) if begin < 4 else ""
        items = [inventory_pb.Item(item_id=f"i{number}") for number in (begin, begin + 1)]
        return inventory_pb.ListItemsResponse(items=items, next_page_token=more)

    server.on("ListItems", page)
    found = [item.item_id async for item in game.inventory.items("ada", page_size=2)]
    assert found == [f"i{number}" for number in range(6)]


async def test_a_trade_that_ended_says_how(server: FakeServer, game: renown.Client) -> None:
    ended = {"trade_id": "t1", "state": "declined"}
    server.on(
        "AcceptTrade",
        refuse(grpc.StatusCode.FAILED_PRECONDITION, "TRADE_ENDED", metadata=ended),
    )
    with pytest.raises(errors.TradeEnded) as caught:
        await game.trades.accept("bob", "t1")
    assert caught.value.state is renown.TradeState.DECLINED


async def test_a_trade_tells_both_sides(server: FakeServer, game: renown.Client) -> None:
    trade = trade_pb.Trade(trade_id="t1", state=trade_pb.TRADE_STATE_OPEN)
    trade.offered.currencies.add(currency="coins", amount=5)
    trade.requested.items.add(item_id="sword", instance_id="i-7", quantity=1)
    server.on("ListTrades", answer(trade_pb.ListTradesResponse(trades=[trade])))
    (found,) = await game.trades.list("ada").collect()
    assert found.offered == renown.TradeSide.of({"coins": 5})
    assert found.requested == SWORD
    assert found.state is renown.TradeState.OPEN
    assert found.ended_at is None


async def test_a_receipt_is_its_own_key(server: FakeServer, game: renown.Client) -> None:
    server.on("RedeemReceipt", refuse(grpc.StatusCode.FAILED_PRECONDITION, "RECEIPT_USED"))
    with pytest.raises(errors.ReceiptUsed) as caught:
        await game.store.redeem("ada", "gems_100", provider="apple", receipt_id="1000-1")
    assert caught.value.request_id == "1000-1"


@pytest.mark.parametrize(
    "call",
    [
        lambda game: game.inventory.gift("ada", "bob", "potion", quantity=0),
        lambda game: game.inventory.consume("ada", "potion", quantity=0),
        lambda game: game.inventory.open("ada", "chest", quantity=0),
        lambda game: game.store.purchase("ada", "pack", quantity=0),
        lambda game: game.store.redeem("ada", "p", provider="x", receipt_id="1", quantity=0),
        lambda game: game.trades.propose(
            "ada", "bob", offered=renown.TradeSide.of(items={"potion": 0})
        ),
    ],
)
async def test_none_is_not_one(server: FakeServer, game: renown.Client, call: Call) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await call(game)
    assert server.calls == []
