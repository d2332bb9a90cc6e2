"""Server reflection: how grpcurl learns what there is to call."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import DecodeError
from grpc.aio import ServicerContext
from grpc_reflection.v1alpha import reflection, reflection_pb2

# The messages of v1 are those of v1alpha under another name.
V1ALPHA = "grpc.reflection.v1alpha.ServerReflection"
SERVICE_NAMES = ("grpc.reflection.v1.ServerReflection", V1ALPHA)


def reflection_handlers(services: Iterable[str]) -> list[grpc.GenericRpcHandler]:
    """Returns the handlers of both versions, for everybody.

    They stand beside the pipeline because they stream requests; native leaves that to grpc.aio.

    Args:
        services: full names of the services that are served.
    """
    servicer = reflection.aio.ReflectionServicer([*services, V1ALPHA], pool=_Symbols())

    async def info(
        requests: AsyncIterable[bytes], context: ServicerContext[bytes, bytes]
    ) -> AsyncIterator[bytes]:
        parsed = _parse(requests, context)
        async for response in servicer.ServerReflectionInfo(parsed, context):
            yield response.SerializeToString()

    methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(info)
    }
    return [grpc.method_handlers_generic_handler(name, methods) for name in SERVICE_NAMES]


class _Symbols:
    """The default pool; its own search for the file of a symbol knows no methods."""

    def __init__(self) -> None:
        self._pool = descriptor_pool.Default()

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            return self._pool.FindMethodByName(symbol).containing_service.file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


async def _parse(
    requests: AsyncIterable[bytes], context: ServicerContext[bytes, bytes]
) -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
    async for raw in requests:
        try:
            request = reflection_pb2.ServerReflectionRequest.FromString(raw)
        except DecodeError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "malformed request")
        yield request
