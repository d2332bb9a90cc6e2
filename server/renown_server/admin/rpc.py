"""AdminService and AuthService: messages to commands and reads, and back."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from renown.v1 import access_pb2 as access_pb
from renown.v1 import admin_service_pb2 as admin_pb
from renown.v1 import auth_service_pb2 as auth_pb
from renown_server.admin import store
from renown_server.admin.commands import (
    CreatedKey,
    CreateKey,
    CreateKeyBody,
    RevokeKey,
    RevokeKeyBody,
)
from renown_server.admin.keys import KeySecrets
from renown_server.admin.state import Key, KeyKind
from renown_server.admin.tokens import TTL_US_MAX, PlayerTokens
from renown_server.calls import CallContext, Role
from renown_server.engine.clock import to_us
from renown_server.engine.engine import Engine
from renown_server.errors import InvalidPageToken
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import from_duration, from_timestamp, to_timestamp

AUTH_SERVICE = "renown.v1.AuthService"
ADMIN_SERVICE = "renown.v1.AdminService"


class AuthServiceHandlers:
    """Answers AuthService."""

    def __init__(self, tokens: PlayerTokens) -> None:
        self._tokens = tokens

    async def issue_player_token(
        self, request: auth_pb.IssuePlayerTokenRequest, call: CallContext
    ) -> auth_pb.IssuePlayerTokenResponse:
        """Signs a token; nothing is stored."""
        ttl_us = from_duration(request.ttl, "ttl") if request.HasField("ttl") else TTL_US_MAX
        issued = self._tokens.issue(request.player_id, ttl_us)
        return auth_pb.IssuePlayerTokenResponse(
            token=issued.token,
            expires_at=to_timestamp(issued.expires_at_us),
            session_id=issued.session_id,
        )


class AdminServiceHandlers:
    """Answers AdminService.

    Args:
        engine: carries out commands.
        reader: where lists are read; a cold path.
        secrets: makes the secrets of keys.
        pages: signs page tokens.
    """

    def __init__(
        self, *, engine: Engine, reader: AsyncEngine, secrets: KeySecrets, pages: PageTokens
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._secrets = secrets
        self._pages = pages

    async def create_key(
        self, request: admin_pb.CreateKeyRequest, call: CallContext
    ) -> admin_pb.CreateKeyResponse:
        """Creates a key; a retry derives its secret again."""
        expires = request.HasField("expires_at")
        body = CreateKeyBody(
            name=request.name,
            kind=KeyKind(request.kind),
            roles=tuple(Role(role) for role in request.roles),
            expires_at_us=from_timestamp(request.expires_at, "expires_at") if expires else None,
        )
        command = CreateKey(
            principal=call.principal.id,
            request_id=request.request_id,
            body=body,
            secrets=self._secrets,
        )
        done = await self._engine.submit(command, call.deadline)
        created = msgspec.convert(done.result, CreatedKey)
        return admin_pb.CreateKeyResponse(
            key=_key(created.key), secret=created.credential(self._secrets)
        )

    async def revoke_key(
        self, request: admin_pb.RevokeKeyRequest, call: CallContext
    ) -> admin_pb.RevokeKeyResponse:
        """Ends a key."""
        command = RevokeKey(
            principal=call.principal.id,
            request_id=request.request_id,
            body=RevokeKeyBody(key_id=request.key_id, reason=request.reason),
        )
        done = await self._engine.submit(command, call.deadline)
        return admin_pb.RevokeKeyResponse(key=_key(msgspec.convert(done.result, Key)))

    async def list_keys(
        self, request: admin_pb.ListKeysRequest, call: CallContext
    ) -> admin_pb.ListKeysResponse:
        """Lists keys, the latest created first."""
        before: tuple[int, str] | None = None
        match self._pages.decode("ListKeys", (), request.page_token):
            case ():
                pass
            case (int(created_at_us), str(key_id)):
                before = (created_at_us, key_id)
            case _:
                raise InvalidPageToken
        size = page_size(request.page_size)
        keys = await store.list_keys(self._reader, before=before, size=size + 1)
        token = ""
        if len(keys) > size:
            last = keys[size - 1]
            token = self._pages.encode("ListKeys", (), (last.created_at_us, last.key_id))
        return admin_pb.ListKeysResponse(
            keys=[_key(key) for key in keys[:size]], next_page_token=token
        )

    async def list_audit(
        self, request: admin_pb.ListAuditRequest, call: CallContext
    ) -> admin_pb.ListAuditResponse:
        """Lists the audit, the latest first."""
        filters = (request.actor, request.subject)
        before: int | None = None
        match self._pages.decode("ListAudit", filters, request.page_token):
            case ():
                pass
            case (int(audit_id),):
                before = audit_id
            case _:
                raise InvalidPageToken
        size = page_size(request.page_size)
        rows = await store.list_audit(
            self._reader,
            before=before,
            size=size + 1,
            actor=request.actor,
            subject=request.subject,
        )
        token = ""
        if len(rows) > size:
            token = self._pages.encode("ListAudit", filters, (rows[size - 1].audit_id,))
        entries = [
            admin_pb.AuditEntry(
                audit_id=str(row.audit_id),
                recorded_at=to_timestamp(to_us(row.recorded_at)),
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                reason=row.reason,
                details=row.details,
            )
            for row in rows[:size]
        ]
        return admin_pb.ListAuditResponse(entries=entries, next_page_token=token)


def _key(key: Key) -> admin_pb.Key:
    message = admin_pb.Key(
        key_id=key.key_id,
        name=key.name,
        kind=cast("admin_pb.KeyKind.ValueType", key.kind.value),
        roles=[cast("access_pb.Role.ValueType", role.value) for role in key.roles],
        created_at=to_timestamp(key.created_at_us),
        created_by=key.created_by,
    )
    if key.expires_at_us is not None:
        message.expires_at.CopyFrom(to_timestamp(key.expires_at_us))
    if key.revoked_at_us is not None:
        message.revoked_at.CopyFrom(to_timestamp(key.revoked_at_us))
    return message
