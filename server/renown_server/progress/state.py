"""What a player has reached, in memory: two packed rows.

`Progress` changes with activities: open counts, streaks, quests under way. `Earned` changes seldom:
achievements, badges, completed quests, titles. Both hold maps of frozen values, one map a column,
decoded when they are first asked for and encoded only if they were changed::

    tallies = book.progress(player_id).edit_tallies(work)
    tallies["achievement:century"] = tally

What the maps hold is replaced, never changed in place.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work

_encoder = msgspec.json.Encoder(order="deterministic")


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


class Packed(Entity):
    """A row of packed columns."""

    __slots__ = ("_changed", "_open", "_raw", "player_id")

    decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}

    def __init__(self, player_id: str, raw: tuple[str, ...] = ()) -> None:
        # As the others that every activity loads: no call of the class above.
        self.touched_by = None
        self.is_dirty = False
        self.player_id = player_id
        self._raw = dict(zip(self.decoders, raw, strict=True)) if raw else {}
        self._open: dict[str, dict[str, Any]] = {}
        self._changed: set[str] = set()

    def save(self) -> tuple[Any, ...]:
        """What `restore` needs; maps are copied because they change."""
        return {name: known.copy() for name, known in self._open.items()}, self._changed.copy()

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Undoes all changes since `save`."""
        self._open, self._changed = saved

    def packed(self, name: str) -> str:
        """A column as it is to be stored."""
        if name in self._changed:
            return _encoder.encode(self._open[name]).decode()
        return self._raw.get(name, "{}")

    def has(self, name: str) -> bool:
        """Whether a column holds anything."""
        known = self._open.get(name)
        return bool(known) if known is not None else self._raw.get(name, "{}") != "{}"

    def read(self, name: str) -> dict[str, Any]:
        """A column, to be read."""
        known = self._open.get(name)
        return self._decoded(name) if known is None else known

    def _decoded(self, name: str) -> dict[str, Any]:
        raw = self._raw.get(name, "{}")
        known = self._open[name] = {} if raw == "{}" else self.decoders[name].decode(raw)
        return known

    def edit(self, work: Work, name: str) -> dict[str, Any]:
        """A column, to be changed."""
        known = self._open.get(name)
        if known is None:
            known = self._decoded(name)
        work.touch(self)
        self._changed.add(name)
        # Touching may have been the first of this command: what is open then was saved as a copy.
        return known


class Progress(Packed):
    """What changes with activities."""

    __slots__ = ()

    decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {
        "tallies": msgspec.json.Decoder(dict[str, Tally]),
        "streaks": msgspec.json.Decoder(dict[str, StreakState]),
        "quests": msgspec.json.Decoder(dict[str, QuestRun]),
        "dues": msgspec.json.Decoder(dict[str, int]),
    }

    @property
    def tallies(self) -> dict[str, Tally]:
        """Open counts by rule, such as `achievement:century`; to be read."""
        return self.read("tallies")

    @property
    def streaks(self) -> dict[str, StreakState]:
        """By streak; to be read."""
        return self.read("streaks")

    @property
    def quests(self) -> dict[str, QuestRun]:
        """Attempts under way, by quest; to be read."""
        return self.read("quests")

    @property
    def dues(self) -> dict[str, int]:
        """Moments at which something has to happen by itself, by rule; to be read."""
        return self.read("dues")

    def edit_tallies(self, work: Work) -> dict[str, Tally]:
        """Open counts, to be changed."""
        return self.edit(work, "tallies")

    def edit_streaks(self, work: Work) -> dict[str, StreakState]:
        """Streaks, to be changed."""
        return self.edit(work, "streaks")

    def edit_quests(self, work: Work) -> dict[str, QuestRun]:
        """Attempts, to be changed."""
        return self.edit(work, "quests")

    def set_due(self, work: Work, rule: str, due_us: int) -> None:
        """Notes when something has to happen by itself; 0 for nothing any more."""
        if self.dues.get(rule, 0) == due_us:
            return
        dues = self.edit(work, "dues")
        if due_us:
            dues[rule] = due_us
        else:
            del dues[rule]

    @property
    def due_us(self) -> int:
        """The earliest of the dues; 0 if there are none."""
        return min(self.dues.values(), default=0)


class Earned(Packed):
    """What changes seldom."""

    __slots__ = ()

    decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {
        "achievements": msgspec.json.Decoder(dict[str, EarnedAchievement]),
        "badges": msgspec.json.Decoder(dict[str, OwnedBadge]),
        "quests": msgspec.json.Decoder(dict[str, QuestRecord]),
        # One entry, `all`.
        "honors": msgspec.json.Decoder(dict[str, Honors]),
    }

    @property
    def achievements(self) -> dict[str, EarnedAchievement]:
        """By achievement; to be read."""
        return self.read("achievements")

    @property
    def badges(self) -> dict[str, OwnedBadge]:
        """By badge; to be read."""
        return self.read("badges")

    @property
    def quests(self) -> dict[str, QuestRecord]:
        """By quest; to be read."""
        return self.read("quests")

    @property
    def honors(self) -> Honors:
        """Titles, contents, what is shown."""
        return cast(Honors, self.read("honors").get("all", NO_HONORS))

    def edit_achievements(self, work: Work) -> dict[str, EarnedAchievement]:
        """Achievements, to be changed."""
        return self.edit(work, "achievements")

    def edit_badges(self, work: Work) -> dict[str, OwnedBadge]:
        """Badges, to be changed."""
        return self.edit(work, "badges")

    def edit_quests(self, work: Work) -> dict[str, QuestRecord]:
        """Quests, to be changed."""
        return self.edit(work, "quests")

    def set_honors(self, work: Work, honors: Honors) -> None:
        """Replaces titles, contents, what is shown."""
        self.edit(work, "honors")["all"] = honors

    def has_achievement(self, achievement_id: str) -> bool:
        """Whether it was earned."""
        known = self.achievements.get(achievement_id)
        return known is not None and known.times > 0

    def badge_count(self, badge_id: str) -> int:
        """How many of a badge are owned."""
        known = self.badges.get(badge_id)
        return known.count if known is not None else 0


NO_HONORS = Honors()


class ProgressCount(Entity):
    """What a batch adds to the statistics of a definition; see `tables.progress_statistics`."""

    __slots__ = ("deltas", "key")

    saved = ("deltas",)

    def __init__(self, key: tuple[str, str]) -> None:
        super().__init__()
        self.key = key
        self.deltas: dict[str, int] = {}


class ProgressBook:
    """The packed rows of a batch's players, and what it adds to statistics."""

    __slots__ = ("_earned", "_progress", "counts")

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._earned: dict[str, Earned] = {}
        self.counts: dict[tuple[str, str], ProgressCount] = {}

    def progress(self, player_id: str) -> Progress:
        """What changes with activities.

        Raises:
            NotLoaded: it was not loaded.
        """
        known = self._progress.get(player_id)
        if known is None:
            raise NotLoaded("progress", (player_id,))
        return known

    def earned(self, player_id: str) -> Earned:
        """What changes seldom.

        Raises:
            NotLoaded: it was not loaded.
        """
        known = self._earned.get(player_id)
        if known is None:
            raise NotLoaded("earned", (player_id,))
        return known

    def absorb_progress(self, player_id: str, raw: tuple[str, ...] = ()) -> None:
        """Notes a row, or that there is none."""
        if player_id not in self._progress:
            self._progress[player_id] = Progress(player_id, raw)

    def absorb_earned(self, player_id: str, raw: tuple[str, ...] = ()) -> None:
        """Notes a row, or that there is none."""
        if player_id not in self._earned:
            self._earned[player_id] = Earned(player_id, raw)


def count(work: Work, kind: str, definition_id: str, **deltas: int) -> None:
    """Adds to the statistics of a definition.

    Args:
        work: the batch.
        kind: `achievement`, `badge` or `quest`.
        definition_id: the definition.
        deltas: by column of `progress_statistics`, signed.
    """
    counts = work.slice(ProgressBook).counts
    key = (kind, definition_id)
    known = counts.get(key)
    if known is None:
        known = counts[key] = ProgressCount(key)
    work.touch(known)
    added = known.deltas.copy()
    for name, delta in deltas.items():
        added[name] = added.get(name, 0) + delta
    known.deltas = added
