"""The title that a player wears; pure."""

from __future__ import annotations

import msgspec

from renown_server.engine.facts import TitleEquipped
from renown_server.engine.work import Work
from renown_server.errors import TitleNotEarned, TitleNotFound
from renown_server.progress.state import ProgressBook


class Worn(msgspec.Struct, frozen=True):
    """The title before it was changed; empty if there was none."""

    before: str


def equip(work: Work, player_id: str, title: str, rule: str) -> Worn:
    """Puts on a title that the player has earned, or takes off the one worn if it is empty.

    What was earned can be worn even if the catalog has dropped it.

    Raises:
        TitleNotFound: there is none, or it is secret and not earned.
        TitleNotEarned: the player has not earned it.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if title and title not in honors.titles:
        definition = work.catalog.progression.titles.get(title)
        if definition is None or definition.secret:
            raise TitleNotFound(title)
        raise TitleNotEarned(title)
    if title != honors.title:
        earned.set_honors(work, msgspec.structs.replace(honors, title=title))
        work.emit(player_id, TitleEquipped(rule=rule, title=title))
    return Worn(honors.title)
