"""The economy at its edges, over the wire: amounts, caps, fees, splits, and requests that lie."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.kit.economy_site import Site
from tests.kit.raw import BY_NAME, Answer, Code
from tests.kit.times import NOON

MAX = 2**53 - 1
GIFT_MAX = 20
FINE = ""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Game:
    """Calls with two players whom nobody else uses."""

    site: Site
    player: str
    other: str

    async def call(self, rpc: str, **fields: Any) -> Answer:
        kind = BY_NAME[rpc]
        if "request_id" in kind.request.DESCRIPTOR.fields_by_name:
            fields.setdefault("request_id", f"edge-{next(_numbers)}")
        if "player_id" in kind.request.DESCRIPTOR.fields_by_name:
            fields.setdefault("player_id", self.player)
        operators = list(kind.access.callers) == [3]
        key = self.site.admin_key if operators else None
        request = kind.request(**fields)
        return (await self.site.raw.outcome(kind, request, credential=key)).check_kept()

    async def ok(self, rpc: str, **fields: Any) -> Any:
        answer = await self.call(rpc, **fields)
        assert answer.code is Code.OK, answer
        return BY_NAME[rpc].response.FromString(answer.body)

    async def balance(self, code: str, player: str = "") -> int:
        found = await self.ok("GetWallet", player_id=player or self.player)
        return sum(int(one.amount) for one in found.wallet.balances if one.currency == code)

    async def credit(self, player: str = "", **amounts: int) -> None:
        await self.ok("Credit", player_id=player or self.player, amounts=money(**amounts))

    async def grant(self, player: str = "", **items: int) -> None:
        await self.ok("GrantItems", player_id=player or self.player, items=things(**items))


def money(**amounts: int) -> list[dict[str, Any]]:
    return [{"currency": code, "amount": amount} for code, amount in amounts.items()]


def things(**items: int) -> list[dict[str, Any]]:
    return [{"item_id": item, "quantity": quantity} for item, quantity in items.items()]


@pytest_asyncio.fixture(loop_scope="session")
async def game(site: Site) -> Game:
    site.clock.value_us = NOON
    names = [f"edge{next(_numbers)}" for _ in range(2)]
    game = Game(site, *names)
    for name in names:
        await game.ok("CreatePlayer", player_id=name)
    return game


MOVES: dict[str, Callable[[Game, str, int], dict[str, Any]]] = {
    "Credit": lambda game, code, amount: {"amounts": money(**{code: amount})},
    "BatchCredit": lambda game, code, amount: {
        "credits": [
            {
                "request_id": f"edge-{next(_numbers)}",
                "player_id": game.player,
                "amounts": money(**{code: amount}),
            }
        ]
    },
    "Debit": lambda game, code, amount: {"amounts": money(**{code: amount})},
    "AdjustBalance": lambda game, code, amount: {
        "adjustments": money(**{code: amount}),
        "reason": "edge",
    },
    "Transfer": lambda game, code, amount: {
        "amounts": money(**{code: amount}),
        "receiver_id": game.other,
    },
}

# What one has, how much moves, how it ends, what is left.
EDGES: list[tuple[str, str, int, int, str, int]] = [
    *[
        (rpc, code, had, amount, reason, left)
        for rpc in ("Credit", "BatchCredit", "AdjustBalance")
        for code, had, amount, reason, left in (
            ("gems", 0, 0, "INVALID_ARGUMENT", 0),
            ("gems", 0, 1, FINE, 1),
            ("gems", 0, 100, FINE, 100),
            ("gems", 0, 101, "BALANCE_CAP", 0),
            ("gems", 100, 1, "BALANCE_CAP", 100),
            ("gems", 100, MAX, "BALANCE_CAP", 100),
            ("coins", 0, MAX, FINE, MAX),
            ("coins", MAX, 1, "BALANCE_CAP", MAX),
            ("coins", MAX, MAX, "BALANCE_CAP", MAX),
            ("coins", 0, MAX + 1, "INVALID_ARGUMENT", 0),
            ("tokens", 50, 1, "BALANCE_CAP", 50),  # rewards would go by mail, credits don't
            ("dust", 10, 1, "BALANCE_CAP", 10),
        )
    ],
    ("Credit", "coins", 5, -1, "INVALID_ARGUMENT", 5),
    ("AdjustBalance", "coins", 5, -5, FINE, 0),
    ("AdjustBalance", "coins", 5, -6, "INSUFFICIENT_FUNDS", 5),
    ("AdjustBalance", "coins", MAX, -MAX, FINE, 0),
    ("AdjustBalance", "coins", MAX, -MAX - 1, "INVALID_ARGUMENT", MAX),
    ("Debit", "coins", 5, 0, "INVALID_ARGUMENT", 5),
    ("Debit", "coins", 5, 5, FINE, 0),
    ("Debit", "coins", 5, 6, "INSUFFICIENT_FUNDS", 5),
    ("Debit", "coins", MAX, MAX, FINE, 0),
    ("Debit", "coins", MAX - 1, MAX, "INSUFFICIENT_FUNDS", MAX - 1),
    ("Debit", "coins", MAX, MAX + 1, "INVALID_ARGUMENT", MAX),
    ("Transfer", "coins", 5, 0, "INVALID_ARGUMENT", 5),
    ("Transfer", "coins", 5, 5, FINE, 0),
    ("Transfer", "coins", 5, 6, "INSUFFICIENT_FUNDS", 5),
    ("Transfer", "coins", MAX, MAX, FINE, 0),
    ("Transfer", "coins", MAX, MAX + 1, "INVALID_ARGUMENT", MAX),
    ("Transfer", "tokens", 50, GIFT_MAX, FINE, 30),
    ("Transfer", "tokens", 50, GIFT_MAX + 1, "GIFT_LIMIT", 50),
    ("Transfer", "gems", 5, 1, "NOT_GIFTABLE", 5),
]


@pytest.mark.parametrize(("rpc", "code", "had", "amount", "reason", "left"), EDGES)
async def test_amounts(
    game: Game, rpc: str, code: str, had: int, amount: int, reason: str, left: int
) -> None:
    if had:
        await game.ok("Credit", amounts=money(**{code: had}))
    answer = await game.call(rpc, **MOVES[rpc](game, code, amount))
    assert answer.reason == reason, answer
    assert await game.balance(code) == left


async def test_a_receiver_at_the_cap_gets_nothing_and_the_giver_keeps_it(game: Game) -> None:
    await game.credit(coins=7, tokens=9)
    await game.credit(game.other, coins=MAX, tokens=50)
    for code in ("coins", "tokens"):
        answer = await game.call("Transfer", **MOVES["Transfer"](game, code, 2))
        assert answer.reason == "BALANCE_CAP"
        assert str(MAX) not in answer.message.replace(answer.metadata["cap"], "")
    assert (await game.balance("coins"), await game.balance("tokens")) == (7, 9)


async def test_several_currencies_move_together_or_not_at_all(game: Game) -> None:
    await game.credit(coins=10, gems=100)
    for rpc, amounts, reason in (
        ("Credit", {"coins": 1, "gems": 1}, "BALANCE_CAP"),
        ("Debit", {"coins": 1, "gems": 101}, "INSUFFICIENT_FUNDS"),
    ):
        answer = await game.call(rpc, amounts=money(**amounts))
        assert answer.reason == reason
    answer = await game.call(
        "AdjustBalance", adjustments=money(coins=-10, gems=-101), reason="edge"
    )
    assert answer.reason == "INSUFFICIENT_FUNDS"
    assert (await game.balance("coins"), await game.balance("gems")) == (10, 100)


@pytest.mark.parametrize(("sent", "received"), [(1, 0), (2, 1), (19, 18), (20, 19)])
async def test_gift_fees_round_up(game: Game, sent: int, received: int) -> None:
    await game.credit(tokens=20)
    answer = await game.ok("Transfer", **MOVES["Transfer"](game, "tokens", sent))
    assert [each.amount for each in answer.received] == ([received] if received else [])
    assert await game.balance("tokens") == 20 - sent
    assert await game.balance("tokens", game.other) == received


async def test_trade_fees_round_up_and_come_back(game: Game) -> None:
    await game.credit(tokens=50)
    await game.credit(game.other, tokens=1, coins=3)
    offered, requested = {"currencies": money(tokens=21)}, {"currencies": money(tokens=1, coins=3)}
    terms = {"partner_id": game.other, "offered": offered, "requested": requested}
    first = (await game.ok("ProposeTrade", **terms)).trade.trade_id
    assert await game.balance("tokens") == 29
    await game.ok("CancelTrade", trade_id=first)
    assert await game.balance("tokens") == 50
    second = (await game.ok("ProposeTrade", **terms)).trade.trade_id
    await game.ok("AcceptTrade", player_id=game.other, trade_id=second)
    # 21 less two of 1.05; the one token is a fee as a whole.
    assert (await game.balance("tokens"), await game.balance("coins")) == (29, 3)
    assert await game.balance("tokens", game.other) == 19


@pytest.mark.parametrize(("quantity", "price"), [(1, 76), (2, 152), (3, 228), (4, 303)])
async def test_discounts_round_once_in_favour_of_the_store(
    game: Game, quantity: int, price: int
) -> None:
    await game.credit(coins=price)
    wrong = money(coins=price - 1)
    answer = await game.call("Purchase", offer_id="sale", quantity=quantity, expected=wrong)
    assert answer.reason == "PRICE_CHANGED"
    await game.ok("Purchase", offer_id="sale", quantity=quantity, expected=money(coins=price))
    assert await game.balance("coins") == 0


async def test_price_times_quantity(game: Game) -> None:
    await game.credit(coins=MAX)
    for quantity, reason in ((1000, "PRICE_OUT_OF_RANGE"), (1001, "INVALID_ARGUMENT")):
        answer = await game.call("Purchase", offer_id="tower", quantity=quantity)
        assert answer.reason == reason
    assert await game.balance("coins") == MAX
    await game.ok("Purchase", offer_id="palace", quantity=1000)
    assert await game.balance("coins") == MAX - 9_007_199_254_740_000 == 991
    assert (await game.call("Purchase", offer_id="palace")).reason == "INSUFFICIENT_FUNDS"


async def test_quantities_of_a_stack(game: Game) -> None:
    for quantity, reason in ((0, "INVALID_ARGUMENT"), (10**12 + 1, "INVALID_ARGUMENT")):
        assert (await game.call("GrantItems", items=things(stamp=quantity))).reason == reason
    await game.grant(stamp=10**12)
    await game.site.sql.execute(
        "UPDATE items SET quantity = $2 WHERE player_id = $1", game.player, MAX - 1
    )
    assert (await game.call("GrantItems", items=things(stamp=2))).reason == "QUANTITY_OUT_OF_RANGE"
    await game.grant(stamp=1)
    assert (await game.call("GrantItems", items=things(stamp=1))).reason == "QUANTITY_OUT_OF_RANGE"
    listed = await game.ok("ListItems", item_id="stamp")
    assert [one.quantity for one in listed.items] == [MAX]


@pytest.mark.parametrize(
    ("items", "reason", "slots"),
    [
        ({"shard": 100}, FINE, 10),
        ({"shard": 101}, "INVENTORY_FULL", 0),
        ({"sword": 10}, FINE, 10),
        ({"sword": 11}, "INVENTORY_FULL", 0),
        ({"sword": 1001}, "QUANTITY_OUT_OF_RANGE", 0),
        ({"ore": 103}, FINE, 10),  # three become coins
        ({"scroll": 101}, FINE, 10),  # one goes by mail
        ({"relic": 2}, "ITEM_LIMIT", 0),
        ({"pumpkin": 1}, "ITEM_LIMIT", 0),
        ({"stamp": 10**12, "shard": 100}, FINE, 10),
    ],
)
async def test_room(game: Game, items: dict[str, int], reason: str, slots: int) -> None:
    answer = await game.call("GrantItems", items=things(**items))
    assert answer.reason == reason, answer
    listed = await game.ok("ListItems", page_size=200)
    assert (listed.capacity, listed.used_slots) == (10, slots)
    assert await game.balance("coins") == (6 if "ore" in items else 0)
    mail = (await game.ok("ListMailbox")).mail
    assert [(one.items[0].item_id, one.items[0].quantity) for one in mail] == (
        [("scroll", 1)] if "scroll" in items else []
    )


async def test_reward_beyond_a_cap_follows_its_policy(game: Game) -> None:
    await game.credit(gems=70)
    gift = {"player_id": game.player, "type": "gift"}
    answer = await game.call("RecordActivity", activity={**gift, "activity_id": f"a-{game.player}"})
    assert answer.reason == "BALANCE_CAP"  # 40 gems more would be 110
    bought = await game.ok(
        "RedeemReceipt",
        provider="apple",
        receipt_id=game.player,
        product_id="gems_50",
    )
    # It was paid with real money: what finds no room waits.
    [mail] = bought.purchase.rewards.mail
    assert [(each.currency, each.amount) for each in mail.currencies] == [("gems", 20)]
    assert (await game.call("ClaimMail", mail_id=mail.mail_id)).reason == "BALANCE_CAP"
    await game.ok("Debit", amounts=money(gems=20))
    await game.ok("ClaimMail", mail_id=mail.mail_id)
    assert await game.balance("gems") == 100
    assert (await game.call("ClaimMail", mail_id=mail.mail_id)).reason == "MAIL_CLAIMED"


@pytest.mark.parametrize("table", ["chest", "vault", "grab"])
async def test_odds_that_do_not_divide_add_up(game: Game, table: str) -> None:
    odds = await game.ok("GetOdds", table_id=table)
    assert sum(one.probability_ppm for one in odds.odds) == 1_000_000
    if table == "grab":  # thirds
        assert sorted(one.probability_ppm for one in odds.odds) == [333_333, 333_333, 333_334]


async def test_stock_that_is_revoked_can_be_sold_again(game: Game) -> None:
    await game.site.sql.execute("DELETE FROM stock")
    await game.credit(coins=40)
    bought = await game.ok("Purchase", offer_id="limited", quantity=3)
    assert (await game.call("Purchase", offer_id="limited")).reason == "SOLD_OUT"
    await game.ok(
        "RevokePurchase", purchase_id=bought.purchase.purchase_id, reason="edge", policy=1
    )
    assert await game.balance("coins") == 40
    await game.ok("Purchase", offer_id="limited", quantity=3)


SWORD = {"item_id": "sword"}
NOBODY = "nobody-at-all"
# The method, what is wrong with the request, the reason, the field or the kind of thing named.
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("Transfer", {"receiver_id": "{player}", "amounts": money(coins=1)}, "SAME_PLAYER",
     "receiver_id"),
    ("GiftItem", {"receiver_id": "{player}", **SWORD}, "SAME_PLAYER", "receiver_id"),
    ("ProposeTrade", {"partner_id": "{player}"}, "SAME_PLAYER", "partner_id"),
    ("ProposeTrade", {"partner_id": "{other}"}, "INVALID_ARGUMENT", "offered"),
    *[
        ("ProposeTrade", {"partner_id": "{other}", side: {"currencies": twice}}, "INVALID_ARGUMENT",
         f"{side}.currencies[1].currency")
        for side in ("offered", "requested")
        for twice in [money(coins=1) * 2]
    ],
    ("ProposeTrade", {"partner_id": "{other}", "offered": {"items": [{"item_id": "shard"}] * 2}},
     "INVALID_ARGUMENT", "offered.items[1]"),
    ("ProposeTrade", {"partner_id": "{other}", "offered": {"items": [SWORD]}}, "INVALID_ARGUMENT",
     "offered.items[0].instance_id"),
    ("ProposeTrade", {"partner_id": "{other}", "requested": {"items": [{**SWORD, "quantity": 2}]}},
     "INVALID_ARGUMENT", "requested.items[0].quantity"),
    ("ProposeTrade", {"partner_id": "{other}", "offered": {"currencies": money(coins=1)},
     "lifetime": {"seconds": 86_401}}, "INVALID_ARGUMENT", "lifetime"),
    ("ProposeTrade", {"partner_id": "{other}", "offered": {"items": [{"item_id": "crown"}]}},
     "UNKNOWN_ITEM", "offered.items[0].item_id"),
    ("ProposeTrade", {"partner_id": "{other}", "offered": {"currencies": money(pounds=1)}},
     "UNKNOWN_CURRENCY", "offered.currencies[0].currency"),
    ("GrantItems", {"items": things(shard=1) * 2}, "INVALID_ARGUMENT", "items[1].item_id"),
    ("GrantItems", {"items": things(shard=1, crown=1)}, "UNKNOWN_ITEM", "items[1].item_id"),
    ("Credit", {"amounts": money(coins=1) * 2}, "INVALID_ARGUMENT", "amounts[1].currency"),
    ("Transfer", {"receiver_id": "{other}", "amounts": money(coins=1) * 2}, "INVALID_ARGUMENT",
     "amounts[1].currency"),
    ("AdjustBalance", {"adjustments": money(coins=1) * 2, "reason": "x"}, "INVALID_ARGUMENT",
     "adjustments[1].currency"),
    ("AdjustBalance", {"adjustments": money(pounds=1), "reason": "x"}, "UNKNOWN_CURRENCY",
     "adjustments[0].currency"),
    ("Purchase", {"offer_id": "potion", "price_option": 2}, "INVALID_ARGUMENT", "price_option"),
    ("OpenContainer", {"item_id": "chest", "quantity": 101}, "INVALID_ARGUMENT", "quantity"),
    ("ConsumeItem", {"item_id": "elixir", "quantity": 2}, "INVALID_ARGUMENT", "quantity"),
    ("GiftItem", {"receiver_id": "{other}", **SWORD}, "INVALID_ARGUMENT", "instance_id"),
    # What is not there.
    ("Purchase", {"offer_id": "crown"}, "OFFER_NOT_FOUND", "offer"),
    ("Purchase", {"offer_id": "gems_pack"}, "NOT_ON_SALE", ""),
    ("RedeemReceipt", {"provider": "p", "receipt_id": "x", "product_id": "crown"},
     "OFFER_NOT_FOUND", "offer"),
    ("GetOdds", {"table_id": "crown"}, "LOOT_TABLE_NOT_FOUND", "loot table"),
    ("GetItemDefinition", {"item_id": "crown"}, "ITEM_NOT_FOUND", "item"),
    ("ClaimMail", {"mail_id": "1"}, "MAIL_NOT_FOUND", "mail"),
    ("GetTrade", {"trade_id": "none"}, "TRADE_NOT_FOUND", "trade"),
    ("AcceptTrade", {"trade_id": "none"}, "TRADE_NOT_FOUND", "trade"),
    ("CancelTrade", {"trade_id": "none"}, "TRADE_NOT_FOUND", "trade"),
    ("RevokePurchase", {"purchase_id": "none", "reason": "x"}, "PURCHASE_NOT_FOUND", "purchase"),
    ("RevokeActivity", {"activity_id": "none", "reason": "x"}, "ACTIVITY_NOT_FOUND", "activity"),
    *[
        (rpc, {"item_id": "sword", "instance_id": "none", **more}, "ITEM_NOT_FOUND", "item")
        for rpc, more in (("EquipItem", {}), ("GiftItem", {"receiver_id": "{other}"}))
    ],
    ("ConsumeItem", {"item_id": "wand", "instance_id": "none"}, "ITEM_NOT_FOUND", "item"),
    *[
        (rpc, {"item_id": "crown"}, "ITEM_NOT_FOUND", "item")
        for rpc in ("ConsumeItem", "ActivatePowerUp", "OpenContainer", "EquipItem")
    ],
    # Nobody is there.
    *[
        (rpc, {"player_id": NOBODY, **fields}, "PLAYER_NOT_FOUND", "player")
        for rpc, fields in (
            ("GrantItems", {"items": things(shard=1)}),
            ("ConsumeItem", {"item_id": "potion"}),
            ("UnequipItem", {"slot": "weapon"}),
            ("ClaimMail", {"mail_id": "1"}),
            ("Purchase", {"offer_id": "potion"}),
            ("RedeemReceipt", {"provider": "p", "receipt_id": "x", "product_id": "gems_50"}),
            ("RevokePurchase", {"purchase_id": "none", "reason": "x"}),
            ("RevokeActivity", {"activity_id": "none", "reason": "x"}),
            ("ListItems", {}), ("ListMailbox", {}), ("ListOffers", {}), ("ListPurchases", {}),
            ("ListDraws", {}), ("ListTrades", {}), ("GetOdds", {"table_id": "chest"}),
            ("AdjustBalance", {"adjustments": money(coins=1), "reason": "x"}),
        )
    ],
    ("Transfer", {"receiver_id": NOBODY, "amounts": money(coins=1)}, "PLAYER_NOT_FOUND", "player"),
    ("GiftItem", {"receiver_id": NOBODY, "item_id": "shard"}, "PLAYER_NOT_FOUND", "player"),
    ("ProposeTrade", {"partner_id": NOBODY, "offered": {"currencies": money(coins=1)}},
     "PLAYER_NOT_FOUND", "player"),
]  # fmt: skip


def filled(game: Game, value: Any) -> Any:
    if value in ("{player}", "{other}"):
        return game.player if value == "{player}" else game.other
    return value


@pytest.mark.parametrize(("rpc", "fields", "reason", "named"), WRONG)
async def test_requests_that_are_wrong(
    game: Game, rpc: str, fields: dict[str, Any], reason: str, named: str
) -> None:
    await game.credit(coins=100)
    await game.grant(shard=3)
    before = await game.site.trace()
    answer = await game.call(rpc, **{name: filled(game, value) for name, value in fields.items()})
    assert answer.reason == reason, answer
    if answer.code is Code.INVALID_ARGUMENT:
        assert answer.fields == [named]
    elif answer.code is Code.NOT_FOUND:
        assert answer.resource[0] == named
    assert (await game.site.trace())[1] == before[1]
