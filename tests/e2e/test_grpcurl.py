"""Somebody else's client: grpcurl knows nothing of us but the address, and calls each RPC."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf import json_format

from tests.conftest import CHECKOUT
from tests.e2e.conftest import Running
from tests.kit.examples import World, credential_of, example, visit
from tests.kit.raw import BY_NAME, RPCS, Rpc

SERVICES = {rpc.path[1:].partition("/")[0] for rpc in RPCS}
OPERATIONS = {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
TIMEOUT_S = 20


def find_grpcurl() -> str:
    """The program, or a skip that says so; where CI runs it must be there."""
    path = f"{CHECKOUT}/.tools/bin:{os.environ.get('PATH', '')}"
    found = os.environ.get("GRPCURL") or shutil.which("grpcurl", path=path)
    if not found:
        assert not os.environ.get("CI"), "grpcurl is missing, and CI must not skip it"
        pytest.skip("grpcurl is neither on PATH nor in .tools/bin")
    return found


@dataclass(frozen=True, slots=True)
class Grpcurl:
    """The program and where it calls.

    Attributes:
        program: its path.
        address: of the server.
    """

    program: str
    address: str

    async def run(self, *arguments: str, key: str = "", options: tuple[str, ...] = ()) -> str:
        """Runs it and returns what it printed; the credential travels by environment.

        Raises:
            AssertionError: it failed.
        """
        code, output, complaint = await self.attempt(*arguments, key=key, options=options)
        assert code == 0, complaint
        return output

    async def attempt(
        self, *arguments: str, key: str = "", options: tuple[str, ...] = ()
    ) -> tuple[int, str, str]:
        """Runs it; returns its exit code, output and complaint."""
        header = ("-expand-headers", "-H", "authorization: Bearer ${RENOWN_KEY}") if key else ()
        process = await asyncio.create_subprocess_exec(
            *(self.program, "-plaintext", *options, *header, self.address, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "RENOWN_KEY": key},
        )
        async with asyncio.timeout(TIMEOUT_S):
            output, complaint = await process.communicate()
        return process.returncode or 0, output.decode(), complaint.decode()

    async def call(self, rpc: Rpc, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Calls a method with JSON and returns the JSON it answers."""
        answer: dict[str, Any] = json.loads(
            await self.run(rpc.path[1:], key=key, options=("-d", json.dumps(request)))
        )
        return answer


@pytest.fixture
def grpcurl(running: Running) -> Grpcurl:
    return Grpcurl(find_grpcurl(), running.address)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


async def test_reflection_lists_what_is_served(grpcurl: Grpcurl) -> None:
    assert set((await grpcurl.run("list")).split()) == SERVICES | OPERATIONS
    for service in SERVICES:
        listed = set((await grpcurl.run("list", service)).split())
        assert listed == {
            rpc.path[1:].replace("/", ".") for rpc in RPCS if rpc.path[1:].startswith(f"{service}/")
        }


async def test_reflection_describes_methods_and_messages(grpcurl: Grpcurl) -> None:
    described = await grpcurl.run("describe", "renown.v1.CurrencyService.Credit")
    assert "rpc Credit ( .renown.v1.CreditRequest ) returns ( .renown.v1.CreditResponse )" in (
        described
    )
    template = await grpcurl.run("describe", ".renown.v1.CreditRequest", options=("-msg-template",))
    fields = json.loads(template.partition("Message template:")[2])
    assert {"requestid", "playerid", "amounts"} <= {
        name.replace("_", "").lower() for name in fields
    }


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if not rpc.streaming], ids=str)
async def test_each_rpc_is_called(grpcurl: Grpcurl, world: World, rpc: Rpc) -> None:
    request = json_format.MessageToDict(example(rpc, world))
    if "updateMask" in request:
        # grpcurl knows a FieldMask as a message only, not as the string that JSON has for it.
        request["updateMask"] = {"paths": example(rpc, world).update_mask.paths[:]}
    answer = await grpcurl.call(rpc, request, credential_of(rpc, world))
    assert answer
    json_format.ParseDict(answer, rpc.response())


async def test_a_stream_runs_until_its_time_is_up(grpcurl: Grpcurl, world: World) -> None:
    rpc = BY_NAME["StreamEvents"]
    request = json.dumps(json_format.MessageToDict(example(rpc, world)))
    code, output, complaint = await grpcurl.attempt(
        rpc.path[1:], key=world.raw.key, options=("-max-time", "0.5", "-d", request)
    )
    first, _ = json.JSONDecoder().raw_decode(output)
    response = json_format.ParseDict(first, rpc.response())
    assert {one.type for one in response.events} <= {"xp.gained", "xp.adjusted"}
    assert response.events
    assert code
    assert "DeadlineExceeded" in complaint


async def test_a_refusal_is_readable(grpcurl: Grpcurl, world: World) -> None:
    request = json.dumps({"player_id": "nobody"})
    code, _, complaint = await grpcurl.attempt(
        "renown.v1.CurrencyService/GetWallet", key=world.raw.key, options=("-d", request)
    )
    assert code
    for text in ("NotFound", "player nobody not found", "PLAYER_NOT_FOUND", "ResourceInfo"):
        assert text in complaint
