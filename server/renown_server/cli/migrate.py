"""`renown migrate`."""

from __future__ import annotations

import asyncio

import typer

from renown_server.cli.database import upgrade
from renown_server.cli.failures import Failure
from renown_server.config import Settings

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date.

    Connects as RENOWN_OWNER_DATABASE_URL, or else as RENOWN_DATABASE_URL, and gives the
    application's role (RENOWN_APP_ROLE) its rights.
    """
    settings = Settings.load()
    if not (settings.owner_database_url or settings.database_url).get_secret_value():
        raise Failure("neither RENOWN_OWNER_DATABASE_URL nor RENOWN_DATABASE_URL is set")
    typer.echo(f"the schema is at {asyncio.run(upgrade(settings))}")
