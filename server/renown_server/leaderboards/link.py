"""One connection to Valkey that one task uses.

Commands go out in one write and their replies are read in order, through redis-py's connection:
its client would cost 17 µs a command where this costs 11, and cancelling one of its calls can
leave a reply for the next caller. Here whatever ends an exchange early ends the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import NoScriptError, RedisError, ResponseError

from renown_server.leaderboards import scripts
from renown_server.leaderboards.scripts import Script

Argument = str | bytes | int
Command = tuple[Argument, ...]


class LinkLost(Exception):
    """Valkey did not answer; what it has carried out is unknown."""


def call(script: Script, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Command:
    """The command that runs a script."""
    return ("EVALSHA", script.sha, len(keys), *keys, *arguments)


class Link:
    """A connection, made when it is first needed and again after a failure.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
        timeout_s: how long one exchange may take, connecting included.
    """

    def __init__(self, url: str, *, timeout_s: float) -> None:
        pool: ConnectionPool = ConnectionPool.from_url(
            url, protocol=2, socket_timeout=None, socket_connect_timeout=timeout_s
        )
        self._connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        self._timeout_s = timeout_s

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Sends commands and reads their replies.

        Not for two tasks at once.

        Returns:
            A reply for each command: bytes, integers, None and lists of them, or the
            `ResponseError` it was refused with.

        Raises:
            LinkLost: no connection, or not all replies came in time.
        """
        if not commands:
            return []
        try:
            async with asyncio.timeout(self._timeout_s):
                replies = await self._attempt(commands)
                if any(isinstance(reply, NoScriptError) for reply in replies):
                    replies = await self._with_scripts(commands, replies)
                return replies
        except (RedisError, OSError) as error:  # asyncio's TimeoutError is an OSError
            await self._drop()
            raise LinkLost(str(error) or repr(error)) from error
        except BaseException:
            await self._drop()
            raise

    async def close(self) -> None:
        """Closes the connection; the next exchange opens it again."""
        await self._drop()

    async def _attempt(self, commands: Sequence[Command]) -> list[Any]:
        connection = self._connection
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        replies: list[Any] = []
        for _ in commands:
            try:
                replies.append(await connection.read_response(disable_decoding=True))
            except ResponseError as refused:
                replies.append(refused)
        return replies

    async def _with_scripts(self, commands: Sequence[Command], replies: list[Any]) -> list[Any]:
        """Loads the scripts into a server that does not know them, and tries those again."""
        await self._attempt([("SCRIPT", "LOAD", script.source) for script in scripts.ALL])
        missing = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        again = await self._attempt([commands[place] for place in missing])
        for place, reply in zip(missing, again, strict=True):
            replies[place] = reply
        return replies

    async def _drop(self) -> None:
        # nowait: a frozen server never finishes the closing handshake.
        await self._connection.disconnect(nowait=True)


async def exchange(link: Link, commands: Sequence[Command]) -> list[Any]:
    """Sends commands and reads their replies, none of which may be a refusal.

    Raises:
        LinkLost: no connection, or not all replies came in time.
        ResponseError: the first refusal.
    """
    replies = await link.exchange(commands)
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise reply
    return replies
