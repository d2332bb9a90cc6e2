"""What players show of their achievements; pure."""

from __future__ import annotations

import msgspec

from renown_server.achievements.plan import NOT_EARNED
from renown_server.engine.work import Work
from renown_server.errors import AchievementNotEarned, AchievementNotFound, ShowcaseLimit
from renown_server.progress.state import ProgressBook


def show(work: Work, player_id: str, achievements: tuple[str, ...]) -> None:
    """Shows achievements, in this order, instead of what is shown now.

    Raises:
        AchievementNotFound: the catalog has none, or it is secret and not earned.
        AchievementNotEarned: the player has not earned it.
        ShowcaseLimit: there is no room for so many.
        NotLoaded: more must be known.
    """
    known = work.catalog.progression
    earned = work.slice(ProgressBook).earned(player_id)
    for achievement_id in achievements:
        definition = known.achievements.get(achievement_id)
        is_earned = earned.achievements.get(achievement_id, NOT_EARNED).times > 0
        if definition is None or (definition.secret and not is_earned):
            raise AchievementNotFound(achievement_id)
        if not is_earned:
            raise AchievementNotEarned(achievement_id)
    if len(achievements) > known.achievements_showcased_max:
        raise ShowcaseLimit(known.achievements_showcased_max)
    if earned.honors.achievements_showcased != achievements:
        honors = msgspec.structs.replace(earned.honors, achievements_showcased=achievements)
        earned.set_honors(work, honors)
