"""Whether Valkey may forget entries behind our back."""

from __future__ import annotations

from redis.exceptions import ResponseError

from renown_server.leaderboards.link import Link


async def may_evict(link: Link) -> bool:
    """Whether keys without an expiry may be evicted when memory is short.

    A board that loses a key that way keeps its epoch, and would answer as if it were empty.

    Returns:
        False also where the server does not tell.

    Raises:
        LinkLost: Valkey failed.
    """
    [reply] = await link.exchange([("CONFIG", "GET", "maxmemory-policy")])
    if isinstance(reply, ResponseError) or len(reply) != 2:
        return False
    policy: bytes = reply[1]
    return policy.startswith(b"allkeys-")
