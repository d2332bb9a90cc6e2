"""The command's entry: its subcommands, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from importlib import metadata

import typer

from renown_server.cli import catalog, keys, tokens
from renown_server.cli.health import health
from renown_server.cli.migrate import migrate
from renown_server.cli.serve import serve

app = typer.Typer(
    name="renown",
    help="The backend a game calls when a player does something that counts."
    " Settings come from the environment: RENOWN_DATABASE_URL and so on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(migrate)
app.add_typer(keys.app, name="keys", help="Keys of game servers and operators.")
app.command()(tokens.token)
app.command()(tokens.token_key)
app.add_typer(catalog.app, name="catalog", help="Definitions, as files.")
app.command()(health)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"renown {metadata.version('renown-server')}")


def main() -> None:
    """Runs the command. What is expected to go wrong ends with one line and code 1."""
    # Before anything imports grpc: what it starts does not survive a fork.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        # Imported late: it knows every library that can fail.
        from renown_server.cli.explain import explain

        line = explain(error)
        if line is None:
            raise
        print(f"renown: {line}", file=sys.stderr)
        raise SystemExit(1) from None
