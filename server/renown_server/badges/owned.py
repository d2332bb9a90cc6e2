"""A badge as its player owns it, for answers."""

from __future__ import annotations

import msgspec

from renown_server.badges.holding import NONE_OWNED, earned_of
from renown_server.catalog.badges import Badge
from renown_server.engine.work import Work
from renown_server.progress.state import Earned


class BadgeState(msgspec.Struct, frozen=True):
    """A badge as a player owns it; `wire` is its definition, so that a retry says the same."""

    badge_id: str
    wire: bytes
    count: int
    first_us: int = 0
    last_us: int = 0
    reason: str = ""
    awarded_by: str = ""
    showcased: bool = False
    equipped: bool = False


def state_of(earned: Earned, badge: Badge) -> BadgeState:
    """A badge as a player owns it."""
    owned = earned.badges.get(badge.id, NONE_OWNED)
    return BadgeState(
        badge.id,
        badge.wire,
        owned.count,
        owned.first_us,
        owned.last_us,
        owned.reason,
        owned.awarded_by,
        badge.id in earned.honors.badges_showcased,
        badge.id in earned.honors.badges_equipped,
    )


def state_in(work: Work, player_id: str, badge_id: str) -> BadgeState:
    """A badge of the catalog as a player owns it now."""
    return state_of(earned_of(work, player_id), work.catalog.progression.badges[badge_id])
