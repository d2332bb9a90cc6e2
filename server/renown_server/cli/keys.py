"""`renown keys`."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from renown_server.admin import store
from renown_server.admin.state import Key
from renown_server.calls import Role
from renown_server.cli import database
from renown_server.cli.changes import create_key, open_engine, revoke_key
from renown_server.cli.settings import load_with_database
from renown_server.config import Settings
from renown_server.engine.clock import from_us
from renown_server.storage import postgres

app = typer.Typer(
    name="keys", help="Manage the keys of game servers and operators.", no_args_is_help=True
)

_DAY_US = 86_400_000_000
_PAGE = 200

Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="Make it an operator's: viewer, support, economy or admin. Repeatable."
    ),
]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is for; people read it.")],
    role: Roles = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="When it ends.")] = None,
) -> None:
    """Create a key, a game server's unless roles are named, and print it, this once."""
    roles = tuple(_role(text) for text in role or ())
    credential = asyncio.run(_create(load_with_database(), name, roles, days))
    typer.echo(f"created {credential.partition('.')[0]}; this is shown only once:", err=True)
    typer.echo(credential)


@app.command(name="list")
def list_() -> None:
    """List all keys, the latest first."""
    keys = asyncio.run(_list(load_with_database()))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("KEY", no_wrap=True)
    for column in ("NAME", "FOR", "CREATED", "BY", "STATE"):
        table.add_column(column, overflow="fold")
    now_us = time.time_ns() // 1000
    for key in keys:
        owner = ",".join([role.name.lower() for role in key.roles]) or "server"
        created = _day(key.created_at_us)
        table.add_row(key.key_id, key.name, owner, created, key.created_by, _state(key, now_us))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200  # a line a key, for grep
    console.print(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, the part before the point.")],
    reason: Annotated[str, typer.Option(help="Goes into the audit.")] = "",
) -> None:
    """End a key. Servers notice within 5 seconds."""
    # Whoever pastes the whole key means it too; the secret must not get into the audit.
    key_id = key.partition(".")[0]
    asyncio.run(_revoke(load_with_database(), key_id, reason))
    typer.echo(f"{key_id} is revoked")


async def _create(settings: Settings, name: str, roles: tuple[Role, ...], days: int | None) -> str:
    async with open_engine(settings) as (core, engine):
        expires_at_us = None if days is None else core.clock.now_us() + days * _DAY_US
        return await create_key(engine, name, roles, expires_at_us)


async def _list(settings: Settings) -> list[Key]:
    await database.check(settings)
    reader = postgres.create_sql_engine(
        settings.database_url.get_secret_value(), statement_cache_size=settings.statement_cache_size
    )
    keys: list[Key] = []
    before: tuple[int, str] | None = None
    try:
        while page := await store.list_keys(reader, before=before, size=_PAGE):
            keys += page
            before = (page[-1].created_at_us, page[-1].key_id)
    finally:
        await reader.dispose()
    return keys


async def _revoke(settings: Settings, key_id: str, reason: str) -> None:
    async with open_engine(settings) as (_, engine):
        await revoke_key(engine, key_id, reason)


def _role(text: str) -> Role:
    try:
        return Role[text.upper()]
    except KeyError:
        names = ", ".join([role.name.lower() for role in Role])
        raise typer.BadParameter(f"{text!r} is not one of {names}") from None


def _state(key: Key, now_us: int) -> str:
    if key.revoked_at_us is not None:
        return f"revoked {_day(key.revoked_at_us)}"
    if key.expires_at_us is None:
        return "valid"
    word = "expired" if key.expires_at_us <= now_us else "valid until"
    return f"{word} {_day(key.expires_at_us)}"


def _day(moment_us: int) -> str:
    return from_us(moment_us).date().isoformat()
