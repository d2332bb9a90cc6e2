"""The public face of the SDK. A name here is a promise: add with care, remove never."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import renown

EXPORTS = [
    "Activity",
    "ActivityRecorded",
    "ActivityResult",
    "ActivityRevoked",
    "ActivityType",
    "AuditEntry",
    "Balance",
    "Client",
    "CosmeticKind",
    "CreatedKey",
    "Credit",
    "Currency",
    "CurrencyAmount",
    "CurrencyChange",
    "Debt",
    "Draw",
    "DrawRecord",
    "EquipResult",
    "EquippedItem",
    "Event",
    "EventPage",
    "EventStream",
    "ExplainedFact",
    "Explanation",
    "GiftReceived",
    "GiftSent",
    "InventorySpace",
    "Item",
    "ItemAmount",
    "ItemChange",
    "ItemDefinition",
    "ItemDetails",
    "ItemDisplay",
    "ItemEquipped",
    "ItemKind",
    "ItemOverflow",
    "ItemSource",
    "ItemStatistics",
    "ItemUsed",
    "Key",
    "KeyKind",
    "Leaderboard",
    "LeaderboardAggregation",
    "LeaderboardEntry",
    "LeaderboardOrder",
    "LeaderboardPeriod",
    "LeaderboardSource",
    "LeaderboardStatus",
    "Level",
    "LevelProgress",
    "LevelUp",
    "LootRoll",
    "Mail",
    "MailClaimed",
    "MetricChange",
    "MetricMoved",
    "Multiplier",
    "MultiplierGrant",
    "Odds",
    "OddsTable",
    "Offer",
    "OfferPurchased",
    "Page",
    "Pages",
    "PastOwner",
    "Period",
    "Player",
    "PlayerCreated",
    "PlayerToken",
    "Posting",
    "Price",
    "Provenance",
    "Purchase",
    "PurchaseResult",
    "PurchaseRevocation",
    "PurchaseRevoked",
    "Rank",
    "Rarity",
    "RecordedActivity",
    "RenownError",
    "RetryPolicy",
    "Revocation",
    "RevokePolicy",
    "RevokedMetric",
    "Reward",
    "RewardOverflowed",
    "RewardsReceived",
    "Role",
    "Score",
    "ScoreChange",
    "ScoreResult",
    "Simulation",
    "Standings",
    "StreamPolicy",
    "TimedMultiplier",
    "Trade",
    "TradeBadge",
    "TradeChanged",
    "TradeItem",
    "TradeSide",
    "TradeState",
    "Transaction",
    "Transfer",
    "Wallet",
    "XpAdjusted",
    "XpChange",
    "XpEntry",
    "XpGained",
    "connect",
    "errors",
]

METHODS = {
    "activities": "explain list record record_batch revoke simulate types",
    "admin": "audit create_key keys revoke_key",
    "auth": "issue_player_token",
    "events": "list stream watch_rewards",
    "inventory": (
        "activate claim consume definition definitions equip gift grant items mailbox open space"
        " unequip"
    ),
    "leaderboards": "entries get list rank submit submit_batch top",
    "players": "create get get_many level levels xp_history",
    "store": "draws odds offers purchase purchases redeem revoke_purchase",
    "trades": "accept cancel get list propose",
    "wallets": "adjust credit credit_batch currencies debit get transactions transfer",
}


def test_the_exports_are_these() -> None:
    assert renown.__all__ == EXPORTS
    for name in EXPORTS:
        assert getattr(renown, name) is not None


async def test_the_methods_are_these() -> None:
    async with renown.connect("127.0.0.1:1", key="k.s") as game:
        for service, methods in METHODS.items():
            kind = type(getattr(game, service))
            public = [
                name
                for part in kind.__mro__[:-1]
                for name, item in vars(part).items()
                if callable(item) and name[0] != "_"
            ]
            assert " ".join(sorted(public)) == methods, service
        assert type(game.raw).__slots__ == (
            "activity",
            "player_profile",
            "currency",
            "inventory",
            "store",
            "trade",
            "leaderboard",
            "event",
            "auth",
            "admin",
        )


def test_types_are_published() -> None:
    assert Path(renown.__file__).with_name("py.typed").is_file()


def test_the_sdk_needs_little() -> None:
    needed = {
        re.match(r"[\w-]+", requirement)[0]  # type: ignore[index]
        for requirement in importlib.metadata.requires("renown") or ()
    }
    assert needed <= {"googleapis-common-protos", "grpcio", "grpcio-status", "protobuf"}

    script = (
        "import sys, renown; print(*{name.split('.')[0] for name in sys.modules"
        " if getattr(sys.modules[name], '__file__', None)})"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    foreign = {"renown_server", "sqlalchemy", "asyncpg", "redis", "msgspec", "protovalidate"}
    assert foreign.isdisjoint(loaded)
