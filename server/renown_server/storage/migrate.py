"""Migrations: run by the owner of the schema, with grants for the application."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from renown_server.storage.postgres import sqlalchemy_url

APP_ROLE = "renown_app"
"""The role the application connects as, unless told otherwise."""

_LOCATION = Path(__file__).parent / "migrations"


def config() -> Config:
    """Alembic's configuration, without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(_LOCATION))
    return settings


async def upgrade(owner_url: str, app_role: str = APP_ROLE) -> None:
    """Brings the schema up to date, in one transaction.

    Args:
        owner_url: connects as the role that owns the schema.
        app_role: gets what the application may do: it may add to the ledger,
            the activities and the audit, and never change them.
    """

    def run(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        settings.attributes["app_role"] = app_role
        command.upgrade(settings, "head")

    engine = create_async_engine(sqlalchemy_url(owner_url))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()
