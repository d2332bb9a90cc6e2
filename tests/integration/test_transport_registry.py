"""What keeps a server from starting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodOptions

from renown.v1 import access_pb2
from renown_server.calls import PrincipalKind, Role, Service
from renown_server.transport.registry import Method, check_unique, handler_name, methods_of
from renown_server.transport.settings import CannotServe, Limits
from tests.integration.transport_fakes import (
    ACTIVITY,
    CURRENCY,
    EVENTS,
    ActivityHandlers,
    CurrencyHandlers,
    EventHandlers,
)


@pytest.mark.parametrize(
    ("rpc", "name"),
    [
        ("Credit", "credit"),
        ("RecordActivity", "record_activity"),
        ("BatchGetPlayers", "batch_get_players"),
        ("ListXpHistory", "list_xp_history"),
    ],
)
def test_handler_names(rpc: str, name: str) -> None:
    assert handler_name(rpc) == name


def test_methods_are_read_from_the_protos() -> None:
    methods = {
        method.name: method
        for service in (
            Service(CURRENCY, CurrencyHandlers()),
            Service(ACTIVITY, ActivityHandlers()),
            Service(EVENTS, EventHandlers()),
        )
        for method in methods_of(service, Limits())
    }
    wallet = methods["GetWallet"]
    assert wallet.path == "/renown.v1.CurrencyService/GetWallet"
    assert wallet.access.kinds == (PrincipalKind.PLAYER, PrincipalKind.SERVER)
    assert wallet.access.player_field == "player_id"
    assert not wallet.streaming
    assert wallet.request_bytes_max == 65536
    explain = methods["ExplainActivity"].access
    assert explain.role is Role.VIEWER
    batch = methods["BatchRecordActivities"]
    assert batch.items is not None
    assert (batch.items.field, batch.items.count_max) == ("activities", 1000)
    assert batch.request_bytes_max == 1024 * 1024
    assert methods["StreamEvents"].streaming
    assert methods["StreamEvents"].access.other_selectors == ("player_ids", "all_players")


def test_an_unknown_service() -> None:
    with pytest.raises(CannotServe, match=r"no\.Such is unknown"):
        methods_of(Service("no.Such", object()), Limits())


def test_a_handler_is_missing() -> None:
    with pytest.raises(CannotServe, match=r"GetWallet has no handler get_wallet"):
        methods_of(Service(CURRENCY, object()), Limits())


def test_a_handler_of_the_wrong_kind() -> None:
    class Plain(CurrencyHandlers):
        def get_wallet(self, request: object, call: object) -> object:  # type: ignore[override]
            return None

    class Streaming(CurrencyHandlers):
        async def get_wallet(  # type: ignore[override]
            self, request: object, call: object
        ) -> AsyncIterator[object]:
            yield None

    class Unary(EventHandlers):
        async def stream_events(  # type: ignore[override]
            self, request: object, call: object
        ) -> object:
            return None

    for name, handlers in ((CURRENCY, Plain()), (CURRENCY, Streaming()), (EVENTS, Unary())):
        with pytest.raises(CannotServe, match="must be an async"):
            methods_of(Service(name, handlers), Limits())


def test_a_method_served_twice() -> None:
    methods = methods_of(Service(CURRENCY, CurrencyHandlers()), Limits())
    check_unique(methods)
    with pytest.raises(CannotServe, match="served twice"):
        check_unique(methods + methods)


class Handlers:
    async def do_it(self, request: object, call: object) -> object:
        return request

    batch_do = do_it


def served(name: str, rpc: str, access: access_pb2.Access | None, fields: int = 1) -> list[Method]:
    """Reads a method made up for the test; every name may be used once."""
    file = FileDescriptorProto(
        name=f"tests/{name}.proto",
        package="tests",
        syntax="proto3",
        dependency=["renown/v1/access.proto"],
    )
    message = file.message_type.add(name=f"{name}Request")
    for number in range(1, fields + 1):
        message.field.add(
            name=f"items_{number}",
            number=number,
            label="LABEL_REPEATED",
            type="TYPE_MESSAGE",
            type_name=f".tests.{name}Request",
        )
    options = MethodOptions()
    if access is not None:
        options.Extensions[access_pb2.access].CopyFrom(access)
    file.service.add(name=name).method.add(
        name=rpc,
        input_type=f".tests.{name}Request",
        output_type=f".tests.{name}Request",
        options=options,
    )
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    return methods_of(Service(f"tests.{name}", Handlers()), Limits())


SERVERS = access_pb2.Access(callers=[access_pb2.CALLER_SERVER])


def test_a_method_says_who_may_call_it() -> None:
    assert served("Fine", "DoIt", SERVERS)[0].access.kinds == (PrincipalKind.SERVER,)
    assert served("Open", "DoIt", access_pb2.Access(anonymous=True))[0].access.anonymous


@pytest.mark.parametrize(
    ("name", "access", "complaint"),
    [
        ("Silent", None, "does not declare who may call it"),
        ("Nobody", access_pb2.Access(), "must name callers or be anonymous"),
        (
            "Both",
            access_pb2.Access(anonymous=True, callers=[access_pb2.CALLER_SERVER]),
            "must name callers or be anonymous",
        ),
        ("Unset", access_pb2.Access(callers=[access_pb2.CALLER_UNSPECIFIED]), "unknown kind"),
        ("NoRole", access_pb2.Access(callers=[access_pb2.CALLER_OPERATOR]), "must name a role"),
        (
            "NoField",
            access_pb2.Access(callers=[access_pb2.CALLER_SERVER], acting_player="player_id"),
            "has no field player_id",
        ),
    ],
)
def test_access_options_that_make_no_sense(
    name: str, access: access_pb2.Access | None, complaint: str
) -> None:
    with pytest.raises(CannotServe, match=complaint):
        served(name, "DoIt", access)


@pytest.mark.parametrize(("name", "fields"), [("Unbounded", 1), ("Mixed", 2)])
def test_a_batch_is_one_bounded_list(name: str, fields: int) -> None:
    with pytest.raises(CannotServe, match="must be one list of up to max_items"):
        served(name, "BatchDo", SERVERS, fields)
