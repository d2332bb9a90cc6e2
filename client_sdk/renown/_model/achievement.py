"""Achievements, whoever asks: what there are, and how they have fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._model.achievement_definition import AchievementDefinition


@dataclass(frozen=True, slots=True)
class Achievement:
    """What everybody may know of an achievement.

    Attributes:
        definition: what the catalog says. What it names that is secret to the
            caller is left out of it: prerequisites, conditions' subjects, badges
            and quests.
        in_window: it can be earned now: it is active, and its season or limited
            time runs. It says nothing of the player.
    """

    definition: AchievementDefinition
    in_window: bool


@dataclass(frozen=True, slots=True)
class AchievementGroup:
    """A type or category of achievements.

    Attributes:
        name: the catalog's word for it, such as `hours_logged`; empty for
            achievements that have none.
        count: how many achievements it has.
    """

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class AchievementTypes:
    """The types and categories that achievements have.

    Attributes:
        types: the achievement types, by name.
        categories: the categories, by name.
    """

    types: tuple[AchievementGroup, ...]
    categories: tuple[AchievementGroup, ...]


@dataclass(frozen=True, slots=True)
class AchievementEarner:
    """A player who earned an achievement.

    Attributes:
        player_id: the player.
        earned_at: when.
    """

    player_id: str
    earned_at: datetime


@dataclass(frozen=True, slots=True)
class AchievementStatistics:
    """How an achievement has fared in the whole game.

    What was revoked is not counted. Counts may lag by a second.

    Attributes:
        total_earned: how often it was completed.
        unique_earners: how many players have completed it.
        completion_rate_basis_points: unique_earners of all players there are,
            rounded down: 10000 is everybody.
        average_time: how long a completion took on average, from the first thing
            that counted to the last; None if nobody has completed it. What was
            granted by hand is not in it.
        first_earned_by: the player who completed it first; empty if nobody has.
        first_earned_at: when.
        recent_earners: the last 20 completions, the latest first.
    """

    total_earned: int
    unique_earners: int
    completion_rate_basis_points: int
    average_time: timedelta | None
    first_earned_by: str
    first_earned_at: datetime | None
    recent_earners: tuple[AchievementEarner, ...]
