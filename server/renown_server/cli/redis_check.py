"""Whether Redis answers, before workers start."""

from __future__ import annotations

from redis.asyncio import from_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from renown_server.cli.failures import Failure, one_line

_TIMEOUT_S = 2.0


async def check(url: str) -> None:
    """Asks for a sign of life.

    Raises:
        Failure: there is none.
    """
    try:
        async with from_url(
            url,
            socket_connect_timeout=_TIMEOUT_S,
            socket_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            await client.ping()
    except ValueError:
        raise Failure("RENOWN_REDIS_URL is malformed") from None
    except (RedisError, OSError, TimeoutError) as error:
        raise Failure(f"cannot reach Redis: {one_line(str(error))}") from None
