"""Calls without the SDK: any bytes to any method, and answers down to the last detail."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status as StatusProto

import renown.v1
from renown.v1 import access_pb2

Code = grpc.StatusCode
ERRORS_PROTO = Path(__file__).parents[2] / "protos/renown/v1/errors.proto"
DETAILS_KEY = "grpc-status-details-bin"
# What only the inside of a server looks like.
INSIDES = re.compile(
    r"Traceback|File \"|\bline \d+|\w(Error|Exception)\b|<class|object at 0x|asyncpg|[Pp]ostgres"
    r"|sqlalchemy|redis|\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE)\b|renown_server|\.py\b"
)
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_COMMENTED = re.compile(r"((?:  // .*\n)+)  ERROR_REASON_(\w+) = \d+;")
_PROMISE = re.compile(
    r"\((?P<code>[A-Z_]+)(?:, (?P<details>\w+(?:, \w+)*))?(?:; metadata: (?P<keys>[a-z_, ]+))?"
    r"(?:; metadata on .*)?\)"
)


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method of the contract.

    Attributes:
        name: such as `GetWallet`.
        path: such as `/renown.v1.CurrencyService/GetWallet`.
        request: the class of its request.
        response: the class of its response, or of each in a stream.
        streaming: whether it answers with a stream.
        access: who may call it.
    """

    name: str
    path: str
    request: type[Message]
    response: type[Any]
    streaming: bool
    access: access_pb2.Access

    @property
    def player_field(self) -> str:
        """The field that names the acting player, or empty."""
        return str(self.access.acting_player)

    @property
    def itemized(self) -> bool:
        """Whether it is a batch whose items fail on their own."""
        names = self.response.DESCRIPTOR.fields_by_name
        return self.name.startswith("Batch") and "items" in names

    def __str__(self) -> str:
        return self.name


def _rpc(method: MethodDescriptor) -> Rpc:
    return Rpc(
        name=method.name,
        path=f"/{method.containing_service.full_name}/{method.name}",
        request=message_factory.GetMessageClass(method.input_type),
        response=message_factory.GetMessageClass(method.output_type),
        streaming=method.server_streaming,
        access=method.GetOptions().Extensions[access_pb2.access],
    )


def _all_rpcs() -> tuple[Rpc, ...]:
    found = []
    for module in pkgutil.iter_modules(renown.v1.__path__):
        if module.name.endswith("_service_pb2"):
            file = importlib.import_module(f"renown.v1.{module.name}").DESCRIPTOR
            for service in file.services_by_name.values():
                found += [_rpc(method) for method in service.methods]
    return tuple(found)


RPCS = _all_rpcs()
"""Every method there is, from the descriptors."""

BY_NAME = {rpc.name: rpc for rpc in RPCS}


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended.

    Attributes:
        code: the status.
        message: what it says beside it.
        body: the (first) response; empty unless the code is OK.
        reason: of the ErrorInfo; empty without one.
        domain: of the ErrorInfo.
        metadata: of the ErrorInfo.
        violations: (field, description) of the BadRequest.
        resource: (type, name) of the ResourceInfo.
        kinds: names of the messages among the details.
    """

    code: grpc.StatusCode
    message: str = ""
    body: bytes = b""
    reason: str = ""
    domain: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str], ...] = ()
    resource: tuple[str, str] = ("", "")
    kinds: frozenset[str] = frozenset()

    @classmethod
    def of_status(cls, status: StatusProto) -> Answer:
        """Reads a google.rpc.Status."""
        info, bad, resource = details.ErrorInfo(), details.BadRequest(), details.ResourceInfo()
        for packed in status.details:
            for known in (info, bad, resource):
                packed.Unpack(known)
        return cls(
            code=_CODES[status.code],
            message=status.message,
            reason=info.reason,
            domain=info.domain,
            metadata=dict(info.metadata),
            violations=tuple([(one.field, one.description) for one in bad.field_violations]),
            resource=(resource.resource_type, resource.resource_name),
            kinds=frozenset(packed.TypeName().rpartition(".")[2] for packed in status.details),
        )

    @classmethod
    def of_error(cls, error: grpc.aio.AioRpcError) -> Answer:
        """Reads what a client got instead of an answer."""
        trailers: Any = error.trailing_metadata() or {}
        if DETAILS_KEY not in trailers:
            return cls(error.code(), error.details() or "")
        status = StatusProto.FromString(trailers[DETAILS_KEY])
        assert status.code == error.code().value[0]
        assert status.message == error.details()
        return cls.of_status(status)

    @property
    def fields(self) -> list[str]:
        """The fields that are wrong."""
        return [field for field, _ in self.violations]

    def check_kept(self) -> Answer:
        """Checks what errors.proto promises of the reason, and that no inside shows.

        Raises:
            AssertionError: a promise is broken.
        """
        if self.code is Code.OK:
            return self
        assert self.reason, f"no ErrorInfo: {self}"
        assert self.domain == "renown"
        code, kinds, keys = promises()[self.reason]
        assert self.code is code, self
        assert kinds <= self.kinds, self
        for key in keys:
            # `item or currency` is either.
            assert not self.metadata.keys().isdisjoint(key.split(" or ")), self
        texts = [self.message, *self.resource, *self.metadata.values()]
        texts += [text for violation in self.violations for text in violation]
        assert not [text for text in texts if INSIDES.search(text)], self
        return self


@cache
def promises() -> dict[str, tuple[grpc.StatusCode, frozenset[str], frozenset[str]]]:
    """What errors.proto says of each reason: its status, its details, its metadata."""
    found = {}
    for comment, reason in _COMMENTED.findall(ERRORS_PROTO.read_text()):
        text = re.sub(r"\s*//\s*", " ", comment)
        promise = _PROMISE.search(text)
        if promise is not None:
            kinds = frozenset(filter(None, (promise["details"] or "").split(", ")))
            keys = frozenset(filter(None, (promise["keys"] or "").split(", ")))
            found[reason] = (grpc.StatusCode.__members__[promise["code"]], kinds, keys)
    return found


@dataclass(frozen=True, slots=True)
class Raw:
    """Calls anything with anything.

    Attributes:
        channel: where to.
        key: the credential unless another is given, without `Bearer`.
    """

    channel: grpc.aio.Channel
    key: str = ""

    async def call(
        self,
        rpc: Rpc | str,
        request: Message | bytes,
        *,
        credential: str | None = None,
        metadata: Sequence[tuple[str, str | bytes]] = (),
        timeout_s: float = 20,
        compression: grpc.Compression | None = None,
    ) -> Answer:
        """Makes one call; of a stream only the first response is read.

        Args:
            rpc: a method, or the path of one that may not exist.
            request: a message, or bytes that may be none.
            credential: instead of `key`; "" sends none.
            metadata: sent beside the credential.
            timeout_s: the client's deadline.
            compression: of the request.
        """
        path = rpc if isinstance(rpc, str) else rpc.path
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        key = self.key if credential is None else credential
        if key:
            metadata = (("authorization", f"Bearer {key}"), *metadata)
        options: dict[str, Any] = {
            "metadata": tuple(metadata),
            "timeout": timeout_s,
            "compression": compression,
        }
        channel: Any = self.channel
        try:
            if isinstance(rpc, Rpc) and rpc.streaming:
                call = channel.unary_stream(path)(raw, **options)
                body = await call.read()
                call.cancel()
                return Answer(Code.OK, body=body)
            return Answer(Code.OK, body=await channel.unary_unary(path)(raw, **options))
        except grpc.aio.AioRpcError as error:
            return Answer.of_error(error)

    async def outcome(self, rpc: Rpc, request: Message | bytes, **options: Any) -> Answer:
        """As `call`; a batch that answers item by item is answered by its first item."""
        answer = await self.call(rpc, request, **options)
        if answer.code is Code.OK and rpc.itemized:
            items = rpc.response.FromString(answer.body).items
            if items and items[0].WhichOneof("outcome") == "error":
                return Answer.of_status(items[0].error)
        return answer
