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
    "ActivityType",
    "AuditEntry",
    "Balance",
    "Client",
    "CreatedKey",
    "Currency",
    "CurrencyAmount",
    "CurrencyChange",
    "Event",
    "EventPage",
    "EventStream",
    "ExplainedFact",
    "Explanation",
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
    "MetricChange",
    "MetricMoved",
    "Multiplier",
    "Page",
    "Pages",
    "Period",
    "Player",
    "PlayerCreated",
    "PlayerToken",
    "Posting",
    "Rank",
    "RecordedActivity",
    "RenownError",
    "RetryPolicy",
    "Role",
    "Score",
    "ScoreChange",
    "ScoreResult",
    "Simulation",
    "Standings",
    "StreamPolicy",
    "Transaction",
    "Wallet",
    "XpChange",
    "XpEntry",
    "XpGained",
    "connect",
    "errors",
]

METHODS = {
    "activities": "explain list record record_batch simulate types",
    "admin": "audit create_key keys revoke_key",
    "auth": "issue_player_token",
    "events": "list stream watch_rewards",
    "leaderboards": "entries get list rank submit submit_batch top",
    "players": "create get get_many level levels xp_history",
    "wallets": "credit currencies debit get transactions",
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
                name for name, item in vars(kind).items() if callable(item) and name[0] != "_"
            ]
            assert " ".join(sorted(public)) == methods, service
        assert type(game.raw).__slots__ == (
            "activity",
            "player_profile",
            "currency",
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
