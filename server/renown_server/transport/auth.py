"""Who calls: the part of the server that knows credentials, and the way to it."""

from __future__ import annotations

from typing import Protocol

from renown_server.calls import Principal
from renown_server.errors import Unauthenticated


class Authenticator(Protocol):
    """Tells principals from the value of their `authorization` metadata: `Bearer <credential>`."""

    def authenticate_cached(self, header: str) -> Principal | None:
        """Returns the principal if that needs no waiting and no costly signature check."""

    async def authenticate(self, header: str) -> Principal:
        """Returns the principal of a header that starts with `Bearer `, in any case.

        Raises:
            Unauthenticated: malformed, expired, revoked, or for another audience.
        """


async def authenticate(authenticator: Authenticator, header: str) -> Principal:
    """Returns the principal of a header that is not in the cache.

    Raises:
        Unauthenticated: there is no bearer credential, or it is not accepted.
    """
    if not header:
        raise Unauthenticated("send `authorization: Bearer …` with the call")
    # The scheme's name has no case (RFC 9110).
    if header[:7].lower() != "bearer ":
        raise Unauthenticated("the authorization must be a bearer credential")
    return await authenticator.authenticate(header)
