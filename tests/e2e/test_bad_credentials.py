"""Callers that cannot say who they are: UNAUTHENTICATED from every RPC, whatever they send."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from renown.v1 import admin_service_pb2 as admin
from tests.e2e.conftest import Running
from tests.kit.examples import World, example, visit
from tests.kit.keys import insert_key
from tests.kit.raw import BY_NAME, RPCS, Code, Rpc


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs tokens as the server does, and as it does not.

    Attributes:
        kid: the server's signing key.
        secret: its secret.
    """

    kid: str
    secret: bytes

    def token(self, claims: Mapping[str, Any] = {}, **header: Any) -> str:
        """A valid token but for what is given."""
        now = int(time.time())
        valid = {"aud": "renown", "sub": "p", "sid": "s", "iat": now, "exp": now + 300}
        header = {"alg": "HS256", "kid": self.kid, **header}
        merged = {key: value for key, value in {**valid, **claims}.items() if value is not None}
        key = OctKey.import_key(self.secret)
        registry = JWSRegistry(algorithms=[header["alg"]])
        return jwt.encode(header, merged, key, registry=registry)

    def unsigned(self, alg: str) -> str:
        """A token that says it needs no signature."""
        _, claims, _ = self.token().split(".")
        header = json.dumps({"alg": alg, "kid": self.kid, "typ": "JWT"}).encode()
        return f"{base64.urlsafe_b64encode(header).decode().rstrip('=')}.{claims}."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def headers(running: Running, world: World) -> list[str | None]:
    """Values of `authorization` that nobody may call with; None for no such metadata."""
    signing = running.app.core.settings.keyring().first
    signer, stranger = Signer(signing.kid, signing.secret), Signer(signing.kid, b"x" * 32)
    key_id, secret = running.server_key.split(".")
    token = signer.token()
    credentials = [
        *("", " ", "garbage", "k_", f"{key_id}", f"{key_id}.", f".{secret}", "x" * 5000),
        f"{key_id}.{secret[:-1]}",
        f"{key_id}.{secret}x",
        f"{key_id}.{secret.swapcase()}",
        f"k_{'0' * 16}.{secret}",
        f"k_x' OR '1'='1.{secret}",
        await _revoked(world),
        await _expired(running),
        stranger.token(),
        f"{token[:-6]}AAAAAA",
        f"{token}.{token}",
        token.rpartition(".")[0],
        *(signer.unsigned(alg) for alg in ("none", "None", "HS256", "")),
        signer.token(alg="HS512"),
        signer.token(kid="other"),
        signer.token(kid="../../etc/passwd"),
        signer.token({"aud": "another"}),
        signer.token({"aud": ["renown", "another"]}),
        signer.token({"aud": None}),
        signer.token({"exp": int(time.time()) - 1}),
        signer.token({"exp": None}),
        signer.token({"exp": 2**80}),
        signer.token({"exp": float("1e400")}),
        signer.token({"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3900}),
        signer.token({"exp": int(time.time()) + 86_400}),
        *(signer.token({"sub": wrong}) for wrong in ("", "a b", "a\n", "é", 5, None, "x" * 65)),
        signer.token({"sid": None}),
    ]
    schemes = ["Basic dXNlcjpwYXNz", f"Basic {running.server_key}", running.server_key, token, ""]
    return [None, *schemes, *[f"Bearer {credential}" for credential in credentials]]


async def _revoked(world: World) -> str:
    """A key that was never used before it was revoked, so that no memory of it helps."""
    as_admin: dict[str, Any] = {"credential": world.credentials["admin"]}
    created = await world.raw.call(
        BY_NAME["CreateKey"], example(BY_NAME["CreateKey"], world), **as_admin
    )
    key = admin.CreateKeyResponse.FromString(created.body)
    request = example(BY_NAME["RevokeKey"], world)
    request.key_id = key.key.key_id
    assert (await world.raw.call(BY_NAME["RevokeKey"], request, **as_admin)).code is Code.OK
    return key.secret


async def _expired(running: Running) -> str:
    connection = await asyncpg.connect(running.database.superuser_url)
    try:
        key = await insert_key(connection, "expired")
        await connection.execute(
            "UPDATE api_keys SET expires_at = $2 WHERE key_id = $1",
            key.partition(".")[0],
            datetime.now(UTC),
        )
    finally:
        await connection.close()
    return key


async def test_the_signer_signs(running: Running, world: World) -> None:
    """What the other tests break was whole before."""
    signing = running.app.core.settings.keyring().first
    token = Signer(signing.kid, signing.secret).token({"sub": world.player})
    rpc = BY_NAME["GetWallet"]
    answer = await world.raw.call(rpc, example(rpc, world), credential=token)
    assert answer.code is Code.OK, answer


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_nobody(world: World, headers: list[str | None], rpc: Rpc) -> None:
    """Neither the request's bytes nor the credential's fault make a difference to the status."""
    request = example(rpc, world)
    for header in headers:
        metadata = [] if header is None else [("authorization", header)]
        for body in (request, b"\xff"):
            answer = await world.raw.call(rpc, body, credential="", metadata=metadata)
            assert (answer.code, answer.reason) == (Code.UNAUTHENTICATED, "UNAUTHENTICATED"), (
                header,
                answer,
            )
            answer.check_kept()
            assert len(header or "") < 20 or str(header)[7:] not in answer.message
