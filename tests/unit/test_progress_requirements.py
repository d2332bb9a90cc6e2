"""What is asked of a player, and what a player may show and use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from renown_server.catalog.achievements import Achievement
from renown_server.catalog.badges import Badge
from renown_server.catalog.criteria import RequirementType
from renown_server.catalog.quests import Quest, QuestType
from renown_server.engine.facts import (
    ContentLocked,
    ContentUnlocked,
    TitleEarned,
    TitleEquipped,
    TitleRevoked,
)
from renown_server.errors import LevelTooLow, RequirementNotMet
from renown_server.progress import honors
from renown_server.progress.requirements import check, is_met
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import EarnedAchievement, Honor, OwnedBadge, QuestRecord
from tests.kit.criteria import PLAYER, catalog, condition, criteria, standing
from tests.kit.times import NOON


@pytest.fixture
def now() -> Standing:
    asked = criteria(condition(), type=RequirementType.COUNTER)
    texts: dict[str, Any] = {"name": "", "description": "", "rule": "", "wire": b""}
    game = catalog()
    progression = replace(
        game.progression,
        achievements={
            key: Achievement(id=key, criteria=asked, secret=key == "hush", **texts)
            for key in ("first", "hush")
        },
        badges={key: Badge(id=key, secret=key == "shadow", **texts) for key in ("star", "shadow")},
        quests={
            key: Quest(id=key, type=type_, objectives=(), **texts)
            for key, type_ in (("tutorial", QuestType.MAIN), ("cave", QuestType.HIDDEN))
        },
    )
    return standing(replace(game, progression=progression))


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"achievements": ("first",)}, "the achievement first"),
        ({"achievements": ("hush",)}, "a secret achievement"),
        ({"achievements": ("gone",)}, "a secret achievement"),
        ({"badges": ("star",)}, "the badge star"),
        ({"badges": ("shadow",)}, "a secret badge"),
        ({"quests": ("tutorial",)}, "the quest tutorial"),
        ({"quests": ("cave",)}, "a hidden quest"),
    ],
)
def test_what_is_missing_is_named_unless_it_is_secret(
    now: Standing, asked: dict[str, tuple[str, ...]], named: str
) -> None:
    with pytest.raises(RequirementNotMet) as raised:
        check(now.work, now.player, **asked)  # type: ignore[arg-type]
    assert raised.value.refusal.metadata == {"requirement": named}
    assert not is_met(now.work, now.player, **asked)  # type: ignore[arg-type]


def test_what_is_there_is_enough(now: Standing) -> None:
    earned = now.work.slice(ProgressBook).earned(PLAYER)
    earned.edit_achievements(now.work)["hush"] = EarnedAchievement(times=1)
    earned.edit_badges(now.work)["star"] = OwnedBadge(count=1)
    earned.edit_quests(now.work)["cave"] = QuestRecord(attempts=2, times=1)
    now.player.level = 5
    asked: dict[str, Any] = {"achievements": ["hush"], "badges": ["star"], "quests": ["cave"]}
    check(now.work, now.player, min_level=5, **asked)
    assert is_met(now.work, now.player, min_level=5, **asked)
    with pytest.raises(LevelTooLow):
        check(now.work, now.player, min_level=6, **asked)
    assert not is_met(now.work, now.player, min_level=6, **asked)


def test_who_has_started_a_hidden_quest_knows_it(now: Standing) -> None:
    earned = now.work.slice(ProgressBook).earned(PLAYER)
    earned.edit_quests(now.work)["cave"] = QuestRecord(attempts=1)
    with pytest.raises(RequirementNotMet, match="the quest cave"):
        check(now.work, now.player, quests=("cave",))


def test_titles_come_once_and_are_taken_off(now: Standing) -> None:
    work = now.work
    earned = work.slice(ProgressBook).earned(PLAYER)
    assert honors.earn_title(work, PLAYER, "hero", "achievement:first")
    assert not honors.earn_title(work, PLAYER, "hero", "quest:other")
    assert earned.honors.titles == {"hero": Honor(NOON, "achievement:first")}
    earned.set_honors(work, structs.replace(earned.honors, title="hero"))
    assert honors.revoke_title(work, PLAYER, "hero", "revoke:x")
    assert not honors.revoke_title(work, PLAYER, "hero", "revoke:x")
    assert (earned.honors.titles, earned.honors.title) == ({}, "")
    assert work.facts[PLAYER] == [
        TitleEarned("achievement:first", title="hero"),
        TitleEquipped("revoke:x", title=""),
        TitleRevoked("revoke:x", title="hero"),
    ]


def test_another_title_stays_on(now: Standing) -> None:
    work = now.work
    earned = work.slice(ProgressBook).earned(PLAYER)
    for title in ("hero", "sage"):
        honors.earn_title(work, PLAYER, title, "admin")
    earned.set_honors(work, structs.replace(earned.honors, title="sage"))
    honors.revoke_title(work, PLAYER, "hero", "admin")
    assert (set(earned.honors.titles), earned.honors.title) == ({"sage"}, "sage")


def test_contents(now: Standing) -> None:
    work = now.work
    earned = work.slice(ProgressBook).earned(PLAYER)
    assert honors.unlock_content(work, PLAYER, "world_2", "quest:q")
    assert not honors.unlock_content(work, PLAYER, "world_2", "quest:r")
    assert earned.honors.unlocks == {"world_2": Honor(NOON, "quest:q")}
    assert honors.lock_content(work, PLAYER, "world_2", "revoke:q")
    assert not honors.lock_content(work, PLAYER, "world_2", "revoke:q")
    assert earned.honors.unlocks == {}
    assert work.facts[PLAYER] == [
        ContentUnlocked("quest:q", content="world_2"),
        ContentLocked("revoke:q", content="world_2"),
    ]
