"""Listening to what other workers publish, over Valkey."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from renown_server.events.messages import Channels

_log = structlog.get_logger(__name__)

PING_AFTER_S = 0.5
"""Silence after which Valkey is asked whether it is there."""

LOST_AFTER_S = 1.5
"""Silence after which it is taken to be away, connected or not."""

RECONNECT_PAUSE_S = 0.25


class Listener(Protocol):
    """Who is told what the bus hears."""

    def on_connected(self) -> None:
        """All channels are heard from now on; what came before is unknown."""

    def on_message(self, channel: str, payload: bytes) -> None:
        """A message has arrived."""

    def on_lost(self) -> None:
        """Nothing is heard until `on_connected`."""


class Bus(Protocol):
    """Carries messages from every worker to every other and itself."""

    async def run(self, listener: Listener) -> None:
        """Listens until cancelled."""


class ValkeyBus:
    """One subscribed connection, made anew whenever it is lost.

    Args:
        url: `redis://…`, `rediss://…` or `unix://…`.
        channels: the channels' names.
    """

    def __init__(self, url: str, channels: Channels) -> None:
        self._url = url
        self._names = channels.names

    async def run(self, listener: Listener) -> None:
        """Listens until cancelled."""
        was_lost = False
        while True:
            # Retries of the client's own would hide that nothing is heard. Its
            # socket_timeout is asyncio.wait_for, which before Python 3.12 loses
            # a cancellation that meets the end of what it waits for.
            client = Redis.from_url(
                self._url,
                retry=Retry(NoBackoff(), 0),
                socket_connect_timeout=LOST_AFTER_S,
                socket_timeout=None,
                client_name="renown-events",
            )
            try:
                await self._listen(client.pubsub(), listener)
            except (RedisError, OSError) as error:
                if not was_lost:
                    _log.warning(
                        "valkey cannot be heard; events are polled", error=str(error) or repr(error)
                    )
                was_lost = True
                listener.on_lost()
            finally:
                # Never back to a pool: a cancelled read leaves it out of step.
                await client.aclose(close_connection_pool=True)
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen(self, pubsub: PubSub, listener: Listener) -> None:
        async with pubsub:
            async with asyncio.timeout(LOST_AFTER_S):
                await pubsub.subscribe(*self._names)
            missing = set(self._names)
            heard_at = time.monotonic()
            while True:
                message = await pubsub.get_message(timeout=PING_AFTER_S)
                if message is None:
                    if time.monotonic() - heard_at > LOST_AFTER_S:
                        raise RedisConnectionError("silent")
                    await pubsub.ping()
                    continue
                heard_at = time.monotonic()
                if message["type"] == "message":
                    listener.on_message(message["channel"].decode(), message["data"])
                elif message["type"] == "subscribe":
                    missing.discard(message["channel"].decode())
                    if not missing:
                        listener.on_connected()
