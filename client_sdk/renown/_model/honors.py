"""What players may wear and use, and what raises their earnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.basics import WireEnum
from renown._model.item import Rarity


class MultiplierKind(WireEnum):
    """Where a multiplier comes from.

    Attributes:
        GRANT: was granted to the player for a while.
        BOOST: for everybody, in a window of time.
        PRESTIGE: for having started over.
        STREAK: for the days of a streak.
        BADGE: the bonus of an equipped badge, or of its set.
    """

    UNKNOWN = 0
    GRANT = 1
    BOOST = 2
    PRESTIGE = 3
    STREAK = 4
    BADGE = 5


class MultiplierStacking(WireEnum):
    """What happens to a multiplier of a source that has one already.

    Attributes:
        EXTEND: lasts longer if the factor is the same, else acts beside it.
        STACK: acts beside it.
        REPLACE: ends the other one.
        HIGHEST: leaves only the highest factor of the source acting at a time.
    """

    UNKNOWN = 0
    EXTEND = 1
    STACK = 2
    REPLACE = 3
    HIGHEST = 4


@dataclass(frozen=True, slots=True)
class ActiveMultiplier:
    """Something that raises a player's earnings now.

    Attributes:
        source: names it, such as `item:double_xp`, `boost:weekend`, `prestige`,
            `streak:daily` or `badge:early_bird`.
        kind: where it comes from.
        name: for people; may be empty.
        stat: what it raises: `xp` or the code of a currency.
        basis_points: the factor: 20000 doubles; 10000 if it only adds.
        flat_amount: what it adds to every activity.
        starts_at: the first moment; None if it has none.
        ends_at: the first moment after it; None if it stays.
        activity_types: the activities it acts on; all when empty.
    """

    source: str
    kind: MultiplierKind
    name: str
    stat: str
    basis_points: int
    flat_amount: int
    starts_at: datetime | None
    ends_at: datetime | None
    activity_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TitleDefinition:
    """A title that players wear.

    Attributes:
        id: its id.
        name: what others see.
        description: for people.
        rarity: how rare it is meant to be.
        secret: hides it until it is earned.
    """

    id: str
    name: str
    description: str
    rarity: Rarity
    secret: bool


@dataclass(frozen=True, slots=True)
class PlayerTitle:
    """A title that a player has earned.

    Attributes:
        definition: what the catalog says of it. Of a title that it has dropped,
            only the id.
        earned_at: when it was earned first.
        source: the rule that gave it, such as `achievement:century_club`.
        equipped: the player wears it.
    """

    definition: TitleDefinition
    earned_at: datetime
    source: str
    equipped: bool


@dataclass(frozen=True, slots=True)
class EquippedTitle:
    """The title that a player wears now, and the one before it.

    Attributes:
        title_id: the title worn now; empty if none.
        previous_title_id: the one worn before; empty if none.
    """

    title_id: str
    previous_title_id: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """Content of the game that a player may use.

    Attributes:
        content_id: the game's name of it.
        unlocked_at: when it was unlocked first.
        source: the rule that gave it, such as `quest:the_gate`.
    """

    content_id: str
    unlocked_at: datetime
    source: str
