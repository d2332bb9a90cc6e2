"""`renown token`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from renown_server.admin.tokens import PlayerTokens
from renown_server.cli.failures import Failure
from renown_server.cli.settings import load_with_keyring
from renown_server.engine.clock import SystemClock
from renown_server.engine.randomness import SystemRandomness

app = typer.Typer()

_PLAYER_ID = re.compile(r"[!-~]{1,64}")


@app.command()
def token(
    player: Annotated[str, typer.Argument(help="The player's id.")],
    minutes: Annotated[int, typer.Option(min=1, max=15, help="How long it is valid.")] = 15,
) -> None:
    """Print a token that a player's client calls with."""
    if not _PLAYER_ID.fullmatch(player):
        raise Failure("a player id has 1 to 64 printable characters and no spaces")
    keyring = load_with_keyring().keyring()
    tokens = PlayerTokens(keyring=keyring, clock=SystemClock(), random=SystemRandomness())
    typer.echo(tokens.issue(player, minutes * 60_000_000).token)
