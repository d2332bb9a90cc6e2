"""`renown token-key`."""

from __future__ import annotations

import typer

from renown_server.admin.keyring import new_key

app = typer.Typer()


@app.command()
def token_key() -> None:
    """Print a fresh signing key for RENOWN_TOKEN_KEYS.

    To rotate, put it before the old one, separated by a comma, and restart the servers; take the
    old one out 15 minutes later.
    """
    typer.echo(new_key())
