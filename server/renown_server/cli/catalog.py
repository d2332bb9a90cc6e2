"""`renown catalog check` and `apply`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from renown.v1.catalog_pb2 import Catalog
from renown_server.audit import write_row
from renown_server.catalog import store
from renown_server.catalog.check import load_catalog
from renown_server.catalog.problems import CatalogInvalid
from renown_server.cli.database import ACTOR, connected
from renown_server.cli.failures import Failure
from renown_server.cli.settings import load_with_database
from renown_server.config import Settings

app = typer.Typer(
    name="catalog", help="Check definitions and make them the active ones.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(help="A folder of catalog files, or one file.")]


@app.command()
def check(path: Folder) -> None:
    """Find everything that is wrong with a catalog, and where."""
    load(path)
    typer.echo(f"{path}: no problems")


@app.command()
def apply(path: Folder) -> None:
    """Check a catalog and make it the active one."""
    catalog = load(path)
    version = asyncio.run(publish(load_with_database(), catalog))
    typer.echo(f"catalog version {version} is active")


def load(path: Path) -> Catalog:
    """Reads a catalog; prints its problems, if it has any, and ends the command."""
    if not path.exists():
        raise Failure(f"{path} does not exist")
    try:
        return load_catalog(path)
    except CatalogInvalid as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise Failure(f"{path}: {len(error.problems)} problem(s)") from None


async def publish(settings: Settings, catalog: Catalog, *, if_none: bool = False) -> int:
    """Makes a catalog the active one, with its row in the audit.

    Args:
        settings: where the database is.
        catalog: a valid one.
        if_none: leave an active catalog alone.

    Returns:
        The version that is active now.
    """
    async with connected(settings.database_url.get_secret_value()) as connection:
        if if_none and (active := await store.load_active(connection)) is not None:
            return active[0]

        async def audit(version: int) -> None:
            await write_row(
                connection,
                actor=ACTOR,
                action="catalog.apply",
                subject=f"catalog:{version}",
                details={"name": catalog.name},
            )

        return await store.publish(connection, catalog, created_by=ACTOR, audit=audit)
