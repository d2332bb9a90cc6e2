"""The Python SDK of Renown, the game progression backend.

async with renown.connect("127.0.0.1:50051", key="k_….secret") as game:
    result = await game.activities.record("ada", "lesson_completed")
"""

from renown import errors
from renown._error import RenownError
from renown._model.activity import (
    Activity,
    ActivityResult,
    ActivityType,
    ExplainedFact,
    Explanation,
    MetricChange,
    RecordedActivity,
    Simulation,
    XpChange,
)
from renown._model.admin import AuditEntry, CreatedKey, Key, KeyKind, PlayerToken, Role
from renown._model.common import (
    CurrencyAmount,
    CurrencyChange,
    LevelUp,
    Multiplier,
    ScoreChange,
)
from renown._model.event import (
    ActivityRecorded,
    Event,
    EventPage,
    MetricMoved,
    PlayerCreated,
    XpGained,
)
from renown._model.leaderboard import (
    Leaderboard,
    LeaderboardAggregation,
    LeaderboardEntry,
    LeaderboardOrder,
    LeaderboardPeriod,
    LeaderboardSource,
    LeaderboardStatus,
    Period,
    Rank,
    Score,
    ScoreResult,
    Standings,
)
from renown._model.player import Level, LevelProgress, Player, XpEntry
from renown._model.wallet import Balance, Currency, Posting, Transaction, Wallet
from renown._pages import Page, Pages
from renown._retry import RetryPolicy, StreamPolicy
from renown.client import Client, connect
from renown.streams import EventStream

__all__ = [
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
