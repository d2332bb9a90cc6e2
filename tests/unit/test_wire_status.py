import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status as StatusProto

from renown_server import errors
from renown_server.wire.status import to_status


def details_of(status: StatusProto) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for packed in status.details:
        name = packed.TypeName().removeprefix("google.rpc.")
        message = getattr(details, name)()
        assert packed.Unpack(message)
        found[name] = message
    return found


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (errors.InvalidArgument("amount", "must be positive"), 3, {"BadRequest"}),
        (errors.InvalidPageToken(), 3, {"BadRequest"}),
        (errors.Unauthenticated("no"), 16, set()),
        (errors.PermissionDenied("no"), 7, set()),
        (errors.PlayerNotFound("alice"), 5, {"ResourceInfo"}),
        (errors.UsernameTaken("alice"), 6, {"ResourceInfo"}),
        (errors.InsufficientFunds("coins", 5, 2), 9, {"PreconditionFailure"}),
        (errors.Conflict(), 10, {"RetryInfo"}),
        (errors.CursorTrimmed("c9"), 11, set()),
        (errors.Overloaded(250), 8, {"QuotaFailure", "RetryInfo"}),
        (errors.StorageUnavailable(), 14, {"RetryInfo"}),
        (errors.DeadlineExceeded(), 4, set()),
    ],
)
def test_every_kind_of_error_carries_its_details(
    error: errors.RenownError, code: int, expected: set[str]
) -> None:
    status = to_status(error)
    found = details_of(status)
    assert status.code == code
    assert status.message == str(error)
    assert found.keys() == {"ErrorInfo", *expected}
    info = found["ErrorInfo"]
    assert isinstance(info, details.ErrorInfo)
    assert (info.reason, info.domain) == (error.reason, "renown")


def test_details_hold_what_the_error_knows() -> None:
    funds = details_of(to_status(errors.InsufficientFunds("coins", 5, 2)))["ErrorInfo"]
    assert isinstance(funds, details.ErrorInfo)
    assert dict(funds.metadata) == {"currency": "coins", "needed": "5", "available": "2"}

    resource = details_of(to_status(errors.PlayerNotFound("alice")))["ResourceInfo"]
    assert isinstance(resource, details.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("player", "alice")

    retry = details_of(to_status(errors.Overloaded(1250)))["RetryInfo"]
    assert isinstance(retry, details.RetryInfo)
    assert (retry.retry_delay.seconds, retry.retry_delay.nanos) == (1, 250_000_000)

    bad = details_of(to_status(errors.InvalidArgument("amount", "must be positive")))["BadRequest"]
    assert isinstance(bad, details.BadRequest)
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("amount", "must be positive")
    ]


def test_a_stored_refusal_is_answered_like_the_first_one() -> None:
    first = errors.InsufficientFunds("coins", 5, 2)
    assert to_status(errors.StoredRefusal(first.refusal)) == to_status(first)


def test_details_stay_small_enough_for_trailers() -> None:
    error = errors.RenownError(
        "ß" * 100_000,
        violations=tuple((f"field_{number}" + "é" * 1000, "ü" * 1000) for number in range(1000)),
    )
    status = to_status(error)
    assert status.ByteSize() < 5 * 1024
    bad = details_of(status)["BadRequest"]
    assert isinstance(bad, details.BadRequest)
    assert bad.field_violations[0].field.startswith("field_0")
