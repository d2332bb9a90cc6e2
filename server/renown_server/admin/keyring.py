"""The secrets that all workers share: they sign tokens, and other secrets derive from them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

SECRET_BYTES_MIN = 32
"""What HS256 asks for: as many bytes as its hash."""

SECRET_BYTES_MAX = 512

KEYS_MAX = 8
_KID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class InvalidKeyring(ValueError):
    """The text is not a keyring; the message is one line and holds no secret."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret and the id by which tokens name it."""

    kid: str
    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """32 bytes of this secret for one purpose; they tell nothing about any other."""
        return hmac.digest(self.secret, f"renown/{purpose}".encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Signing keys: the first one signs, all are accepted.

    To rotate on several machines, add the new key last and restart them all,
    so that each accepts it; then move it to the front and restart them again.
    Take the old one out when its last token has expired, 15 min later.
    """

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Reads `kid:base64,kid:base64`, also on several lines; `#` begins a comment.

        Raises:
            InvalidKeyring: says which entry is wrong, and why.
        """
        lines = [line.partition("#")[0] for line in text.splitlines()]
        entries = [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]
        keys = tuple(_parse_key(entry, place) for place, entry in enumerate(entries, start=1))
        if not 1 <= len(keys) <= KEYS_MAX:
            raise InvalidKeyring(f"needs 1 to {KEYS_MAX} keys, has {len(keys)}")
        if len({key.kid for key in keys}) < len(keys):
            raise InvalidKeyring("two keys have the same id")
        return cls(keys)

    @property
    def first(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def find(self, kid: str) -> SigningKey | None:
        """The key of an id; None if it is not, or no longer, in the ring."""
        for key in self.keys:
            if key.kid == kid:
                return key
        return None


def new_key() -> str:
    """A fresh random key as an entry of a keyring's text."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES_MIN))
    return f"{secrets.token_hex(4)}:{secret.rstrip(b'=').decode()}"


def _parse_key(entry: str, place: int) -> SigningKey:
    kid, colon, encoded = entry.partition(":")
    if not colon or not _KID.fullmatch(kid):
        raise InvalidKeyring(f"key {place} is not `id:base64`")
    # Both alphabets, padded or not: people paste what their tools print.
    text = encoded.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        secret = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidKeyring(f"the secret of key {kid} is not base64") from None
    if not SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX:
        limits = f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX}"
        raise InvalidKeyring(f"the secret of key {kid} must have {limits} bytes")
    return SigningKey(kid, secret)
