"""`game.admin` and `game.auth`: keys, the audit, players' tokens."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._caller import Caller
from renown._model.admin import AuditEntry, CreatedKey, Key, KeyKind, PlayerToken, Role
from renown._model.basics import new_id
from renown._pages import Page, Pages
from renown._wire import admin as wire
from renown._wire.scalars import to_duration, to_timestamp
from renown.v1 import access_pb2, auth_service_pb2
from renown.v1 import admin_service_pb2 as pb
from renown.v1.admin_service_pb2_grpc import AdminServiceStub
from renown.v1.auth_service_pb2_grpc import AuthServiceStub


@dataclass(frozen=True, slots=True)
class Auth:
    """Gives players the tokens they call with."""

    caller: Caller
    stub: AuthServiceStub

    async def issue_player_token(
        self, player_id: str, *, ttl: timedelta | None = None, timeout: float | None = None
    ) -> PlayerToken:
        """Signs a token for a player whose identity this game server vouches for.

        Args:
            player_id: the player; it need not exist yet.
            ttl: how long it is valid, 1 s to 15 min; 15 min when None.
            timeout: seconds for all attempts together.
        """
        request = auth_service_pb2.IssuePlayerTokenRequest(
            player_id=player_id, ttl=to_duration(ttl)
        )
        response = await self.caller.call(self.stub.IssuePlayerToken, request, timeout=timeout)
        return wire.player_token(response)


@dataclass(frozen=True, slots=True)
class Admin:
    """Manages keys and reads the audit; for operators."""

    caller: Caller
    stub: AdminServiceStub

    async def create_key(
        self,
        name: str,
        kind: KeyKind = KeyKind.SERVER,
        *,
        roles: Iterable[Role] = (),
        expires_at: datetime | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> CreatedKey:
        """Creates a key. Its secret is in this answer and nowhere else.

        Args:
            name: for people.
            kind: whom it is for.
            roles: what it may do; for operators' keys, which need one.
            expires_at: when it ends by itself; None is never.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.
        """
        request = pb.CreateKeyRequest(
            request_id=request_id or new_id(),
            name=name,
            kind=pb.KeyKind.ValueType(kind.value),
            roles=[access_pb2.Role.ValueType(role.value) for role in roles],
            expires_at=to_timestamp(expires_at),
        )
        response = await self.caller.call(
            self.stub.CreateKey, request, timeout=timeout, request_id=request.request_id
        )
        return CreatedKey(wire.key(response.key), response.secret)

    async def revoke_key(
        self,
        key_id: str,
        *,
        reason: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Key:
        """Ends a key. Workers notice within 5 s.

        Raises:
            KeyNotFound: there is none.
        """
        request = pb.RevokeKeyRequest(
            request_id=request_id or new_id(), key_id=key_id, reason=reason
        )
        response = await self.caller.call(
            self.stub.RevokeKey, request, timeout=timeout, request_id=request.request_id
        )
        return wire.key(response.key)

    def keys(
        self, *, page_size: int = 0, page_token: str = "", timeout: float | None = None
    ) -> Pages[Key]:
        """Lists keys, the latest created first, without secrets."""

        async def fetch(token: str) -> Page[Key]:
            request = pb.ListKeysRequest(page_size=page_size, page_token=token)
            response = await self.caller.call(self.stub.ListKeys, request, timeout=timeout)
            return Page(tuple(wire.key(item) for item in response.keys), response.next_page_token)

        return Pages(fetch, page_token)

    def audit(
        self,
        *,
        actor: str = "",
        subject: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[AuditEntry]:
        """Lists what operators changed, the latest first.

        Args:
            actor: keeps changes by this principal.
            subject: keeps changes to this subject.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[AuditEntry]:
            request = pb.ListAuditRequest(
                page_size=page_size, page_token=token, actor=actor, subject=subject
            )
            response = await self.caller.call(self.stub.ListAudit, request, timeout=timeout)
            items = tuple(wire.audit_entry(item) for item in response.entries)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)
