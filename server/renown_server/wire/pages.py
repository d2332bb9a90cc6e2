"""Page sizes and page tokens of lists."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from renown_server.errors import InvalidPageToken

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 200
SIGNATURE_BYTES = 12

T = TypeVar("T")

Position = tuple[str | int, ...]


def page_size(requested: int) -> int:
    """Returns how many entries to answer: 50 for 0, at most 200."""
    return min(requested, PAGE_SIZE_MAX) if requested > 0 else PAGE_SIZE_DEFAULT


class PageTokens:
    """Issues page tokens and accepts only those it issued for the same list.

    A token is the position after which the next page begins, signed together with the list's
    name and filters. It is readable for clients, and useless to them anywhere else.

    Attributes:
        secret: the same in every worker; 16 bytes or more.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("page tokens need a secret of at least 16 bytes")
        self._secret = secret

    def encode(self, list_name: str, filters: Sequence[str | int], position: Position) -> str:
        """Returns the token that continues a list after `position`.

        Args:
            list_name: names the list and the shape of its positions, such as `ListActivities`.
            filters: what else selects the entries: the player, the type, and so on.
            position: the sort key of the last entry shown; its integers fit into 64 bits.
        """
        body = msgspec.msgpack.encode(position)
        token = self._sign(list_name, filters, body) + body
        return base64.urlsafe_b64encode(token).rstrip(b"=").decode("ascii")

    def decode(self, list_name: str, filters: Sequence[str | int], token: str) -> Position:
        """Returns the position in `token`, or `()` where the token is empty: the first page.

        Raises:
            InvalidPageToken: it was not issued for this list with these filters.
        """
        if not token:
            return ()
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidPageToken from None
        signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(list_name, filters, body)):
            raise InvalidPageToken
        return msgspec.msgpack.decode(body, type=Position)

    def page_of(
        self, list_name: str, items: Mapping[str, T], size: int, token: str
    ) -> tuple[list[T], str]:
        """A page of a list that is in memory, such as the catalog's.

        Args:
            list_name: names the list.
            items: everything, in the order of its keys.
            size: how many were asked for.
            token: where to go on.

        Returns:
            The items, and the token of the next page; empty on the last.

        Raises:
            InvalidPageToken: `token` was not issued for this list.
        """
        position = self.decode(list_name, (), token)
        after = str(position[0]) if position else ""
        names = [name for name in items if name > after]
        shown = names[: page_size(size)]
        next_token = self.encode(list_name, (), (shown[-1],)) if len(shown) < len(names) else ""
        return [items[name] for name in shown], next_token

    def _sign(self, list_name: str, filters: Sequence[str | int], body: bytes) -> bytes:
        signed = msgspec.msgpack.encode((list_name, tuple(filters), body))
        return hmac.digest(self._secret, signed, hashlib.sha256)[:SIGNATURE_BYTES]
