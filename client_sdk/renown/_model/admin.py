"""Keys, tokens and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from renown._model.basics import WireEnum


class KeyKind(WireEnum):
    """Whom a key is for."""

    UNKNOWN = 0
    SERVER = 1
    OPERATOR = 2


class Role(WireEnum):
    """What an operator may do. ADMIN includes all others, each includes VIEWER."""

    UNKNOWN = 0
    VIEWER = 1
    SUPPORT = 2
    ECONOMY = 3
    ADMIN = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A credential, without its secret.

    Attributes:
        key_id: the part before the point.
        name: for people.
        kind: whom it is for.
        roles: an operator's roles.
        created_at: when it was created.
        expires_at: when it ends by itself; None is never.
        revoked_at: when it was revoked; None if it was not.
        created_by: the principal that created it.
    """

    key_id: str
    name: str
    kind: KeyKind
    roles: tuple[Role, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    created_by: str


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key with its credential, `<key_id>.<secret>`, which is shown only now."""

    key: Key
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlayerToken:
    """A signed token that a player calls with, until it expires."""

    token: str = field(repr=False)
    expires_at: datetime
    session_id: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change by an operator.

    Attributes:
        audit_id: names it.
        recorded_at: when it was made.
        actor: the principal, such as `key:k_…` or `cli`.
        action: what was done, such as `key.create`.
        subject: what it was done to.
        reason: the operator's reason.
        details: the change's values.
    """

    audit_id: str
    recorded_at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    details: Mapping[str, str]
