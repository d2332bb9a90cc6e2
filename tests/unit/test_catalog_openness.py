"""What everybody may know of a reward."""

from __future__ import annotations

from renown_server.catalog.goods import Reward
from renown_server.catalog.openness import open_reward
from tests.kit.catalogs import snapshot_of

KNOWN = snapshot_of("""
name: openness
metrics: [{id: lessons}]
levels: {linear: {base: 100}, hard_cap: 10}
activity_types: [{id: lesson, counts: [lessons]}]
titles: [{id: sage}, {id: ghost, secret: true}]
badges: [{id: bronze}, {id: ghost, secret: true}]
achievements:
  - {id: first, requirements: {conditions: [{metric: lessons}]}}
  - {id: ghost, secret: true, requirements: {conditions: [{metric: lessons}]}}
quests:
  - {id: intro, objectives: [{id: a, targets: [{metric: lessons}]}]}
  - {id: ghost, type: hidden, objectives: [{id: a, targets: [{metric: lessons}]}]}
""").progression


def test_what_is_secret_or_gone_is_left_out() -> None:
    reward = Reward(
        xp=5,
        badges=("ghost", "bronze", "gone"),
        titles=("sage", "ghost", "gone"),
        achievements=("ghost", "first", "gone"),
        unlock_quests=("intro", "ghost", "gone"),
        unlock_content=("ghost",),
    )
    assert open_reward(KNOWN, reward) == Reward(
        xp=5,
        badges=("bronze",),
        titles=("sage",),
        achievements=("first",),
        unlock_quests=("intro",),
        unlock_content=("ghost",),
    )


def test_what_has_no_honors_is_the_same() -> None:
    reward = Reward(xp=5, currencies=(("coins", 1),))
    assert open_reward(KNOWN, reward) is reward
