"""Keys, tokens and the audit."""

from __future__ import annotations

from renown._model.admin import AuditEntry, Key, KeyKind, PlayerToken, Role
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import admin_service_pb2 as pb
from renown.v1 import auth_service_pb2


def key(message: pb.Key) -> Key:
    """Reads a Key."""
    return Key(
        key_id=message.key_id,
        name=message.name,
        kind=KeyKind(message.kind),
        roles=tuple(Role(role) for role in message.roles),
        created_at=moment(message.created_at),
        expires_at=moment_if_set(message, "expires_at"),
        revoked_at=moment_if_set(message, "revoked_at"),
        created_by=message.created_by,
    )


def audit_entry(message: pb.AuditEntry) -> AuditEntry:
    """Reads an AuditEntry."""
    return AuditEntry(
        audit_id=message.audit_id,
        recorded_at=moment(message.recorded_at),
        actor=message.actor,
        action=message.action,
        subject=message.subject,
        reason=message.reason,
        details=dict(message.details),
    )


def player_token(message: auth_service_pb2.IssuePlayerTokenResponse) -> PlayerToken:
    """Reads an IssuePlayerTokenResponse."""
    return PlayerToken(message.token, moment(message.expires_at), message.session_id)
