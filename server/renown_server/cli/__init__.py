"""The `renown` command."""

from renown_server.cli.app import main

__all__ = ["main"]
