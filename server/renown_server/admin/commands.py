"""The commands that change keys. They touch no player."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.admin import rules
from renown_server.admin.keys import KeySecrets, Seed
from renown_server.admin.state import Key, KeyKind
from renown_server.calls import Role
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work


class CreateKeyBody(msgspec.Struct, frozen=True):
    """The decoded request of a CreateKey; `expires_at_us` is microseconds since 1970."""

    name: str
    kind: KeyKind
    roles: tuple[Role, ...] = ()
    expires_at_us: int | None = None


class CreatedKey(msgspec.Struct, frozen=True):
    """What the answer to a CreateKey is made of, again and again.

    Attributes:
        key: the key.
        seed: what its secret is derived from.
        secret_sha256: what the secret must hash to.
    """

    key: Key
    seed: Seed
    secret_sha256: bytes

    def credential(self, secrets: KeySecrets) -> str:
        """`<key_id>.<secret>`, or "" where the keyring has changed since."""
        return secrets.credential(self.key.key_id, self.seed, self.secret_sha256)


class RevokeKeyBody(msgspec.Struct, frozen=True):
    """The decoded request of a RevokeKey."""

    key_id: str
    reason: str = ""


class CreateKey(Command):
    """Creates a key. Its result is a `CreatedKey` as builtins."""

    __slots__ = ("_secrets",)

    method = "CreateKey"
    parts = ("request_locks",)
    body: CreateKeyBody

    def __init__(
        self, *, principal: str, request_id: str, body: CreateKeyBody, secrets: KeySecrets
    ) -> None:
        key = RequestKey(principal, request_id)
        super().__init__(key=key, players=(), principal=principal, body=body)
        self._secrets = secrets

    def keys(self, part: str) -> tuple[Any, ...]:
        """Its own request."""
        return _request_lock(self)

    def decide(self, work: Work) -> Any:
        """Draws an id and a secret, and notes the secret's hash."""
        body = self.body
        roles = tuple(sorted(set(body.roles), key=lambda role: role.value))
        rules.check_new_key(body.name, body.kind, roles, body.expires_at_us, work.now_us)
        key_id, seed, secret_sha256 = self._secrets.new(work.random)
        key = Key(
            key_id=key_id,
            name=body.name,
            kind=body.kind,
            roles=roles,
            created_at_us=work.now_us,
            created_by=self.principal,
            expires_at_us=body.expires_at_us,
        )
        rules.add_key(work, key, secret_sha256)
        return msgspec.to_builtins(CreatedKey(key, seed, secret_sha256))


class RevokeKey(Command):
    """Ends a key. Its result is the `Key` as builtins."""

    __slots__ = ()

    method = "RevokeKey"
    parts = ("request_locks", "api_keys")
    body: RevokeKeyBody

    def __init__(self, *, principal: str, request_id: str, body: RevokeKeyBody) -> None:
        key = RequestKey(principal, request_id)
        super().__init__(key=key, players=(), principal=principal, body=body)

    def keys(self, part: str) -> tuple[Any, ...]:
        """Its own request and the key."""
        return (self.body.key_id,) if part == "api_keys" else _request_lock(self)

    def decide(self, work: Work) -> Any:
        """Ends the key."""
        return msgspec.to_builtins(rules.revoke_key(work, self.body.key_id, self.body.reason))


def _request_lock(command: Command) -> tuple[str]:
    assert isinstance(command.key, RequestKey)
    return (command.key.digest().hex(),)
