"""Player tokens: short-lived JWTs, signed with HS256 and a key of the keyring."""

from __future__ import annotations

import re

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OctKey
from joserfc.jws import JWSRegistry

from renown_server.admin.keyring import Keyring, SigningKey
from renown_server.engine.clock import Clock
from renown_server.engine.randomness import Randomness
from renown_server.errors import Unauthenticated

AUDIENCE = "renown"
TTL_US_MAX = 15 * 60 * 1_000_000
CLOCK_SKEW_S = 60
"""How far ahead the clock of another signer of the same keyring may be."""

_ALGORITHM = "HS256"
_US_PER_S = 1_000_000
_PLAYER_ID = re.compile(r"[!-~]{1,64}")


class IssuedToken(msgspec.Struct, frozen=True):
    """A token just signed; `expires_at_us` is microseconds since 1970."""

    token: str
    expires_at_us: int
    session_id: str


class TokenClaims(msgspec.Struct, frozen=True):
    """What a token says, by its JWT names; times are whole seconds since 1970."""

    aud: str
    sub: str
    sid: str
    iat: int
    exp: int


class PlayerTokens:
    """Signs and checks player tokens."""

    def __init__(self, *, keyring: Keyring, clock: Clock, random: Randomness) -> None:
        self._clock = clock
        self._random = random
        self._registry = JWSRegistry(algorithms=[_ALGORITHM])
        self._keys = {key.kid: _to_jwk(key) for key in keyring.keys}
        self._signer = keyring.first.kid

    def issue(self, player_id: str, ttl_us: int = TTL_US_MAX) -> IssuedToken:
        """Signs a token of a new session.

        Args:
            player_id: whom it is for.
            ttl_us: how long it is valid, in microseconds: at least this long,
                at most a second longer, and never longer than 15 min.
        """
        now_us = self._clock.now_us()
        issued_s = now_us // _US_PER_S
        expires_s = min(
            -(-(now_us + ttl_us) // _US_PER_S), issued_s + TTL_US_MAX // _US_PER_S
        )  # rounded up: a token of one second must not be stillborn
        session_id = self._random.token(16)
        claims = TokenClaims(AUDIENCE, player_id, session_id, issued_s, expires_s)
        token = jwt.encode(
            {"alg": _ALGORITHM, "kid": self._signer},
            msgspec.structs.asdict(claims),
            self._keys[self._signer],
            registry=self._registry,
        )
        return IssuedToken(token, expires_s * _US_PER_S, session_id)

    def verify(self, token: str) -> TokenClaims:
        """Checks a token.

        Raises:
            Unauthenticated: it is malformed, expired, not for us, lives too
                long, or is not signed by a key of the ring.
        """
        try:
            decoded = jwt.decode(token, self._find_key, registry=self._registry)
            claims = msgspec.convert(decoded.claims, TokenClaims)
        except (JoseError, msgspec.ValidationError, ValueError):
            raise Unauthenticated("the token is not valid") from None
        now_us = self._clock.now_us()
        if claims.exp * _US_PER_S <= now_us:
            raise Unauthenticated("the token has expired")
        lifetime_us = (claims.exp - claims.iat) * _US_PER_S
        early = (claims.iat - CLOCK_SKEW_S) * _US_PER_S > now_us
        if (
            claims.aud != AUDIENCE
            or early
            or lifetime_us > TTL_US_MAX
            or not _PLAYER_ID.fullmatch(claims.sub)
        ):
            raise Unauthenticated("the token is not valid")
        return claims

    def _find_key(self, signature: GuestProtocol) -> OctKey:
        # The algorithm is not looked at here: the registry has only one.
        key = self._keys.get(signature.headers().get("kid", ""))
        if key is None:
            raise Unauthenticated("the token is signed by an unknown key")
        return key


def _to_jwk(key: SigningKey) -> OctKey:
    return OctKey.import_key(key.secret, {"kid": key.kid, "alg": _ALGORITHM, "use": "sig"})
