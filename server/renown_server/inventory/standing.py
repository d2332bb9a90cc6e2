"""What stands now about a player, items included."""

from __future__ import annotations

from renown_server.engine.work import Work
from renown_server.inventory.rules import owned
from renown_server.profile.state import PlayerState
from renown_server.progress.standing import Standing


def standing(work: Work, player: PlayerState) -> Standing:
    """A player's current values, for criteria."""
    return Standing(work, player, owned)
