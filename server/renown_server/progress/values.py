"""What the packed rows of a player hold: frozen values, replaced and never changed in place."""

from __future__ import annotations

import msgspec


class Tally(msgspec.Struct, frozen=True, omit_defaults=True, rename={
    "counts": "c", "started_us": "s", "updated_us": "u", "step": "n", "windows": "w",
    "seen": "d", "marks": "m", "met_us": "t",
}):  # fmt: skip
    """How far the conditions of one `Criteria` have come.

    Attributes:
        counts: by condition, scaled; empty for none yet.
        started_us: when it first moved, by when that happened; 0 is never.
        updated_us: when it last moved.
        step: conditions of a SEQUENCE that are done.
        windows: counts by condition for each window that late activities can still fall into, by
            the window's name, such as `d20412` or `w2915`.
        seen: by condition, the different values counted, sorted.
        marks: of a WITHIN: (moment, condition, amount), by moment.
        met_us: when all of it was met; 0 if it is not. What has been met stays met.
    """

    counts: tuple[int, ...] = ()
    started_us: int = 0
    updated_us: int = 0
    step: int = 0
    windows: dict[str, tuple[int, ...]] = {}
    seen: tuple[tuple[str, ...], ...] = ()
    marks: tuple[tuple[int, int, int], ...] = ()
    met_us: int = 0


EMPTY_TALLY = Tally()


class StreakState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The dated activity of one streak; days are days since 1970, by the player's zone then.

    Everything about a streak is a function of these dates.

    Attributes:
        runs: spans (first, last) of days that counted, ascending, not touching.
        frozen: spans of days that are no gap, as `runs`.
        repaired: days that were missed and paid for; no gap.
        counts: (day, activities) of days that have not got enough yet.
        longest: the longest streak ever, in days that counted; spans too old may be forgotten.
        paid: by streak: (its first day, days up to which milestones are paid).
        at_risk_day: the day for which the player was told.
        broken_day: the last day of the streak whose end the player was told of.
        revoked: days that counted until what was done on them was revoked, the latest ones.
        reset_day: days up to it count no more: a prestige has ended what was before.
        past_longest: the longest streak among those that `runs` holds no more, or not wholly.
    """

    runs: tuple[tuple[int, int], ...] = ()
    frozen: tuple[tuple[int, int], ...] = ()
    repaired: tuple[int, ...] = ()
    counts: tuple[tuple[int, int], ...] = ()
    longest: int = 0
    paid: tuple[tuple[int, int], ...] = ()
    at_risk_day: int = 0
    broken_day: int = 0
    revoked: tuple[int, ...] = ()
    reset_day: int = 0
    past_longest: int = 0


class QuestRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attempt at a quest that is under way, or completed and not yet claimed.

    Attributes:
        attempt: its number, from 1.
        started_us: when it was started.
        expires_us: when it ends; 0 is never.
        tallies: by objective.
        done: objectives that are done, and when.
        checkpoints: by objective, up to which value checkpoints are paid.
        completed_us: when the required objectives were done; 0 if they are not.
        imperfect: whether an activity that counted was not perfect.
        times: once it is completed, how often the quest was then.
        sequence: the player's latest event before it was started.
        spans: by objective that was not open from the start, or is done: the player's latest
            event before it could count, and that of the command that did it; 0 while it is open.
    """

    attempt: int
    started_us: int
    expires_us: int = 0
    tallies: dict[str, Tally] = {}
    done: dict[str, int] = {}
    checkpoints: dict[str, int] = {}
    completed_us: int = 0
    imperfect: bool = False
    times: int = 0
    sequence: int = 0
    spans: dict[str, tuple[int, int]] = {}


class EarnedAchievement(msgspec.Struct, frozen=True, omit_defaults=True):
    """An achievement that was earned, or of which milestones were paid.

    Attributes:
        times: how often it was earned; of a tiered one, 1 from the first tier on.
        tier: the highest tier reached; 0 is none.
        milestones: percentages paid on the way to the next time.
        first_us: when it was first earned; 0 is never.
        last_us: when it was last earned, or the latest tier reached.
        started_us: when the player began with it.
        granted: how many of `times` were given, by hand or as a reward: they stand by themselves.
            Of a tiered one, up to which tier.
        revoked: how many were taken by hand: what was done for them earns them no more. Of a tiered
            one, up to which tier. Below 0 where a prestige has taken the metrics that paid for
            some.
        time_us: how long the completions took that the statistics have in their average.
        completed: of a tiered one, whether what was its last tier was reached: 1 by what was done,
            2 it was granted. It stays whatever tiers the catalog adds or drops: rows and statistics
            have it.
    """

    times: int = 0
    tier: int = 0
    milestones: tuple[int, ...] = ()
    first_us: int = 0
    last_us: int = 0
    started_us: int = 0
    granted: int = 0
    revoked: int = 0
    time_us: int = 0
    completed: int = 0


class OwnedBadge(msgspec.Struct, frozen=True, omit_defaults=True):
    """A badge that a player owns, or has owned.

    Attributes:
        count: how many.
        first_us: when the first one was earned.
        last_us: when the latest one was earned.
        reason: how the latest one was earned.
        awarded_by: who awarded it by hand; may be empty.
        escrowed: how many are held by open trades; not part of `count`.
        earned: how many the game has given this player, less those revoked: the points of these
            were paid. What other players gave does not count.
        met: how often its own method has given one, where that gives one only so often; not again
            for the same.
    """

    count: int = 0
    first_us: int = 0
    last_us: int = 0
    reason: str = ""
    awarded_by: str = ""
    escrowed: int = 0
    earned: int = 0
    met: int = 0


class QuestRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a player has done of a quest, whatever is under way.

    Attributes:
        attempts: how often it was started.
        times: how often it was completed.
        first_us: when it was first completed.
        last_us: when it was last completed.
        last_day: the local day of that, as days since 1970.
        best_us: the shortest time it took.
        rating: 1 to 5; 0 is none.
        unlocked: whether something has unlocked it.
    """

    attempts: int = 0
    times: int = 0
    first_us: int = 0
    last_us: int = 0
    last_day: int = 0
    best_us: int = 0
    rating: int = 0
    unlocked: bool = False


class Honor(msgspec.Struct, frozen=True, array_like=True):
    """A title or a content: when it came, and from which rule."""

    earned_us: int
    source: str


class Honors(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a player may show and use.

    Attributes:
        titles: those earned.
        title: the one worn; may be empty.
        unlocks: contents that may be used.
        badges_equipped: in the order in which they were put on.
        badges_showcased: in the player's order.
        achievements_showcased: in the player's order.
        collections: collections of badges whose reward was paid, and when.
    """

    titles: dict[str, Honor] = {}
    title: str = ""
    unlocks: dict[str, Honor] = {}
    badges_equipped: tuple[str, ...] = ()
    badges_showcased: tuple[str, ...] = ()
    achievements_showcased: tuple[str, ...] = ()
    collections: dict[str, int] = {}


NO_HONORS = Honors()
