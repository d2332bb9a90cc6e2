"""Every field of every message arrives in its typed value, and none is forgotten."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from google.protobuf.message import Message

import renown
from renown._model.basics import WireEnum
from renown._wire import activity, admin, common, event, leaderboard, player, wallet
from renown._wire.scalars import to_timestamp
from renown.v1 import (
    access_pb2,
    activity_service_pb2,
    admin_service_pb2,
    auth_service_pb2,
    common_pb2,
    currency_service_pb2,
    event_pb2,
    player_profile_service_pb2,
)
from renown.v1 import leaderboard_service_pb2 as board_pb2
from tests.kit.fields import differences, fill

CONVERTERS: list[tuple[type[Message], Callable[[Any], object]]] = [
    (activity_service_pb2.ActivityResult, activity.activity_result),
    (activity_service_pb2.ActivityTypeInfo, activity.activity_type),
    (activity_service_pb2.ExplainedFact, activity.explained_fact),
    (admin_service_pb2.Key, admin.key),
    (admin_service_pb2.AuditEntry, admin.audit_entry),
    (auth_service_pb2.IssuePlayerTokenResponse, admin.player_token),
    (common_pb2.CurrencyChange, common.currency_change),
    (common_pb2.ScoreChange, common.score_change),
    (common_pb2.LevelUp, common.level_up),
    (common_pb2.Multiplier, common.multiplier),
    (currency_service_pb2.Wallet, wallet.wallet),
    (currency_service_pb2.Transaction, wallet.transaction),
    (currency_service_pb2.CurrencyInfo, wallet.currency),
    (board_pb2.Leaderboard, leaderboard.leaderboard),
    (board_pb2.GetLeaderboardResponse, leaderboard.leaderboard_status),
    (board_pb2.GetRankResponse, leaderboard.rank),
    (board_pb2.ScoreResult, leaderboard.score_result),
    (player_profile_service_pb2.Player, player.player),
    (player_profile_service_pb2.LevelProgress, player.level_progress),
    (player_profile_service_pb2.Level, player.level),
    (player_profile_service_pb2.XpEntry, player.xp_entry),
]


@pytest.mark.parametrize(("kind", "convert"), CONVERTERS, ids=[k.__name__ for k, _ in CONVERTERS])
def test_every_field_arrives(kind: type[Message], convert: Callable[[Any], object]) -> None:
    message = kind()
    fill(message, itertools.count(1))
    assert differences(message, convert(message), kind.__name__) == []


@pytest.mark.parametrize(
    "payload", [field.name for field in event_pb2.Event.DESCRIPTOR.oneofs[0].fields]
)
def test_every_payload_of_an_event_arrives(payload: str) -> None:
    message = event_pb2.Event(player_id="ada", sequence=3, type="x.y", command_id="c")
    getattr(message, payload).SetInParent()
    fill(getattr(message, payload), itertools.count(1))
    converted = event.event(message)
    assert converted.payload is not None
    assert differences(message, converted, "Event") == []


def test_every_field_of_an_activity_goes_and_comes_back() -> None:
    sent = renown.Activity(
        "ada",
        "lesson_completed",
        activity_id="a1",
        occurred_at=datetime(2026, 11, 20, 12, 30, 0, 5, tzinfo=timezone(timedelta(hours=2))),
        metrics={"hours": 765},
        context={"subject": "math"},
        perfect=True,
        first_try=True,
        time=timedelta(seconds=90.5),
        expected_time=timedelta(minutes=3),
        amount=12,
        reference_type="task",
        reference_id="t9",
        description="Fractions",
    )
    message = activity.to_activity(sent)
    unset = [f.name for f in message.DESCRIPTOR.fields if f not in dict(message.ListFields())]
    assert unset == []
    assert len(message.performance.ListFields()) == 4
    assert activity.activity(message) == sent


def test_what_is_not_given_is_not_sent() -> None:
    message = activity.to_activity(renown.Activity("ada", "login", "a1"))
    assert [field.name for field, _ in message.ListFields()] == ["player_id", "activity_id", "type"]


def test_ids_are_made_up_once() -> None:
    first, second = renown.Activity("ada", "login"), renown.Activity("ada", "login")
    assert first.activity_id != second.activity_id
    assert len(renown.Score("board", "ada", 1).request_id) == 36


def test_metrics_are_integers() -> None:
    wrong: Any = {"hours": 76.5}
    with pytest.raises(TypeError, match="scaled integers"):
        activity.to_activity(renown.Activity("ada", "hours_logged", metrics=wrong))
    with pytest.raises(TypeError, match="scaled integers"):
        common.to_currency_amounts({"coins": True})


def test_a_datetime_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_timestamp(datetime(2026, 11, 20))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"),
    [
        (renown.KeyKind, admin_service_pb2.KeyKind, "KEY_KIND_"),
        (renown.Role, access_pb2.Role, "ROLE_"),
        (
            renown.LeaderboardPeriod,
            board_pb2.LeaderboardPeriod,
            "LEADERBOARD_PERIOD_",
        ),
        (
            renown.LeaderboardSource,
            board_pb2.LeaderboardSource,
            "LEADERBOARD_SOURCE_",
        ),
        (
            renown.LeaderboardAggregation,
            board_pb2.LeaderboardAggregation,
            "LEADERBOARD_AGGREGATION_",
        ),
        (renown.LeaderboardOrder, board_pb2.LeaderboardOrder, "LEADERBOARD_ORDER_"),
    ],
)
def test_enums_are_those_of_the_contract(ours: type[WireEnum], theirs: Any, prefix: str) -> None:
    wanted = {name.removeprefix(prefix): number for name, number in theirs.items()}
    wanted["UNKNOWN"] = wanted.pop("UNSPECIFIED")
    assert {item.name: item.value for item in ours} == wanted
    assert ours(999) is ours(0)


def test_secrets_are_not_shown() -> None:
    token = admin.player_token(auth_service_pb2.IssuePlayerTokenResponse(token="secret"))
    key = renown.CreatedKey(admin.key(admin_service_pb2.Key(key_id="k_1")), "k_1.secret")
    assert token.token == "secret"
    assert "secret" not in f"{token!r}{key!r}"
