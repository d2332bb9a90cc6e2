"""What stands now about a player: what conditions compare that are not counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from renown_server.catalog.achievements import Achievement
from renown_server.catalog.criteria import Stat
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency.state import WalletBook
from renown_server.engine.work import Work
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import Earned, ProgressBook
from renown_server.progress.values import StreakState

Owned = Callable[[Work, str, str], int]
"""How many units of an item a player has: work, player, item. `inventory.rules.owned` is one."""

_NO_STREAK = StreakState()


class Standing:
    """A player's current values.

    They are read when they are asked for, so that it can be kept for a whole command. What is
    asked of parts that were not loaded raises NotLoaded.

    Args:
        work: the batch.
        player: whose they are.
        owned: how many units of an item the player has; the slice of items lies above this one, and
            `inventory.standing.standing` passes its own.

    Attributes:
        work: the batch.
        player: whose they are.
        catalog: the snapshot.
        now_us: the batch's time.
    """

    __slots__ = ("_owned", "catalog", "now_us", "player", "work")

    def __init__(self, work: Work, player: PlayerState, owned: Owned) -> None:
        self.work = work
        self.player = player
        self.catalog: CatalogSnapshot = work.catalog
        self.now_us = work.now_us
        self._owned = owned

    @property
    def earned(self) -> Earned:
        """What was earned."""
        return self.work.slice(ProgressBook).earned(self.player.player_id)

    def metric(self, key: str) -> int | None:
        """A metric's value, scaled; None if it has never moved."""
        return self.player.metrics.get(key)

    def item(self, key: str) -> int:
        """Units owned."""
        return self._owned(self.work, self.player.player_id, key)

    def currency(self, key: str) -> int:
        """A balance in minor units."""
        return self.work.slice(WalletBook).get(self.player.player_id, key).amount

    def achievement(self, key: str) -> int:
        """How often it was earned; of a tiered one, the tier."""
        known = self.earned.achievements.get(key)
        return max(known.times, known.tier) if known is not None else 0

    def badge(self, key: str) -> int:
        """How many are owned."""
        return self.earned.badge_count(key)

    def quest(self, key: str) -> int:
        """How often it was completed."""
        known = self.earned.quests.get(key)
        return known.times if known is not None else 0

    def streak(self, key: str, *, best: bool = False) -> int:
        """Days of a streak: those it has now, or had at best."""
        progress = self.work.slice(ProgressBook).progress(self.player.player_id)
        state = progress.streaks.get(key, _NO_STREAK)
        if best:
            return state.longest
        today = day_of(self.player, self.now_us)
        return streak_days.current(state, today, self.player.time_zone)[0]

    def stat(self, stat: Stat) -> int:
        """Something counted anyway."""
        player = self.player
        match stat:
            case Stat.LEVEL:
                return player.level
            case Stat.PRESTIGE:
                return player.prestige
            case Stat.LIFETIME_XP:
                return player.lifetime_xp
            case Stat.ACHIEVEMENTS:
                return achievements_earned(self.earned)
            case Stat.ACHIEVEMENT_POINTS:
                return achievement_points(self.catalog.progression.achievements, self.earned)
            case Stat.BADGES:
                return badges_owned(self.earned)
            case Stat.QUESTS:
                return quests_completed(self.earned)


def achievements_earned(earned: Earned) -> int:
    """How many different achievements were earned."""
    return sum(1 for each in earned.achievements.values() if each.times)


def achievement_points(definitions: Mapping[str, Achievement], earned: Earned) -> int:
    """The points of achievements, once for each time that they were earned, as they are today."""
    return sum(
        definitions[key].points * each.times
        for key, each in earned.achievements.items()
        if key in definitions
    )


def badges_owned(earned: Earned) -> int:
    """How many different badges are owned."""
    return sum(1 for each in earned.badges.values() if each.count)


def quests_completed(earned: Earned) -> int:
    """How many quests were completed, repeats included."""
    return sum(each.times for each in earned.quests.values())
