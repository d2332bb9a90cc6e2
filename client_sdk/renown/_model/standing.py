"""What players have made of themselves: points, XP by hand, a new start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from renown._model.basics import WireEnum
from renown._model.common import CurrencyChange
from renown._model.inventory import ItemChange, RewardsReceived
from renown._model.player import LevelProgress
from renown._model.wallet import Wallet


class PrestigeReset(WireEnum):
    """A kind of state that a prestige takes away.

    Attributes:
        METRICS: starts all metrics at 0.
        STREAKS: ends all streaks.
        QUESTS: ends all attempts and forgets what was completed.
        CURRENCIES: takes the currencies that are listed.
        ITEMS: takes the items that are listed.
        MULTIPLIERS: ends all multipliers.
    """

    UNKNOWN = 0
    METRICS = 1
    STREAKS = 2
    QUESTS = 3
    CURRENCIES = 4
    ITEMS = 5
    MULTIPLIERS = 6


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """One change of a player's points.

    Attributes:
        sequence: the sequence of its event.
        points_change: the signed change.
        event_type: what happened: the activity type, or the caller's word.
        description: a sentence for people.
        reference_type: the kind of thing it was about.
        reference_id: that thing's id in the caller's system.
        balance_after: the balance after it.
        source: the definition that caused it, such as
            `activity_type:lesson_completed`.
        recorded_at: when it was recorded.
    """

    sequence: int
    points_change: int
    event_type: str
    description: str
    reference_type: str
    reference_id: str
    balance_after: int
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PlayerSummary:
    """A player at a glance.

    Attributes:
        player_id: the player.
        total_points: all that was ever earned of the points currency, in minor units;
            all XP ever earned if the catalog names no such currency.
        current_points: the balance of the points currency in minor units; the XP of
            this prestige if the catalog names no such currency.
        points_currency: the code of that currency; empty for XP.
        leaderboard_id: the board of the rank; empty if there is none.
        rank: the place in its current period, from 1; 0 without an entry.
        rank_percentile_basis_points: the share of the other participants who rank
            below, rounded down: 8550 is 85.5 %, and higher is better; 10000 for the
            only one, 0 without an entry.
        total_participants: how many have an entry in the period.
        streak_id: the streak of the next fields; empty if there is none.
        current_streak_days: its length now.
        longest_streak_days: the length of the longest one ever.
        last_activity_date: the player's local date of its latest activity of any
            type; None if there is none.
        recent_history: the last changes of current_points, at most 10, the latest
            first.
        experience: the player's XP and level.
        wallet: what the player has.
        badges_total: how many different badges are owned.
        showcased_badges: the ids of those shown, in the player's order.
        achievements_completed: how many different achievements are earned.
        achievement_points: the sum of their points.
        title: the id of the title it wears; empty if none.
    """

    player_id: str
    total_points: int
    current_points: int
    points_currency: str
    leaderboard_id: str
    rank: int
    rank_percentile_basis_points: int
    total_participants: int
    streak_id: str
    current_streak_days: int
    longest_streak_days: int
    last_activity_date: date | None
    recent_history: tuple[PointsEntry, ...]
    experience: LevelProgress
    wallet: Wallet
    badges_total: int
    showcased_badges: tuple[str, ...]
    achievements_completed: int
    achievement_points: int
    title: str


@dataclass(frozen=True, slots=True)
class XpAdjustment:
    """A correction of a player's XP by hand.

    Attributes:
        player_id: the player.
        points_change: the signed change of XP.
        new_balance: the XP of this prestige after it.
        event_type: what happened.
        description: the sentence for people.
        recorded_at: when it was recorded.
        experience: where the player stands now.
        effects: what followed from it.
    """

    player_id: str
    points_change: int
    new_balance: int
    event_type: str
    description: str
    recorded_at: datetime
    experience: LevelProgress
    effects: RewardsReceived


@dataclass(frozen=True, slots=True)
class PrestigeResult:
    """A player's new start.

    Attributes:
        prestige: how often the player has started over now.
        boost_basis_points: the factor that prestige gives to the XP of an activity
            from now on: 11000 is 1.1.
        level_before: the level left behind.
        xp_before: the XP left behind.
        resets: the kinds of state that were taken away besides XP and level.
        reset_achievements: the achievements that can be earned anew.
        currencies: the balances that were taken, in order.
        items: the stacks and instances that were taken, in order.
        experience: where the player stands now.
        effects: what the player got for it, and what followed.
    """

    prestige: int
    boost_basis_points: int
    level_before: int
    xp_before: int
    resets: tuple[PrestigeReset, ...]
    reset_achievements: tuple[str, ...]
    currencies: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]
    experience: LevelProgress
    effects: RewardsReceived
