"""From services and their protos to methods that can be served."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message

from buf.validate import validate_pb2
from renown_server.calls import Service
from renown_server.errors import InvalidArgument
from renown_server.transport.access import EVERYBODY, AccessRule, access_rule
from renown_server.transport.settings import CannotServe, Limits
from renown_server.wire import validation


@dataclass(frozen=True, slots=True)
class ItemList:
    """The items of a batch, which are checked one by one by their handler.

    Attributes:
        field: the request's repeated field.
        count_min: fewest items.
        count_max: most items.
    """

    field: str
    count_min: int
    count_max: int

    def check(self, request: Message) -> None:
        """Checks only how many items there are.

        Raises:
            InvalidArgument: too few or too many.
        """
        count = len(getattr(request, self.field))
        if not self.count_min <= count <= self.count_max:
            limits = f"must have {self.count_min} to {self.count_max} items, has {count}"
            raise InvalidArgument(self.field, limits)


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC and what the pipeline needs to serve it.

    Attributes:
        service: full name, such as `renown.v1.ActivityService`.
        name: such as `RecordActivity`.
        streaming: answers with a stream.
        handler: takes a request message and a CallContext.
        request: the class of the request.
        access: who may call.
        request_bytes_max: the largest request.
        items: set for batches whose items fail on their own.
        operational: part of the server's own operation (health): not limited, and answered
            while the server is draining.
        wait_max_s: how long its calls may wait by contract, on top of the deadline.
    """

    service: str
    name: str
    streaming: bool
    handler: Any
    request: type[Message]
    access: AccessRule
    request_bytes_max: int
    items: ItemList | None = None
    operational: bool = False
    wait_max_s: float = 0.0

    @property
    def path(self) -> str:
        """The name on the wire, such as `/renown.v1.ActivityService/RecordActivity`."""
        return f"/{self.service}/{self.name}"


def methods_of(service: Service, limits: Limits, *, operational: bool = False) -> list[Method]:
    """Returns every method of a service with its handler.

    Args:
        service: its stubs must have been imported.
        limits: sizes of requests.
        operational: the service is open to everybody and declares no access.

    Raises:
        CannotServe: the service is unknown, or one of its methods has no handler of the right
            kind, no access option, or rules that cannot be compiled.
    """
    try:
        descriptor = descriptor_pool.Default().FindServiceByName(service.full_name)
    except KeyError:
        raise CannotServe(f"{service.full_name} is unknown; are its stubs imported?") from None
    return [
        _method(service, method, limits, operational=operational) for method in descriptor.methods
    ]


def check_unique(methods: Sequence[Method]) -> None:
    """Checks that no two handlers answer one method.

    Raises:
        CannotServe: they do.
    """
    paths: set[str] = set()
    for method in methods:
        if method.path in paths:
            raise CannotServe(f"{method.path} is served twice")
        paths.add(method.path)


def handler_name(rpc: str) -> str:
    """Returns the name of an RPC's handler: `record_activity` for `RecordActivity`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", rpc).lower()


def _method(
    service: Service, method: MethodDescriptor, limits: Limits, *, operational: bool
) -> Method:
    if method.client_streaming:
        raise CannotServe(f"{method.full_name} streams requests, which nothing here serves")
    request: type[Message] = message_factory.GetMessageClass(method.input_type)
    validation.prepare(request())
    batch = method.name.startswith("Batch")
    return Method(
        service=service.full_name,
        name=method.name,
        streaming=method.server_streaming,
        handler=_handler(service, method),
        request=request,
        access=EVERYBODY if operational else access_rule(method),
        request_bytes_max=limits.batch_request_bytes_max if batch else limits.request_bytes_max,
        items=_item_list(method.input_type) if batch else None,
        operational=operational,
        wait_max_s=_wait_max_s(method.input_type),
    )


def _wait_max_s(request: Descriptor) -> float:
    """How long a call that polls may wait: what the contract allows its `wait`."""
    field = request.fields_by_name.get("wait")
    if field is None:
        return 0.0
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return float(rules.duration.lte.seconds)


def _handler(service: Service, method: MethodDescriptor) -> Any:
    name = handler_name(method.name)
    handler = getattr(service.handlers, name, None)
    if handler is None:
        raise CannotServe(f"{method.full_name} has no handler {name}")
    if method.server_streaming and not inspect.isasyncgenfunction(handler):
        raise CannotServe(f"{method.full_name} streams: {name} must be an async generator")
    if not method.server_streaming and not inspect.iscoroutinefunction(handler):
        raise CannotServe(f"{method.full_name} answers once: {name} must be an async def")
    return handler


def _item_list(request: Descriptor) -> ItemList | None:
    """Returns the items of a batch request, or None where it is checked as a whole.

    Only the number of items is left to check then: a request with anything else in it cannot
    be served like this.
    """
    lists = [field for field in request.fields if field.is_repeated and field.message_type]
    if not lists:
        return None
    has_rules = request.GetOptions().HasExtension(validate_pb2.message)
    rules = lists[0].GetOptions().Extensions[validate_pb2.field].repeated
    if len(request.fields) > 1 or has_rules or not rules.max_items:
        raise CannotServe(f"{request.full_name} must be one list of up to max_items, and no more")
    return ItemList(lists[0].name, rules.min_items, rules.max_items)
