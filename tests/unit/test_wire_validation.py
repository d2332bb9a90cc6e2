import pytest

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import admin_service_pb2 as admin
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import player_profile_service_pb2 as profile
from renown_server.errors import InvalidArgument
from renown_server.wire import validation


def valid_activity() -> activity.Activity:
    return activity.Activity(player_id="p1", activity_id="a1", type="lesson", metrics={"hours": 3})


def fields_of(refused: pytest.ExceptionInfo[InvalidArgument]) -> list[str]:
    return [field for field, _ in refused.value.refusal.violations]


def test_a_valid_message_passes() -> None:
    validation.check(activity.RecordActivityRequest(activity=valid_activity()))


def test_every_violation_is_named_by_its_path() -> None:
    request = activity.RecordActivityRequest(activity=valid_activity())
    request.activity.player_id = "has space"
    request.activity.metrics['odd"key'] = -1
    request.activity.context["k" * 65] = "v"
    with pytest.raises(InvalidArgument) as refused:
        validation.check(request)
    assert fields_of(refused) == [
        "activity.player_id",
        r'activity.metrics["odd\"key"]',
        f'activity.context["{"k" * 65}"]',
    ]
    assert refused.value.refusal.violations[2][1].startswith("the key ")
    assert refused.value.refusal.reason == "INVALID_ARGUMENT"


def test_lists_are_named_by_index_and_below_a_prefix() -> None:
    request = currency.CreditRequest(request_id="r", player_id="p")
    request.amounts.add(currency="coins", amount=1)
    request.amounts.add(currency="coins", amount=0)
    with pytest.raises(InvalidArgument) as refused:
        validation.check(request, "items[7]")
    assert fields_of(refused) == ["items[7].amounts[1].amount"]


def test_a_rule_of_the_whole_message_has_a_name_too() -> None:
    request = admin.CreateKeyRequest(request_id="r", name="n", kind=admin.KEY_KIND_OPERATOR)
    with pytest.raises(InvalidArgument) as refused:
        validation.check(request)
    assert fields_of(refused) == ["request"]


@pytest.mark.parametrize("bad", ["", "a b", "a\nb", "a\0", "ä", "x" * 65, "a\n"])
def test_bad_player_ids(bad: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        validation.check(profile.GetPlayerRequest(player_id=bad))
    assert fields_of(refused) == ["player_id"]


def test_a_small_message_tells_at_most_16_violations() -> None:
    request = profile.BatchGetPlayersRequest(player_ids=[f"a {number}" for number in range(90)])
    with pytest.raises(InvalidArgument) as refused:
        validation.check(request)
    assert len(fields_of(refused)) == 16


def test_a_large_message_tells_the_first_violation_only() -> None:
    # Collecting all of these would take seconds.
    request = activity.BatchRecordActivitiesRequest(activities=[activity.Activity()] * 300_000)
    with pytest.raises(InvalidArgument) as refused:
        validation.check(request)
    assert len(fields_of(refused)) == 1
