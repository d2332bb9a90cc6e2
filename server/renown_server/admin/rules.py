"""What makes and ends keys; pure."""

from __future__ import annotations

import msgspec

from renown_server import audit
from renown_server.admin.state import Key, KeyBook, KeyKind, StoredKey
from renown_server.calls import Role
from renown_server.engine.clock import rfc3339
from renown_server.engine.work import Work
from renown_server.errors import InvalidArgument

NAME_CHARACTERS_MAX = 64
REASON_CHARACTERS_MAX = 256


def check_new_key(
    name: str, kind: KeyKind, roles: tuple[Role, ...], expires_at_us: int | None, now_us: int
) -> None:
    """Checks what a key is to be; also callers without the contract's validation come here.

    Raises:
        InvalidArgument: says which field is wrong.
    """
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidArgument("name", f"must have 1 to {NAME_CHARACTERS_MAX} characters")
    check_text("name", name)
    if (kind is KeyKind.OPERATOR) != bool(roles):
        raise InvalidArgument("roles", "are for operator keys, which need at least one")
    if expires_at_us is not None and expires_at_us <= now_us:
        raise InvalidArgument("expires_at", "must lie in the future")


def check_text(field: str, text: str) -> None:
    """Refuses control characters, which would break lines of logs and the audit's JSON.

    Raises:
        InvalidArgument: there is one at `field`.
    """
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise InvalidArgument(field, "must not hold control characters")


def add_key(work: Work, key: Key, secret_sha256: bytes) -> None:
    """Adds a key."""
    work.touch(StoredKey(key, secret_sha256))
    details = {"name": key.name, "kind": key.kind.name.lower()}
    if key.roles:
        details["roles"] = ",".join([role.name.lower() for role in key.roles])
    if key.expires_at_us is not None:
        details["expires_at"] = rfc3339(key.expires_at_us)
    audit.add(work, action="key.create", subject=f"key:{key.key_id}", details=details)


def revoke_key(work: Work, key_id: str, reason: str) -> Key:
    """Ends a key, unless it was revoked before.

    Returns:
        The key as it is now.

    Raises:
        KeyNotFound: there is no such key.
        InvalidArgument: the reason is too long or holds control characters.
    """
    if len(reason) > REASON_CHARACTERS_MAX:
        raise InvalidArgument("reason", f"must have at most {REASON_CHARACTERS_MAX} characters")
    check_text("reason", reason)
    stored = work.slice(KeyBook).get(key_id)
    if stored.key.revoked_at_us is None:
        work.touch(stored)
        stored.key = msgspec.structs.replace(stored.key, revoked_at_us=work.now_us)
        audit.add(
            work,
            action="key.revoke",
            subject=f"key:{key_id}",
            reason=reason,
            details={"name": stored.key.name},
        )
    return stored.key
