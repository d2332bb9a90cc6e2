"""A valid request of each RPC, and the small world it is about."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import admin_service_pb2 as admin
from renown.v1 import auth_service_pb2 as auth
from renown.v1 import common_pb2 as common
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import event_service_pb2 as event
from renown.v1 import inventory_service_pb2 as inventory
from renown.v1 import leaderboard_service_pb2 as leaderboard
from renown.v1 import player_profile_service_pb2 as profile
from renown.v1 import reward_pb2 as reward
from renown.v1 import store_service_pb2 as store
from renown.v1 import trade_service_pb2 as trade
from renown.v1.access_pb2 import Role
from renown.v1.revocation_pb2 import RevokePolicy
from tests.kit.example_goals import GOAL_EXAMPLES, Pools, deeds_of
from tests.kit.fresh import fresh
from tests.kit.raw import BY_NAME, Code, Raw, Rpc

__all__ = ["EXAMPLES", "World", "credential_of", "example", "fresh", "visit"]


@dataclass(frozen=True, slots=True)
class World:
    """Who and what examples are about; the starter game is served, with goals.

    Attributes:
        raw: calls as a game server, unless told otherwise.
        credentials: by `anonymous`, `player`, `server` and an operator's role.
        player: has a history; the player of the token.
        other: another one.
        activity_id: of the player's first activity.
        key_id: a key nobody uses.
        mail: ids of the player's mail, unclaimed the first time round.
        trades: ids of trades proposed to the player, open the first time round.
        purchase_id: of a purchase of the player.
        goals: what the player can take once each.
    """

    raw: Raw
    credentials: Mapping[str, str]
    player: str
    other: str
    activity_id: str
    key_id: str
    mail: Iterator[str]
    trades: Iterator[str]
    purchase_id: str
    goals: Pools = field(default_factory=Pools)


def credential_of(rpc: Rpc, world: World) -> str:
    """A credential that may call the method."""
    operators_only = list(rpc.access.callers) == [3]
    return world.credentials["admin" if operators_only else "server"]


def example(rpc: Rpc, world: World) -> Any:
    """A request that is valid, with as many fields set as can be, under fresh ids."""
    return EXAMPLES[rpc.name](world)


@asynccontextmanager
async def visit(
    address: str, server_key: str, operators: Mapping[str, str]
) -> AsyncIterator[World]:
    """Makes two players with a history of two entries in each list, and a key to spare.

    Args:
        address: of a server with the starter game and tests/kit/goals.py.
        server_key: a game server's credential.
        operators: credentials by role; `admin` among them.
    """
    async with grpc.aio.insecure_channel(address) as channel:
        raw = Raw(channel, server_key)
        player, other = fresh("w"), fresh("w")
        for name, kind in ((player, "vow"), (other, "pledge")):
            await _make_history(raw, name, deeds_of(name, kind))
        request = auth.IssuePlayerTokenRequest(player_id=player)
        issued = await _must(raw, "IssuePlayerToken", request)
        token = auth.IssuePlayerTokenResponse.FromString(issued).token
        credentials = {"anonymous": "", "player": token, "server": server_key, **operators}
        mail, trades, purchase_id = await _make_things(raw, player, other)
        world = World(raw, credentials, player, other, f"{player}-0", "", mail, trades, purchase_id)
        key_id = ""
        for _ in range(2):
            request_key = EXAMPLES["CreateKey"](world)
            created = await _must(raw, "CreateKey", request_key, credential=operators["admin"])
            key_id = admin.CreateKeyResponse.FromString(created).key.key_id
        yield replace(world, key_id=key_id)


async def _make_history(raw: Raw, player_id: str, deeds: list[activity.Activity]) -> None:
    for number in range(2):
        done = _activity(player_id)
        done.activity_id = f"{player_id}-{number}"
        await _must(raw, "RecordActivity", activity.RecordActivityRequest(activity=done))
    for done in deeds:
        await _must(raw, "RecordActivity", activity.RecordActivityRequest(activity=done))
    await _must(raw, "SubmitScore", _score(player_id))


async def _make_things(
    raw: Raw, player: str, other: str
) -> tuple[Iterator[str], Iterator[str], str]:
    """Things to use, mail to claim, trades to accept, and something bought."""
    for name in (player, other):
        for item, quantity in THINGS.items():
            await _must(raw, "GrantItems", _grant(name, item, quantity))
        for code, amount in (("coins", 1_000_000), ("gems", 1_000)):
            paid = common.CurrencyAmount(currency=code, amount=amount)
            request = currency.CreditRequest(request_id=fresh("r"), player_id=name, amounts=[paid])
            await _must(raw, "Credit", request)
    # What one owns and the other does not shows in the odds.
    await _must(raw, "GrantItems", _grant(player, "avatar_fox", 1))
    for _ in range(POOL):
        await _must(raw, "GrantItems", _grant(player, "iron_ore", 1, to_mailbox=True))
    for _ in range(2):
        await _must(raw, "GrantItems", _grant(other, "iron_ore", 1, to_mailbox=True))
    trades = []
    proposers = [fresh("w") for _ in range(POOL // 10)]
    for proposer in proposers:
        await _must(
            raw,
            "CreatePlayer",
            profile.CreatePlayerRequest(request_id=fresh("r"), player_id=proposer),
        )
    for proposer in proposers * 10:
        request_trade = trade.ProposeTradeRequest(
            request_id=fresh("r"),
            player_id=proposer,
            partner_id=player,
            requested=trade.TradeSide(items=[trade.TradeItem(item_id="iron_ore")]),
        )
        answer = await _must(raw, "ProposeTrade", request_trade)
        trades.append(trade.ProposeTradeResponse.FromString(answer).trade.trade_id)
    bought = [
        await _must(
            raw,
            "Purchase",
            store.PurchaseRequest(request_id=fresh("r"), player_id=name, offer_id="potion_pack"),
        )
        for name in (player, player, other, other)
    ]
    purchase_id = store.PurchaseResponse.FromString(bought[0]).purchase.purchase_id
    for name in (player, player, other, other):
        await _must(
            raw,
            "OpenContainer",
            inventory.OpenContainerRequest(
                request_id=fresh("r"), player_id=name, item_id="wooden_chest"
            ),
        )
    for name in (player, other):
        await _must(raw, "ProposeTrade", _proposal(name, proposers[0]))
    mail = itertools.cycle([str(number) for number in range(1, POOL + 1)])
    return mail, itertools.cycle(trades), purchase_id


def _grant(player_id: str, item: str, quantity: int, **more: Any) -> inventory.GrantItemsRequest:
    return inventory.GrantItemsRequest(
        request_id=fresh("r"),
        player_id=player_id,
        items=[reward.ItemAmount(item_id=item, quantity=quantity)],
        event_type="gift",
        description="For you",
        reference_type="campaign",
        reference_id="c 1",
        **more,
    )


def _proposal(player_id: str, partner_id: str) -> trade.ProposeTradeRequest:
    side: dict[str, Any] = {
        "currencies": [common.CurrencyAmount(currency="coins", amount=1)],
        "items": [trade.TradeItem(item_id="iron_ore", quantity=1)],
        "badges": [trade.TradeBadge(badge_id="helper", quantity=1)],
    }
    return trade.ProposeTradeRequest(
        request_id=fresh("r"),
        player_id=player_id,
        partner_id=partner_id,
        offered=trade.TradeSide(**side),
        requested=trade.TradeSide(**side),
        message="Deal?",
        lifetime=Duration(seconds=60),
    )


def _mine(world: World, **more: Any) -> dict[str, Any]:
    """What nearly every request of a player has."""
    return {"request_id": fresh("r"), "player_id": world.player, **more}


async def _must(raw: Raw, name: str, request: Message, **options: Any) -> bytes:
    answer = await raw.call(BY_NAME[name], request, **options)
    assert answer.code is Code.OK, answer
    return answer.body


def _activity(player_id: str) -> activity.Activity:
    return activity.Activity(
        player_id=player_id,
        activity_id=fresh("a"),
        type="lesson_completed",
        occurred_at=_moment(timedelta(hours=-1)),
        metrics={"study_minutes": 5},
        context={"subject": "maths"},
        performance=activity.Performance(
            perfect=True,
            first_try=True,
            time=Duration(seconds=50),
            expected_time=Duration(seconds=200),
        ),
        reference_type="lesson",
        reference_id="7",
        description="Fractions",
        amount=20,
    )


def _score(player_id: str) -> leaderboard.SubmitScoreRequest:
    return leaderboard.SubmitScoreRequest(
        request_id=fresh("r"), leaderboard_id="high_score", player_id=player_id, score=70
    )


def _moment(later: timedelta) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(datetime.now(UTC) + later)
    return found


def _move(world: World) -> dict[str, Any]:
    return {
        "request_id": fresh("r"),
        "player_id": world.player,
        "amounts": [common.CurrencyAmount(currency="coins", amount=1)],
        "event_type": "gift",
        "description": "For you",
        "reference_type": "campaign",
        "reference_id": "c 1",
    }


POOL = 40
"""How many mails and trades there are to take, once each."""

THINGS = {
    "xp_scroll": 10_000,
    "double_xp": 1_000,
    "wooden_chest": 1_000,
    "health_potion": 200,
    "iron_ore": 500,
    "frame_gold": 1,
}
"""What the players of a world own."""


EXAMPLES: dict[str, Callable[[World], Message]] = {
    **GOAL_EXAMPLES,
    "RecordActivity": lambda w: activity.RecordActivityRequest(activity=_activity(w.player)),
    "BatchRecordActivities": lambda w: activity.BatchRecordActivitiesRequest(
        activities=[_activity(w.player)]
    ),
    "SimulateActivity": lambda w: activity.SimulateActivityRequest(activity=_activity(w.player)),
    "ExplainActivity": lambda w: activity.ExplainActivityRequest(
        player_id=w.player, activity_id=w.activity_id
    ),
    "ListActivities": lambda w: activity.ListActivitiesRequest(
        player_id=w.player, page_size=1, type="lesson_completed"
    ),
    "ListActivityTypes": lambda w: activity.ListActivityTypesRequest(page_size=1),
    "CreatePlayer": lambda w: profile.CreatePlayerRequest(
        request_id=fresh("r"),
        player_id=fresh("c"),
        username=fresh("user"),
        display_name="Žofie 🦊",
        avatar_url="/a.png",
        time_zone="Europe/Prague",
        locale="cs-CZ",
    ),
    "GetPlayer": lambda w: profile.GetPlayerRequest(player_id=w.player),
    "BatchGetPlayers": lambda w: profile.BatchGetPlayersRequest(player_ids=[w.player, w.other]),
    "GetLevelProgress": lambda w: profile.GetLevelProgressRequest(player_id=w.player),
    "ListLevels": lambda w: profile.ListLevelsRequest(page_size=1),
    "ListXpHistory": lambda w: profile.ListXpHistoryRequest(player_id=w.player, page_size=1),
    "GetWallet": lambda w: currency.GetWalletRequest(player_id=w.player),
    "ListTransactions": lambda w: currency.ListTransactionsRequest(
        player_id=w.player, page_size=1, currency="coins", event_type="lesson_completed"
    ),
    "ListCurrencies": lambda w: currency.ListCurrenciesRequest(page_size=1),
    "Credit": lambda w: currency.CreditRequest(**_move(w)),
    "Debit": lambda w: currency.DebitRequest(**_move(w)),
    "GetLeaderboard": lambda w: leaderboard.GetLeaderboardRequest(leaderboard_id="high_score"),
    "ListLeaderboards": lambda w: leaderboard.ListLeaderboardsRequest(page_size=1),
    "SubmitScore": lambda w: _score(w.player),
    "BatchSubmitScores": lambda w: leaderboard.BatchSubmitScoresRequest(scores=[_score(w.player)]),
    "GetRank": lambda w: leaderboard.GetRankRequest(
        leaderboard_id="high_score", player_id=w.player, neighbors=3
    ),
    "ListEntries": lambda w: leaderboard.ListEntriesRequest(
        leaderboard_id="high_score", page_size=1
    ),
    "StreamEvents": lambda w: event.StreamEventsRequest(
        player_id=w.player, cursor="beginning", types=["xp.*"]
    ),
    "ListEvents": lambda w: event.ListEventsRequest(
        player_id=w.player, page_size=1, types=["xp.gained"], wait=Duration(nanos=1_000_000)
    ),
    "IssuePlayerToken": lambda w: auth.IssuePlayerTokenRequest(
        player_id=w.player, ttl=Duration(seconds=60)
    ),
    "CreateKey": lambda w: admin.CreateKeyRequest(
        request_id=fresh("r"),
        name="example",
        kind=admin.KEY_KIND_OPERATOR,
        roles=[Role.ROLE_VIEWER],
        expires_at=_moment(timedelta(days=1)),
    ),
    "RevokeKey": lambda w: admin.RevokeKeyRequest(
        request_id=fresh("r"), key_id=w.key_id, reason="Leaked"
    ),
    "ListKeys": lambda w: admin.ListKeysRequest(page_size=1),
    "ListAudit": lambda w: admin.ListAuditRequest(page_size=1),
    "RevokeActivity": lambda w: activity.RevokeActivityRequest(
        **_mine(w, activity_id=f"{w.player}-1", reason="Cheated"),
        policy=RevokePolicy.REVOKE_POLICY_DEBT,
    ),
    "BatchCredit": lambda w: currency.BatchCreditRequest(
        credits=[currency.CreditRequest(**_move(w))]
    ),
    "Transfer": lambda w: currency.TransferRequest(
        **_mine(w, receiver_id=w.other, message="For you"),
        amounts=[common.CurrencyAmount(currency="coins", amount=2)],
    ),
    "AdjustBalance": lambda w: currency.AdjustBalanceRequest(
        **_mine(w, reason="A bug took it"),
        adjustments=[currency.CurrencyAdjustment(currency="coins", amount=1)],
    ),
    "ListItems": lambda w: inventory.ListItemsRequest(player_id=w.player, page_size=1),
    "GetItemDefinition": lambda w: inventory.GetItemDefinitionRequest(item_id="xp_scroll"),
    "ListItemDefinitions": lambda w: inventory.ListItemDefinitionsRequest(page_size=1),
    "GrantItems": lambda w: _grant(w.player, "xp_scroll", 1),
    "GiftItem": lambda w: inventory.GiftItemRequest(
        **_mine(w, receiver_id=w.other, item_id="health_potion", quantity=1, message="For you")
    ),
    "ConsumeItem": lambda w: inventory.ConsumeItemRequest(
        **_mine(w, item_id="xp_scroll", quantity=1, environment="cave", activity="dig")
    ),
    "EquipItem": lambda w: inventory.EquipItemRequest(**_mine(w, item_id="frame_gold")),
    "UnequipItem": lambda w: inventory.UnequipItemRequest(**_mine(w, slot="frame")),
    "ActivatePowerUp": lambda w: inventory.ActivatePowerUpRequest(
        **_mine(w, item_id="double_xp", environment="cave", activity="dig")
    ),
    "OpenContainer": lambda w: inventory.OpenContainerRequest(
        **_mine(w, item_id="wooden_chest", quantity=1)
    ),
    "ListMailbox": lambda w: inventory.ListMailboxRequest(
        player_id=w.player, page_size=1, include_claimed=True
    ),
    "ClaimMail": lambda w: inventory.ClaimMailRequest(**_mine(w, mail_id=next(w.mail))),
    "ListOffers": lambda w: store.ListOffersRequest(player_id=w.player, page_size=1),
    "Purchase": lambda w: store.PurchaseRequest(
        **_mine(w, offer_id="potion_pack", quantity=1),
        expected=[common.CurrencyAmount(currency="coins", amount=40)],
    ),
    "ListPurchases": lambda w: store.ListPurchasesRequest(player_id=w.player, page_size=1),
    "GetOdds": lambda w: store.GetOddsRequest(player_id=w.player, table_id="golden_chest"),
    "ListDraws": lambda w: store.ListDrawsRequest(player_id=w.player, page_size=1),
    "RedeemReceipt": lambda w: store.RedeemReceiptRequest(
        provider="apple",
        receipt_id=fresh("receipt"),
        player_id=w.player,
        product_id="gems_100",
        quantity=1,
    ),
    "RevokePurchase": lambda w: store.RevokePurchaseRequest(
        **_mine(w, purchase_id=w.purchase_id, reason="Charged back"),
        policy=RevokePolicy.REVOKE_POLICY_DEBT,
    ),
    "ProposeTrade": lambda w: _proposal(w.player, w.other),
    "AcceptTrade": lambda w: trade.AcceptTradeRequest(**_mine(w, trade_id=next(w.trades))),
    "CancelTrade": lambda w: trade.CancelTradeRequest(**_mine(w, trade_id=next(w.trades))),
    "GetTrade": lambda w: trade.GetTradeRequest(player_id=w.player, trade_id=next(w.trades)),
    "ListTrades": lambda w: trade.ListTradesRequest(player_id=w.player, page_size=1),
}
"""By the RPC's name."""
