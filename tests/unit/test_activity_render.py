"""What an activity earned, as its answer says it."""

from __future__ import annotations

from renown.v1 import activity_service_pb2 as pb
from renown_server.activity.body import ActivityBody
from renown_server.activity.render import fill_result
from renown_server.engine.command import Recorded
from renown_server.engine.facts import XpGained


def test_xp_that_was_drawn_is_added_to_what_the_activity_gave() -> None:
    facts = [
        XpGained("activity_type:dig", amount=10, base=5, total=105, level_before=1, level=2),
        XpGained("loot_table:grab", amount=8, base=4, total=113, level_before=2, level=2),
    ]
    result = pb.ActivityResult()
    fill_result(result, ActivityBody("p", "a", "dig"), Recorded(1, 1, 1, facts))
    assert result.xp == pb.XpChange(amount=18, base=9, total=113, level=2, level_before=1)
