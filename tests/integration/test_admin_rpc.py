"""Keys and the audit on a real Postgres, through the engine, without a transport around them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from renown.v1 import admin_service_pb2 as pb
from renown.v1 import auth_service_pb2 as auth_pb
from renown_server.admin.authenticator import Authenticator
from renown_server.admin.keyring import Keyring, new_key
from renown_server.admin.keys import KeySecrets
from renown_server.admin.rpc import AdminServiceHandlers, AuthServiceHandlers
from renown_server.admin.store import ApiKeysPart, RequestLocks, key_loader
from renown_server.admin.tokens import PlayerTokens
from renown_server.audit import AuditPart, write_row
from renown_server.calls import CallContext, Principal, PrincipalKind, Role
from renown_server.catalog.check import load_catalog
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.store import publish
from renown_server.engine.batch import BatchRunner
from renown_server.engine.clock import SystemClock
from renown_server.engine.engine import Engine, LaneHooks
from renown_server.engine.randomness import SystemRandomness
from renown_server.errors import (
    InvalidArgument,
    InvalidPageToken,
    KeyNotFound,
    RequestIdReused,
    StorageUnavailable,
    Unauthenticated,
)
from renown_server.profile.store import PlayersPart
from renown_server.storage import migrate, postgres
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from renown_server.wire.pages import PageTokens
from renown_server.wire.timestamps import to_timestamp

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

STARTER = Path(__file__).parents[2] / "catalogs" / "starter"
KEYRING = Keyring.parse(new_key())
ADMIN = Principal(PrincipalKind.OPERATOR, "key:k_admin", roles=frozenset({Role.ADMIN}))
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        yield servers


class House:
    """One worker's admin slice."""

    def __init__(
        self, pool: asyncpg.Pool, engine: Engine, admin: AdminServiceHandlers, url: str
    ) -> None:
        self.pool = pool
        self.engine = engine
        self.admin = admin
        self.url = url

    def authenticator(self) -> Authenticator:
        return Authenticator(
            tokens=make_tokens(), load_keys=key_loader(lambda: self.pool), clock=CLOCK
        )

    async def create(self, request_id: str, **fields: Any) -> pb.CreateKeyResponse:
        values: dict[str, Any] = {"name": "game", "kind": pb.KEY_KIND_SERVER} | fields
        request = pb.CreateKeyRequest(request_id=request_id, **values)
        return await self.admin.create_key(request, call())

    async def revoke(self, request_id: str, key_id: str, reason: str = "") -> pb.RevokeKeyResponse:
        request = pb.RevokeKeyRequest(request_id=request_id, key_id=key_id, reason=reason)
        return await self.admin.revoke_key(request, call())


def call(principal: Principal = ADMIN) -> CallContext:
    return CallContext("/x", principal, time.monotonic() + 20)


def make_tokens() -> PlayerTokens:
    return PlayerTokens(keyring=KEYRING, clock=CLOCK, random=SystemRandomness())


@contextlib.asynccontextmanager
async def open_house(url: str) -> AsyncIterator[House]:
    pool = await postgres.create_pool(url)
    reader = postgres.create_sql_engine(url)
    async with pool.acquire() as connection:
        catalog = await CatalogHolder.load(connection)
    runner = BatchRunner(
        roots=PlayersPart(),
        parts=[RequestLocks(), ApiKeysPart(), AuditPart()],
        catalog=catalog,
        clock=CLOCK,
        random=SystemRandomness(),
    )
    engine = Engine(
        runner=runner,
        connect=lambda: postgres.connect(url),
        lanes=[LaneHooks(lambda: "lane", lambda commit: None, lambda: None)],
    )
    engine.start()
    admin = AdminServiceHandlers(
        engine=engine,
        reader=reader,
        secrets=KeySecrets(KEYRING),
        pages=PageTokens(KEYRING.first.derive("page-tokens")),
    )
    try:
        yield House(pool, engine, admin, url)
    finally:
        await engine.stop()
        await reader.dispose()
        await pool.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(servers: EmbeddedServers) -> str:
    await migrate.upgrade(servers.urls.owner_database_url)
    connection = await asyncpg.connect(servers.urls.database_url)
    try:
        await publish(connection, load_catalog(STARTER), created_by="test")
    finally:
        await connection.close()
    return servers.urls.database_url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(url: str) -> AsyncIterator[House]:
    async with open_house(url) as house:
        yield house


async def audit_of(house: House, subject: str) -> list[pb.AuditEntry]:
    request = pb.ListAuditRequest(subject=subject)
    return list((await house.admin.list_audit(request, call())).entries)


async def test_a_key_opens_the_door_until_it_is_revoked(house: House) -> None:
    created = await house.create("life-1")
    header = f"Bearer {created.secret}"
    principal = await house.authenticator().authenticate(header)
    assert principal == Principal(PrincipalKind.SERVER, f"key:{created.key.key_id}", name="game")

    revoked = await house.revoke("life-2", created.key.key_id, "leaked")
    assert revoked.key.HasField("revoked_at")
    with pytest.raises(Unauthenticated, match="revoked"):
        await house.authenticator().authenticate(header)

    entries = await audit_of(house, f"key:{created.key.key_id}")
    assert [(entry.action, entry.actor, entry.reason) for entry in entries] == [
        ("key.revoke", "key:k_admin", "leaked"),
        ("key.create", "key:k_admin", ""),
    ]
    assert dict(entries[1].details) == {"name": "game", "kind": "server"}
    assert entries[0].recorded_at.ToMicroseconds() == revoked.key.revoked_at.ToMicroseconds()


async def test_an_operator_key_carries_its_roles(house: House) -> None:
    end_us = CLOCK.now_us() + 3_600_000_000
    created = await house.create(
        "operator-1", kind=2, roles=[3, 2], expires_at=to_timestamp(end_us)
    )
    assert list(created.key.roles) == [2, 3]
    assert created.key.expires_at == to_timestamp(end_us)
    principal = await house.authenticator().authenticate(f"Bearer {created.secret}")
    assert principal.roles == {Role.SUPPORT, Role.ECONOMY}


async def test_a_retry_is_answered_alike_also_by_another_worker(house: House) -> None:
    first = await house.create("retry-1", name='naïve ☃ {"quoted"}')
    async with open_house(house.url) as other:
        assert await other.create("retry-1", name='naïve ☃ {"quoted"}') == first
        with pytest.raises(RequestIdReused):
            await other.create("retry-1", name="another")
    assert len(await audit_of(house, f"key:{first.key.key_id}")) == 1
    ended = await house.revoke("retry-2", first.key.key_id)
    assert await house.revoke("retry-2", first.key.key_id) == ended
    assert await house.revoke("retry-3", first.key.key_id) == ended
    assert len(await audit_of(house, f"key:{first.key.key_id}")) == 2


async def test_duplicates_at_once_on_two_workers_make_one_key(house: House) -> None:
    async with open_house(house.url) as other:
        workers = [house, other] * 10
        answers = await asyncio.gather(*[worker.create("race-1") for worker in workers])
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    records = await house.pool.fetchval(
        "SELECT count(*) FROM requests WHERE method = 'CreateKey' AND result LIKE $1",
        f"%{answers[0].key.key_id}%",
    )
    assert records == 1


async def test_opposing_revocations_at_once_audit_each_key_once(house: House) -> None:
    created = [(await house.create(f"many-{place}")).key.key_id for place in range(6)]
    async with open_house(house.url) as other:
        await asyncio.gather(
            *[house.revoke(f"here-{key_id}", key_id) for key_id in created],
            *[other.revoke(f"there-{key_id}", key_id) for key_id in reversed(created)],
        )
    for key_id in created:
        entries = await audit_of(house, f"key:{key_id}")
        assert [entry.action for entry in entries] == ["key.revoke", "key.create"]


async def test_refusals(house: House) -> None:
    with pytest.raises(KeyNotFound):
        await house.revoke("refused-1", "k_unknown")
    with pytest.raises(InvalidArgument, match="expires_at"):
        await house.create("refused-2", expires_at=to_timestamp(CLOCK.now_us() - 1))
    with pytest.raises(InvalidArgument, match="roles"):
        await house.create("refused-3", roles=[4])


async def test_the_secret_is_nowhere_in_the_database(house: House) -> None:
    created = await house.create("secret-1")
    secret = created.secret.partition(".")[2]
    for table in ("api_keys", "audit", "requests"):
        rows = await house.pool.fetch(f"SELECT t::text FROM {table} AS t")
        assert rows
        assert not [row for row in rows if secret in row[0]]


async def test_pages_of_keys(house: House) -> None:
    for place in range(5):
        await house.create(f"page-{place}")
    whole = await house.admin.list_keys(pb.ListKeysRequest(page_size=200), call())
    assert whole.next_page_token == ""
    created = [key.created_at.ToMicroseconds() for key in whole.keys]
    assert created == sorted(created, reverse=True)
    found: list[pb.Key] = []
    token = ""
    while True:
        page = await house.admin.list_keys(
            pb.ListKeysRequest(page_size=2, page_token=token), call()
        )
        found += page.keys
        token = page.next_page_token
        if not token:
            break
        assert len(page.keys) == 2
    assert found == list(whole.keys)
    with pytest.raises(InvalidPageToken):
        await house.admin.list_keys(pb.ListKeysRequest(page_token="x" + token), call())


async def test_pages_and_filters_of_the_audit(house: House) -> None:
    for place in range(5):
        await house.create(f"audit-{place}")
    request = pb.ListAuditRequest(page_size=3, actor="key:k_admin")
    first = await house.admin.list_audit(request, call())
    request.page_token = first.next_page_token
    second = await house.admin.list_audit(request, call())
    ids = [int(entry.audit_id) for entry in (*first.entries, *second.entries)]
    assert len(ids) == 6
    assert ids == sorted(ids, reverse=True)
    nobody = await house.admin.list_audit(pb.ListAuditRequest(actor="nobody"), call())
    assert not nobody.entries
    # A token belongs to its filters.
    with pytest.raises(InvalidPageToken):
        await house.admin.list_audit(
            pb.ListAuditRequest(actor="nobody", page_token=first.next_page_token), call()
        )
    with pytest.raises(InvalidPageToken):
        await house.admin.list_keys(pb.ListKeysRequest(page_token=first.next_page_token), call())


async def test_a_row_outside_a_batch(house: House) -> None:
    async with house.pool.acquire() as connection, connection.transaction():
        await write_row(
            connection,
            actor="cli",
            action="catalog.apply",
            subject="catalog:7",
            details={"name": "starter"},
        )
    [entry] = await audit_of(house, "catalog:7")
    assert (entry.actor, entry.action, dict(entry.details)) == (
        "cli",
        "catalog.apply",
        {"name": "starter"},
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE api_keys SET roles = '{4}'",
        "UPDATE api_keys SET secret_sha256 = secret_sha256",
        "DELETE FROM api_keys",
    ],
)
async def test_the_application_may_not_rewrite_history(house: House, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.pool.execute(statement)


async def test_a_token_from_the_rpc_is_accepted(house: House) -> None:
    handlers = AuthServiceHandlers(make_tokens())
    request = auth_pb.IssuePlayerTokenRequest(player_id="alice")
    request.ttl.seconds = 60
    answer = await handlers.issue_player_token(request, call())
    principal = await house.authenticator().authenticate(f"Bearer {answer.token}")
    assert (principal.player_id, principal.name) == ("alice", answer.session_id)
    lives_s = answer.expires_at.ToMicroseconds() / 1e6 - time.time()
    assert 55 < lives_s <= 61


async def test_without_postgres(servers: EmbeddedServers, url: str) -> None:
    async with open_house(url) as house:
        created = await house.create("down-1")
        header = f"Bearer {created.secret}"
        authenticator = house.authenticator()
        await authenticator.authenticate(header)
        await asyncio.to_thread(servers.kill_postgres)
        try:
            assert authenticator.authenticate_cached(header) is not None
            with pytest.raises(StorageUnavailable):
                await house.authenticator().authenticate(header)
            with pytest.raises(StorageUnavailable):
                await house.admin.list_keys(pb.ListKeysRequest(), call())
            with pytest.raises(StorageUnavailable):
                await house.admin.list_audit(pb.ListAuditRequest(), call())
        finally:
            await asyncio.to_thread(servers.restart_postgres)
        again = await house.authenticator().authenticate(header)
        assert again.id == f"key:{created.key.key_id}"
        assert await house.create("down-1") == created
