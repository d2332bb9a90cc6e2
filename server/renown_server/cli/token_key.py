"""`renown token-key`."""

from __future__ import annotations

import typer

from renown_server.admin.keyring import new_key

app = typer.Typer()


@app.command()
def token_key() -> None:
    """Print a fresh signing key for RENOWN_TOKEN_KEYS.

    To rotate, put it after the old one, separated by a comma, and restart all servers, so that
    each accepts it; then put it first, and restart them again. 15 minutes later the old one can
    go.
    """
    typer.echo(new_key())
