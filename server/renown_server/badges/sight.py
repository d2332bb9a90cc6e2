"""Who sees what: a secret thing exists for those only who have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from renown_server.catalog.badges import Badge
from renown_server.catalog.goods import Reward
from renown_server.catalog.progression import Progression
from renown_server.progress.sight import Eyes
from renown_server.progress.state import Earned

NOBODY = Earned("")
"""Who asks for nobody, and owns nothing."""


class Sight(Eyes):
    """What one player sees of the catalog's badges, and of what they name."""

    __slots__ = ()

    def badge(self, badge_id: str) -> Badge | None:
        """A badge, unless it is secret and not owned."""
        return self.known.badges[badge_id] if self.sees_badge(badge_id) else None

    def badges(self, badge_ids: Iterable[str]) -> tuple[str, ...]:
        """Those badges that are seen."""
        return tuple(filter(self.sees_badge, badge_ids))

    def reward(self, reward: Reward) -> Reward:
        """A reward without what is not seen."""
        return replace(
            reward,
            badges=self.badges(reward.badges),
            achievements=tuple(filter(self.sees_achievement, reward.achievements)),
            titles=tuple(filter(self.sees_title, reward.titles)),
            unlock_quests=tuple(filter(self.sees_quest, reward.unlock_quests)),
        )


def names_secrets(progression: Progression, badge: Badge) -> bool:
    """Whether a badge's definition names something that is not for everybody."""
    nobody = Sight(progression, NOBODY)
    how = badge.evolution
    achievements = [badge.achievement] if badge.achievement else []
    badges = [*badge.badges_needed, *badge.set_badges]
    if how is not None:
        achievements += how.achievements
        badges.append(how.next_badge)
    return not (
        all(map(nobody.sees_achievement, achievements))
        and all(map(nobody.sees_quest, badge.quests))
        and all(map(nobody.sees_badge, badges))
    )
