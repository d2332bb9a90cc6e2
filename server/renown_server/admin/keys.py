"""Credentials of servers and operators: `<key_id>.<secret>`, and where the secret comes from.

A key's secret is shown once, but the answer to a retry must be the same, and
nothing secret may be stored. So the secret is an HMAC under a signing key of
the keyring, of the key's id and a random salt. The salt lies in the request's
record, which is dropped after some weeks; from then on nobody can derive the
secret again, neither with the database nor with the keyring. Only its SHA-256
stays.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import msgspec

from renown_server.admin.keyring import Keyring, SigningKey
from renown_server.engine.randomness import Randomness

KEY_PREFIX = "k_"
_KEY_ID_BYTES = 8
_SALT_BYTES = 16
_PURPOSE = "api-key"
_CREDENTIAL = re.compile(r"(k_[0-9a-z_]{1,62})\.([A-Za-z0-9_-]{43})")


class Seed(msgspec.Struct, frozen=True):
    """What a secret is derived from, beside the keyring.

    Attributes:
        kid: the signing key.
        salt: random, hex.
    """

    kid: str
    salt: str


class KeySecrets:
    """Makes the secrets of keys: 256 bits, as base64url text."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def new(self, random: Randomness) -> tuple[str, Seed, bytes]:
        """Draws a key: its id, the seed of its secret, and the secret's SHA-256."""
        key_id = KEY_PREFIX + random.token(_KEY_ID_BYTES)
        seed = Seed(self._keyring.first.kid, random.token(_SALT_BYTES))
        return key_id, seed, hash_secret(_derive(self._keyring.first, key_id, seed))

    def credential(self, key_id: str, seed: Seed, secret_sha256: bytes) -> str:
        """The whole credential of a key.

        Returns:
            Nothing ("") if the keyring has lost the signing key since, which
            the hash tells even if its id was given to another one.
        """
        signer = self._keyring.find(seed.kid)
        if signer is None:
            return ""
        secret = _derive(signer, key_id, seed)
        return f"{key_id}.{secret}" if matches(secret, secret_sha256) else ""


def _derive(signer: SigningKey, key_id: str, seed: Seed) -> str:
    text = f"{key_id}\0{seed.salt}".encode()
    secret = hmac.digest(signer.derive(_PURPOSE), text, hashlib.sha256)
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a secret's text, as it is stored.

    No slow hash is needed: nobody can try 2^256 secrets.
    """
    return hashlib.sha256(secret.encode()).digest()


def matches(secret: str, secret_sha256: bytes) -> bool:
    """Whether a secret is the one that was stored; takes the same time either way."""
    return hmac.compare_digest(hash_secret(secret), secret_sha256)


def split_credential(text: str) -> tuple[str, str] | None:
    """The id and the secret of a credential; None if it has not the form of one."""
    found = _CREDENTIAL.fullmatch(text)
    return (found[1], found[2]) if found else None
