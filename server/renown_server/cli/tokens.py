"""`renown token` and `renown token-key`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from renown_server.cli.failures import Failure
from renown_server.cli.settings import load_with_keyring

_PLAYER_ID = re.compile(r"[!-~]{1,64}")


def token(
    player: Annotated[str, typer.Argument(help="The player's id.")],
    minutes: Annotated[int, typer.Option(min=1, max=15, help="How long it is valid.")] = 15,
) -> None:
    """Print a token that a player's client calls with."""
    from renown_server.admin.tokens import PlayerTokens
    from renown_server.engine.clock import SystemClock
    from renown_server.engine.randomness import SystemRandomness

    if not _PLAYER_ID.fullmatch(player):
        raise Failure("a player id has 1 to 64 printable characters and no spaces")
    keyring = load_with_keyring().keyring()
    tokens = PlayerTokens(keyring=keyring, clock=SystemClock(), random=SystemRandomness())
    typer.echo(tokens.issue(player, minutes * 60_000_000).token)


def token_key() -> None:
    """Print a fresh signing key for RENOWN_TOKEN_KEYS.

    To rotate, put it before the old one, separated by a comma, and restart; take the old one out
    15 minutes later.
    """
    from renown_server.admin.keyring import new_key

    typer.echo(new_key())
