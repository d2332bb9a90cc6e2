"""Signals and awards: what rules tell the slices above them while a command is decided.

A rule that moves something says so with a signal; a reward that holds what lies above its slice
leaves an award. Neither is stored or carried by events: both are worked off, in order, by the
reactions that the engine calls after the command, and change the player with it or not at all.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from renown_server.enums import direct

ANY_KEY = "*"
"""Stands in `CatalogSnapshot.listens` for all keys of a kind."""


@direct
class SignalKind(enum.IntEnum):
    """What happened, and what a signal's `key` and `amount` are then.

    The catalog knows them by their numbers: `CatalogSnapshot.listens`.
    """

    ACTIVITY = 1
    """An activity was recorded: its type, 1."""
    LEVEL = 2
    """A level was reached: no key, the level."""
    PRESTIGE = 3
    """A prestige was reached: no key, the prestige."""
    XP = 4
    """XP was gained: no key, the XP."""
    ITEM = 5
    """Units of an item came in: its id, how many."""
    CURRENCY = 6
    """Money was earned: its code, minor units."""
    ACHIEVEMENT = 7
    """An achievement was unlocked: its id, how often."""
    BADGE = 8
    """A badge came in: its id, how many were earned; 0 if they came from another player."""
    QUEST = 9
    """A quest was completed: its id, 1."""
    STREAK = 10
    """A streak grew: its id, the days it has now."""


@direct
class AwardKind(enum.IntEnum):
    """What a reward gives beyond money, goods and XP."""

    BADGE = 1
    ACHIEVEMENT = 2
    QUEST = 3


class ActivityView(msgspec.Struct, frozen=True):
    """A recorded activity, as far as criteria ask about it.

    Attributes:
        activity_type: its type.
        context: what was sent with it.
        perfect: whether it was flawless.
        first_try: whether it succeeded at once.
        time_us: how long it took, microseconds; None if unknown.
        expected_us: how long it was expected to take, microseconds; None if unknown.
        reference_id: what it was about; may be empty.
        moved: metrics it moved, scaled by their decimals.
        received: metrics that were sent with it, scaled by their decimals.
    """

    activity_type: str
    context: Mapping[str, str]
    perfect: bool
    first_try: bool
    time_us: int | None
    expected_us: int | None
    reference_id: str
    moved: Mapping[str, int]
    received: Mapping[str, int]


class Signal(msgspec.Struct, frozen=True):
    """Something happened to a player that others may count.

    Attributes:
        player_id: to whom.
        kind: what.
        key: which; see the kind.
        amount: how much; see the kind.
        occurred_us: when it counts, microseconds since 1970: a late activity counts where it
            happened.
        rule: the definition that caused it.
        activity: of an ACTIVITY, which one.
    """

    player_id: str
    kind: SignalKind
    key: str
    amount: int
    occurred_us: int
    rule: str
    activity: ActivityView | None = None


class Award(msgspec.Struct, frozen=True):
    """Something to be given to a player that the rule which gives it cannot.

    Attributes:
        player_id: to whom.
        kind: a badge is awarded, an achievement is granted, a quest is unlocked.
        key: its id.
        quantity: how many.
        rule: the definition that gives it.
        reason: for people; may be empty.
        awarded_by: who gives it, if that is not the game.
        occurred_us: as that of the signal it goes back to; 0 is now.
    """

    player_id: str
    kind: AwardKind
    key: str
    quantity: int
    rule: str
    reason: str = ""
    awarded_by: str = ""
    occurred_us: int = 0


Consequence: TypeAlias = Signal | Award
"""What is left to react to."""
