"""Errors: one class a reason, by the reason and never by the text."""

import pickle
from datetime import UTC, date, datetime, timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import (  # type: ignore[import-untyped, unused-ignore]
    error_details_pb2,
    status_pb2,
)
from grpc_status import rpc_status  # type: ignore[import-untyped, unused-ignore]

import renown
from renown import errors
from renown._status import from_rpc_error, from_status
from renown.v1.errors_pb2 import ErrorReason
from renown_server import errors as server_errors

STATUS = grpc.StatusCode


def status(code: grpc.StatusCode, *details: Message, message: str = "no") -> status_pb2.Status:
    packed = []
    for detail in details:
        item = PackedAny()
        item.Pack(detail)
        packed.append(item)
    return status_pb2.Status(code=code.value[0], message=message, details=packed)


def info(reason: str, domain: str = "renown", **metadata: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)


@pytest.mark.parametrize(
    "reason",
    [name.removeprefix("ERROR_REASON_") for name, number in ErrorReason.items() if number],
)
def test_every_reason_of_the_contract_has_its_class(reason: str) -> None:
    error = from_status(status(STATUS.UNKNOWN, info(reason)))
    assert type(error) is not renown.RenownError
    assert type(error).REASON == error.reason == reason


def test_every_class_has_a_reason_of_the_contract() -> None:
    known = {name.removeprefix("ERROR_REASON_") for name, _ in ErrorReason.items()}
    kinds = [getattr(errors, name) for name in errors.__all__]
    reasons = [kind.REASON for kind in kinds if vars(kind).get("REASON")]
    assert set(reasons) < known
    assert len(reasons) == len(set(reasons)) == len(known) - 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (STATUS.INVALID_ARGUMENT, errors.InvalidArgument),
        (STATUS.UNAUTHENTICATED, errors.Unauthenticated),
        (STATUS.PERMISSION_DENIED, errors.PermissionDenied),
        (STATUS.NOT_FOUND, errors.NotFound),
        (STATUS.ALREADY_EXISTS, errors.AlreadyExists),
        (STATUS.FAILED_PRECONDITION, errors.FailedPrecondition),
        (STATUS.ABORTED, errors.Conflict),
        (STATUS.OUT_OF_RANGE, errors.OutOfRange),
        (STATUS.RESOURCE_EXHAUSTED, errors.ResourceExhausted),
        (STATUS.UNAVAILABLE, errors.Unavailable),
        (STATUS.INTERNAL, errors.Internal),
        (STATUS.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
        (STATUS.UNIMPLEMENTED, renown.RenownError),
    ],
)
def test_a_reason_of_later_falls_back_to_its_status(
    code: grpc.StatusCode, kind: type[renown.RenownError]
) -> None:
    for answer in (status(code), status(code, info("GUILD_NOT_FOUNDED"))):
        error = from_status(answer)
        assert type(error) is kind
        assert error.code is code
    assert from_status(status(code, info("GUILD_NOT_FOUNDED"))).reason == "GUILD_NOT_FOUNDED"


def test_the_reason_of_somebody_else_is_not_ours() -> None:
    error = from_status(status(STATUS.UNAVAILABLE, info("RATE_LIMITED", domain="envoy.example")))
    assert type(error) is errors.Unavailable
    assert error.reason == ""


def test_all_details_are_read() -> None:
    field = error_details_pb2.BadRequest.FieldViolation(field="amounts[0]", description="too low")
    quota = error_details_pb2.QuotaFailure.Violation(subject="key:k_1", description="100/s")
    need = error_details_pb2.PreconditionFailure.Violation(type="FUNDS", description="funds")
    error = from_status(
        status(
            STATUS.RESOURCE_EXHAUSTED,
            info("RATE_LIMITED"),
            error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)),
            error_details_pb2.BadRequest(field_violations=[field]),
            error_details_pb2.QuotaFailure(violations=[quota]),
            error_details_pb2.PreconditionFailure(violations=[need]),
            error_details_pb2.ResourceInfo(resource_type="player", resource_name="ada"),
            error_details_pb2.Help(),
            message="slow down",
        ),
        request_id="r1",
    )
    assert error.retry_after == timedelta(seconds=1.5)
    assert error.violations == (
        errors.Violation("amounts[0]", "too low"),
        errors.Violation("key:k_1", "100/s"),
        errors.Violation("FUNDS", "funds"),
    )
    assert (error.message, error.request_id) == ("slow down", "r1")
    assert error.details.resource_name == "ada"
    assert str(error) == "RATE_LIMITED: slow down"


def test_values_are_typed() -> None:
    funds = from_status(
        status(
            STATUS.FAILED_PRECONDITION,
            info("INSUFFICIENT_FUNDS", currency="gems", needed="9007199254740991", available="3"),
        )
    )
    assert isinstance(funds, errors.InsufficientFunds)
    assert (funds.currency, funds.needed, funds.available) == ("gems", 9007199254740991, 3)

    cooldown = from_status(
        status(STATUS.FAILED_PRECONDITION, info("COOLDOWN", available_at="2026-11-20T10:00:00Z"))
    )
    assert isinstance(cooldown, errors.Cooldown)
    assert cooldown.available_at == datetime(2026, 11, 20, 10, tzinfo=UTC)

    cap = from_status(
        status(STATUS.FAILED_PRECONDITION, info("DAILY_CAP", cap="3", day="2026-11-20"))
    )
    assert isinstance(cap, errors.DailyCap)
    assert (cap.cap, cap.day) == (3, date(2026, 11, 20))

    full = from_status(
        status(STATUS.OUT_OF_RANGE, info("BALANCE_CAP", currency="coins", cap="10", balance="8"))
    )
    assert isinstance(full, errors.BalanceCap)
    assert (full.currency, full.cap, full.balance) == ("coins", 10, 8)

    missing = from_status(
        status(
            STATUS.NOT_FOUND,
            info("PLAYER_NOT_FOUND"),
            error_details_pb2.ResourceInfo(resource_type="player", resource_name="ada"),
        )
    )
    assert isinstance(missing, errors.PlayerNotFound)
    assert (missing.resource_type, missing.resource_name) == ("player", "ada")


ECONOMY_VALUES: list[tuple[server_errors.RenownError, dict[str, object]]] = [
    (
        server_errors.InsufficientItems("potion", 3, 1),
        {"item": "potion", "needed": 3, "available": 1},
    ),
    (server_errors.NotUsable("potion", "worn"), {"item": "potion"}),
    (server_errors.NotEquippable("potion"), {"item": "potion"}),
    (
        server_errors.ItemCooldown("potion", "2026-11-20T10:00:00Z"),
        {"item": "potion", "available_at": datetime(2026, 11, 20, 10, tzinfo=UTC)},
    ),
    (server_errors.LevelTooLow(5, 2), {"needed": 5, "level": 2}),
    (server_errors.WrongContext("rod", "on land"), {"item": "rod"}),
    (server_errors.NotGiftable(currency="gems"), {"currency": "gems", "item": ""}),
    (server_errors.NotTradeable(item="crown"), {"currency": "", "item": "crown"}),
    (server_errors.ItemEquipped("crown", "head"), {"item": "crown", "slot": "head"}),
    (
        server_errors.GiftLimit("coins", 100, "sent", used=90),
        {"currency": "coins", "limit": 100, "used": 90, "side": "sent"},
    ),
    (
        server_errors.AccountTooNew("eve", "2026-11-27T00:00:00+00:00"),
        {"player_id": "eve", "available_at": datetime(2026, 11, 27, tzinfo=UTC)},
    ),
    (server_errors.NotOnSale("pack"), {"offer": "pack"}),
    (server_errors.PurchaseLimit("pack", 3, 1), {"offer": "pack", "limit": 3, "remaining": 1}),
    (server_errors.SoldOut("pack", 2), {"offer": "pack", "remaining": 2}),
    (server_errors.PriceChanged("pack"), {"offer": "pack"}),
    (server_errors.ItemLimit("crown", 1, 0), {"item": "crown", "limit": 1, "remaining": 0}),
    (server_errors.NothingToDraw("chest"), {"table": "chest"}),
    (server_errors.TradeEnded("t1", "accepted"), {"state": renown.TradeState.ACCEPTED}),
    (server_errors.TradeEnded("t1", "forgotten"), {"state": renown.TradeState.UNKNOWN}),
    (server_errors.TradeLimit(20), {"limit": 20}),
    (
        server_errors.AlreadySpent(9, 4, currency="coins"),
        {"currency": "coins", "item": "", "needed": 9, "available": 4},
    ),
    (server_errors.InventoryFull(50, 49, 2), {"capacity": 50, "used": 49, "needed": 2}),
    (server_errors.MailboxFull(200), {"capacity": 200}),
    (server_errors.QuantityOutOfRange("dust"), {"item": "dust"}),
    (server_errors.PriceOutOfRange("gems"), {"currency": "gems"}),
]


PROGRESSION_VALUES: list[tuple[server_errors.RenownError, dict[str, object]]] = [
    (server_errors.AchievementNotEarned("century_club"), {"achievement": "century_club"}),
    (server_errors.AchievementAlreadyEarned("century_club"), {"achievement": "century_club"}),
    (server_errors.RequirementNotMet("a requirement"), {"requirement": "a requirement"}),
    (
        server_errors.InsufficientBadges("flame", 3, 1),
        {"badge": "flame", "needed": 3, "available": 1},
    ),
    (server_errors.BadgeLimit("flame", 1), {"badge": "flame", "limit": 1, "player_id": ""}),
    (server_errors.BadgeLimit("flame", 1, "bob"), {"limit": 1, "player_id": "bob"}),
    (server_errors.EquipLimit(3), {"limit": 3}),
    (server_errors.ShowcaseLimit(5), {"limit": 5}),
    (server_errors.NoEvolution("flame"), {"badge": "flame"}),
    (server_errors.BadgeInUse("flame"), {"badge": "flame"}),
    (server_errors.NotForSale("flame"), {"badge": "flame"}),
    (server_errors.NotGiftable(badge="flame"), {"badge": "flame", "item": "", "currency": ""}),
    (server_errors.NotTradeable(badge="flame"), {"badge": "flame", "item": "", "currency": ""}),
    (server_errors.TitleNotEarned("sage"), {"title": "sage"}),
    (server_errors.PrestigeUnavailable(10), {"prestige": 10}),
    (server_errors.QuestUnavailable("gate", "locked"), {"quest": "gate", "why": "locked"}),
    (server_errors.QuestActive("gate"), {"quest": "gate"}),
    (server_errors.QuestNotActive("gate"), {"quest": "gate"}),
    (server_errors.QuestNotCompleted("gate"), {"quest": "gate"}),
    (server_errors.QuestLimit(25), {"limit": 25}),
    (server_errors.ObjectiveLocked("gate", "key"), {"quest": "gate", "objective": "key"}),
    (server_errors.NothingToRepair("daily"), {"streak": "daily"}),
    (server_errors.FreezeLimit("daily", 3), {"streak": "daily", "limit": 3}),
    (server_errors.NotFreezable("daily", "past"), {"streak": "daily", "why": "past"}),
    (server_errors.CascadeTooLong(1000), {"steps": 1000}),
    (server_errors.XpOutOfRange(-5), {"xp": -5}),
]
VALUES = ECONOMY_VALUES + PROGRESSION_VALUES


@pytest.mark.parametrize(("raised", "values"), VALUES, ids=[one.reason for one, _ in VALUES])
def test_values_are_those_the_server_sends(
    raised: server_errors.RenownError, values: dict[str, object]
) -> None:
    code = next(code for code in STATUS if code.name == raised.status.name)
    error = from_status(status(code, info(raised.reason, **raised.refusal.metadata)))
    assert type(error).__name__ == type(raised).__name__
    assert {name: getattr(error, name) for name in values} == values


def test_an_error_stands_below_its_status() -> None:
    for name in errors.__all__:
        theirs, ours = getattr(server_errors, name, None), getattr(errors, name)
        if theirs is None or not vars(ours).get("REASON"):
            continue
        code = next(code for code in STATUS if code.name == theirs.status.name)
        assert issubclass(ours, type(from_status(status(code)))), name
        assert ours.__module__ == "renown.errors"


def rpc_error(code: grpc.StatusCode, *trailers: tuple[str, str | bytes]) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, None, grpc.aio.Metadata(*trailers), details="from the wire")


def test_a_call_that_failed_is_typed_by_its_trailers() -> None:
    sent = rpc_status.to_status(status(STATUS.NOT_FOUND, info("KEY_NOT_FOUND")))
    error = from_rpc_error(rpc_error(STATUS.NOT_FOUND, *sent.trailing_metadata), "r1")
    assert type(error) is errors.KeyNotFound
    assert (error.message, error.request_id) == ("from the wire", "r1")


@pytest.mark.parametrize(
    "trailers", [[], [("grpc-status-details-bin", b"\xff\xff\xff")]], ids=["none", "garbage"]
)
def test_a_call_without_details_is_typed_by_its_status(trailers: list[tuple[str, bytes]]) -> None:
    error = from_rpc_error(rpc_error(STATUS.UNAVAILABLE, *trailers))
    assert type(error) is errors.Unavailable
    assert str(error) == "UNAVAILABLE: from the wire"


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [
        (status(STATUS.UNAVAILABLE), True),
        (status(STATUS.ABORTED), True),
        (status(STATUS.DEADLINE_EXCEEDED), True),
        (status(STATUS.CANCELLED), True),
        (status(STATUS.RESOURCE_EXHAUSTED), False),
        (
            status(
                STATUS.RESOURCE_EXHAUSTED,
                error_details_pb2.RetryInfo(retry_delay=Duration(nanos=1_000_000)),
            ),
            True,
        ),
        (status(STATUS.FAILED_PRECONDITION), False),
        (status(STATUS.INTERNAL), False),
        (status(STATUS.UNKNOWN), False),
    ],
)
def test_what_may_succeed_later(answer: status_pb2.Status, retryable: bool) -> None:
    assert from_status(answer).retryable is retryable


def test_errors_travel_between_processes() -> None:
    error = from_status(status(STATUS.ABORTED, info("CONFLICT", why="many")), "r1")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is errors.Conflict
    assert copy.details == error.details
    assert type(pickle.loads(pickle.dumps(errors.ClientClosed()))) is errors.ClientClosed  # noqa: S301
