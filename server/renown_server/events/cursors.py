"""Cursors: places in a log, as opaque text that only this deployment makes.

A cursor is sealed, so that nobody reads on from a place that was never reached,
and bound to its kind of stream; one player's is bound to the player as well.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import struct

from renown_server.errors import InvalidCursor
from renown_server.events.state import Position

_SEAL_BYTES = 12
_PLAYER = struct.Struct(">BQ")
_POSITION = struct.Struct(">BQQQ")


class Start(enum.Enum):
    """Where a stream begins that has no place to resume from."""

    NOW = ""
    BEGINNING = "beginning"


class Scope(enum.Enum):
    """The kinds of stream a cursor belongs to."""

    PLAYER = 1
    PLAYERS = 2
    ALL = 3


class Cursors:
    """Makes and reads cursors.

    Args:
        secret: the same in every process of the deployment. Under a new one,
            older cursors are refused.
    """

    __slots__ = ("_key",)

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.blake2b(secret, person=b"renown.cursors").digest()

    def of_player(self, player_id: str, sequence: int) -> str:
        """The place after one player's event `sequence`; 0 is before the first."""
        body = _PLAYER.pack(Scope.PLAYER.value, sequence)
        return self._token(body, player_id.encode())

    def of_position(self, scope: Scope, position: Position) -> str:
        """A place in the log of several or all players."""
        body = _POSITION.pack(scope.value, position.xid, position.sequence, position.at_us)
        return self._token(body + position.player_id.encode(), b"")

    def read_player(self, token: str, player_id: str) -> int | Start:
        """The sequence a player's cursor covers, or where else to start.

        Raises:
            InvalidCursor: it was not made for this player's log.
        """
        if token in (Start.NOW.value, Start.BEGINNING.value):
            return Start(token)
        body = self._open(token, player_id.encode())
        if len(body) != _PLAYER.size or body[0] != Scope.PLAYER.value:
            raise InvalidCursor
        return int(_PLAYER.unpack(body)[1])

    def read_position(self, token: str, scope: Scope) -> Position | Start:
        """The place that a cursor of several or all players names.

        Raises:
            InvalidCursor: it was not made for this kind of stream.
        """
        if token in (Start.NOW.value, Start.BEGINNING.value):
            return Start(token)
        body = self._open(token, b"")
        if len(body) < _POSITION.size or body[0] != scope.value:
            raise InvalidCursor
        _, xid, sequence, at_us = _POSITION.unpack_from(body)
        return Position(xid, body[_POSITION.size :].decode(), sequence, at_us)

    def _token(self, body: bytes, bound_to: bytes) -> str:
        return _to_text(body + self._seal(body, bound_to))

    def _open(self, token: str, bound_to: bytes) -> bytes:
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        body, seal = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
        # Base64 has several spellings of the same bytes; only ours is taken.
        if not body or _to_text(sealed) != token:
            raise InvalidCursor
        if not hmac.compare_digest(seal, self._seal(body, bound_to)):
            raise InvalidCursor
        return body

    def _seal(self, body: bytes, bound_to: bytes) -> bytes:
        # The body's length comes first: no body and player read as another pair.
        text = struct.pack(">H", len(body)) + body + bound_to
        return hashlib.blake2b(text, key=self._key, digest_size=_SEAL_BYTES).digest()


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
