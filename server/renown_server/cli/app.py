"""The command's entry: its subcommands, and one line for whatever goes wrong."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import typer

COMMANDS = {
    "serve": "renown_server.cli.serve",
    "migrate": "renown_server.cli.migrate",
    "keys": "renown_server.cli.keys",
    "token": "renown_server.cli.token",
    "token-key": "renown_server.cli.token_key",
    "catalog": "renown_server.cli.catalog",
    "ledger": "renown_server.cli.ledger",
    "health": "renown_server.cli.health",
    "version": "renown_server.cli.version",
}
"""The module of each command; its `app` holds it."""


def build(words: Sequence[str]) -> typer.Typer:
    """The command with the subcommand that `words` begin with, or with all of them.

    `renown health` runs every few seconds in a container, and what `serve` needs takes most of a
    second to import: only what is used is loaded.
    """
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(renown)
    names = words[:1] if words and words[0] in COMMANDS else list(COMMANDS)
    for name in names:
        app.add_typer(importlib.import_module(COMMANDS[name]).app)
    return app


def renown() -> None:
    """The backend a game calls when a player does something that counts.

    Settings come from the environment: RENOWN_DATABASE_URL and so on.
    """


def main() -> None:
    """Runs the command. What is expected to go wrong ends with one line and code 1."""
    # Before anything imports grpc: what it starts does not survive a fork.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        build(sys.argv[1:])(prog_name="renown")
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        # Now and not above: it knows every library that can fail.
        line = importlib.import_module("renown_server.cli.explain").explain(error)
        if line is None:
            raise
        print(f"renown: {line}", file=sys.stderr)
        raise SystemExit(1) from None
