from __future__ import annotations

import pytest

from renown_server.events.filters import TypeFilter


@pytest.mark.parametrize(
    ("patterns", "event_type", "accepted"),
    [
        ([], "xp.gained", True),
        (["xp.gained"], "xp.gained", True),
        (["xp.gained"], "xp.lost", False),
        (["xp.*"], "xp.gained", True),
        (["xp.*"], "xpx.gained", False),
        (["x.*"], "xp.gained", False),
        (["currency.*", "level.up"], "level.up", True),
        (["currency.*", "level.up"], "currency.changed", True),
        (["currency.*", "level.up"], "score.changed", False),
        (["achievement.*"], "achievement.unlocked", True),
        (["badge.*"], "badge.changed", True),
        (["badge.*"], "badge_collection.completed", False),
        (["badge_collection.*"], "badge_collection.completed", True),
        (["streak.*", "quest.completed"], "streak.at_risk", True),
        (["streak.*", "quest.completed"], "quest.objective", False),
    ],
)
def test_filters(patterns: list[str], event_type: str, accepted: bool) -> None:
    assert TypeFilter(patterns).accepts(event_type) is accepted
