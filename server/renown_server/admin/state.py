"""Keys as the engine holds them."""

from __future__ import annotations

import enum

import msgspec

from renown_server.calls import Role
from renown_server.engine.state import Entity
from renown_server.errors import KeyNotFound


class KeyKind(enum.Enum):
    """Whom a key is for. The values are stored."""

    SERVER = 1
    OPERATOR = 2


class Key(msgspec.Struct, frozen=True):
    """A key without its secret. Times are microseconds since 1970.

    Attributes:
        key_id: the part of the credential before the point.
        name: for people.
        kind: whom it is for.
        roles: an operator's roles, ascending.
        created_at_us: when it was created.
        created_by: the principal that created it.
        expires_at_us: when it ends by itself; None: never.
        revoked_at_us: when it was revoked; None: it was not.
    """

    key_id: str
    name: str
    kind: KeyKind
    roles: tuple[Role, ...]
    created_at_us: int
    created_by: str
    expires_at_us: int | None = None
    revoked_at_us: int | None = None

    def ends_at_us(self) -> int | None:
        """When it stops, or stopped, being accepted; None: never."""
        ends = [end for end in (self.expires_at_us, self.revoked_at_us) if end is not None]
        return min(ends, default=None)


class StoredKey(Entity):
    """A key's row."""

    __slots__ = ("key", "secret_sha256")

    saved = ("key",)

    def __init__(self, key: Key, secret_sha256: bytes) -> None:
        super().__init__()
        self.key = key
        self.secret_sha256 = secret_sha256


class KeyBook:
    """The keys a batch has loaded."""

    __slots__ = ("by_id",)

    def __init__(self) -> None:
        self.by_id: dict[str, StoredKey] = {}

    def get(self, key_id: str) -> StoredKey:
        """A key that its command has asked for.

        Raises:
            KeyNotFound: it does not exist.
        """
        stored = self.by_id.get(key_id)
        if stored is None:
            raise KeyNotFound(key_id)
        return stored
