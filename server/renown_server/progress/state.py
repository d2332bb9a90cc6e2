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
from renown_server.progress.values import (
    NO_HONORS,
    EarnedAchievement,
    Honors,
    OwnedBadge,
    QuestRecord,
    QuestRun,
    StreakState,
    Tally,
)

_encoder = msgspec.json.Encoder(order="deterministic")


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
