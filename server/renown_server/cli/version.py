"""`renown version`."""

from __future__ import annotations

from importlib import metadata

import typer

app = typer.Typer()


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"renown {metadata.version('renown-server')}")
