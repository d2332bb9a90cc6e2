"""Who calls: tells principals from player tokens and keys, and remembers them for 5 s."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import asyncpg
import structlog

from renown_server.admin.keys import KEY_PREFIX, matches, split_credential
from renown_server.admin.state import KeyKind, StoredKey
from renown_server.admin.store import LoadKeys
from renown_server.admin.tokens import PlayerTokens
from renown_server.calls import Principal, PrincipalKind
from renown_server.engine.clock import Clock
from renown_server.engine.gather import Gather
from renown_server.errors import StorageUnavailable, Unauthenticated

_log = structlog.get_logger(__name__)

ACCEPTED_S = 5.0
"""How long an answer is remembered: within it, a revocation is noticed."""

REFUSED_S = 1.0
ENTRIES_MAX = 20_000
HEADER_CHARACTERS_MAX = 4096
LOOKUP_S = 2.0
"""How long a look-up may take before storage counts as unreachable."""

_SCHEME = "bearer "
_UNREACHABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

V = TypeVar("V")


class _Memory(Generic[V]):
    """Values by header, bounded; what was put in first is dropped first.

    All of one memory live equally long, so the first in is the first to end.
    Only a hash of the header is kept.
    """

    def __init__(self, lifetime_s: float, entries_max: int) -> None:
        self._lifetime_s = lifetime_s
        self._entries_max = entries_max
        self._entries: dict[bytes, tuple[float, V]] = {}

    def get(self, header: str, now_s: float) -> V | None:
        entry = self._entries.get(_digest(header))
        if entry is None or entry[0] <= now_s:
            return None
        return entry[1]

    def put(self, header: str, value: V, now_s: float) -> None:
        digest = _digest(header)
        self._entries.pop(digest, None)  # it must not keep the place of what it replaces
        self._entries[digest] = (now_s + self._lifetime_s, value)
        if len(self._entries) > self._entries_max:
            del self._entries[next(iter(self._entries))]

    def forget(self, header: str) -> None:
        self._entries.pop(_digest(header), None)


class Authenticator:
    """Implements `transport.auth.Authenticator`.

    Accepted and refused headers are remembered apart, so that a flood of
    guesses does not drive out those who belong here. Look-ups of keys gather:
    however many guesses arrive, one statement at a time is under way.

    Args:
        tokens: checks player tokens.
        load_keys: reads keys.
        clock: what expiry is measured by.
        monotonic: what the memory's seconds are measured by.
        entries_max: headers remembered, of each kind.
    """

    def __init__(
        self,
        *,
        tokens: PlayerTokens,
        load_keys: LoadKeys,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        entries_max: int = ENTRIES_MAX,
    ) -> None:
        self._tokens = tokens
        self._load_keys = load_keys
        self._keys: Gather[str, StoredKey] = Gather(self._load)
        self._clock = clock
        self._monotonic = monotonic
        self._accepted: _Memory[tuple[Principal, int | None]] = _Memory(ACCEPTED_S, entries_max)
        self._refused: _Memory[str] = _Memory(REFUSED_S, entries_max)

    def authenticate_cached(self, header: str) -> Principal | None:
        """The principal of a header accepted within the last 5 s, unless it has expired since."""
        found = self._accepted.get(header, self._monotonic())
        if found is None:
            return None
        principal, ends_at_us = found
        if ends_at_us is not None and ends_at_us <= self._clock.now_us():
            self._accepted.forget(header)
            return None
        return principal

    async def authenticate(self, header: str) -> Principal:
        """The principal of `Bearer <credential>`.

        Raises:
            Unauthenticated: malformed, expired, revoked, or for another audience.
            StorageUnavailable: it is a key, and Postgres cannot be asked.
        """
        principal = self.authenticate_cached(header)
        if principal is not None:
            return principal
        # The memory counts from before the look-up: what it reads is as old
        # as its beginning.
        now_s = self._monotonic()
        refused = self._refused.get(header, now_s)
        if refused is not None:
            raise Unauthenticated(refused)
        try:
            principal, ends_at_us = await self._check(header)
        except Unauthenticated as error:
            self._refused.put(header, error.refusal.message, now_s)
            raise
        self._accepted.put(header, (principal, ends_at_us), now_s)
        return principal

    async def _check(self, header: str) -> tuple[Principal, int | None]:
        """The principal, and when its credential ends in microseconds since 1970."""
        scheme, credential = header[: len(_SCHEME)], header[len(_SCHEME) :].strip()
        if scheme.lower() != _SCHEME or not credential:
            raise Unauthenticated("send `authorization: Bearer <key or token>`")
        if len(header) > HEADER_CHARACTERS_MAX or not header.isascii():
            raise Unauthenticated("the credential is malformed")
        if credential.startswith(KEY_PREFIX):
            return await self._check_key(credential)
        return self._check_token(credential)

    def _check_token(self, token: str) -> tuple[Principal, int | None]:
        claims = self._tokens.verify(token)
        principal = Principal(
            PrincipalKind.PLAYER, f"player:{claims.sub}", player_id=claims.sub, name=claims.sid
        )
        return principal, claims.exp * 1_000_000

    async def _check_key(self, credential: str) -> tuple[Principal, int | None]:
        parts = split_credential(credential)
        if parts is None:
            raise Unauthenticated("the key is malformed")
        key_id, secret = parts
        stored = await self._find(key_id)
        # One answer for an unknown id and a wrong secret; only who has the
        # secret learns more.
        if stored is None or not matches(secret, stored.secret_sha256):
            raise Unauthenticated("the key is not valid")
        key = stored.key
        if key.revoked_at_us is not None:
            raise Unauthenticated("the key was revoked")
        if key.expires_at_us is not None and key.expires_at_us <= self._clock.now_us():
            raise Unauthenticated("the key has expired")
        is_server = key.kind is KeyKind.SERVER
        principal = Principal(
            PrincipalKind.SERVER if is_server else PrincipalKind.OPERATOR,
            f"key:{key_id}",
            roles=frozenset(key.roles),
            name=key.name,
        )
        return principal, key.expires_at_us

    async def _find(self, key_id: str) -> StoredKey | None:
        try:
            return await self._keys.get(key_id)
        except _UNREACHABLE as error:
            _log.warning("keys cannot be read", error=str(error) or repr(error))
            raise StorageUnavailable from error

    async def _load(self, key_ids: Sequence[str]) -> Mapping[str, StoredKey]:
        async with asyncio.timeout(LOOKUP_S):
            return await self._load_keys(key_ids)


def _digest(header: str) -> bytes:
    return hashlib.blake2b(header.encode("utf-8", "surrogatepass"), digest_size=16).digest()
