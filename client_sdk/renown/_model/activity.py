"""Activities: what a player did, and what it earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from renown._model.basics import new_id
from renown._model.common import CurrencyChange, LevelUp, Multiplier, ScoreChange
from renown._model.event import Event
from renown._model.inventory import Draw, ItemChange, Mail, MultiplierGrant
from renown._model.progress import ProgressChanges
from renown._model.reward import ItemAmount, LootRoll


class ActivityDetails(TypedDict, total=False):
    """The optional parts of an activity; see `Activity`."""

    occurred_at: datetime | None
    metrics: Mapping[str, int]
    context: Mapping[str, str]
    perfect: bool
    first_try: bool
    time: timedelta | None
    expected_time: timedelta | None
    amount: int
    reference_type: str
    reference_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a player did.

    Attributes:
        player_id: the player who did it.
        type: the id of an activity type of the catalog.
        activity_id: its exactly-once key, for ever; made up if not given.
        occurred_at: when it happened; None is the time of recording.
        metrics: by how much the type's metrics moved, as integers scaled by
            the metric's decimals: 765 is 76.5 hours with one decimal.
        context: what describes it: subject, difficulty, region, ….
        perfect: without a mistake.
        first_try: at the first attempt.
        time: how long the player took.
        expected_time: how long it is expected to take.
        amount: what to give, where the type gives a range.
        reference_type: the kind of thing it was about, such as `task`.
        reference_id: that thing's id in the caller's system.
        description: a sentence for people.
    """

    player_id: str
    type: str
    activity_id: str = field(default_factory=new_id)
    occurred_at: datetime | None = None
    metrics: Mapping[str, int] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    perfect: bool = False
    first_try: bool = False
    time: timedelta | None = None
    expected_time: timedelta | None = None
    amount: int = 0
    reference_type: str = ""
    reference_id: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class XpChange:
    """What an activity did to the player's XP.

    Attributes:
        amount: the XP gained, after all multipliers and caps.
        base: the XP before multipliers.
        total: the player's XP after it, in this prestige.
        level: the level after it.
        level_before: the level before it.
    """

    amount: int
    base: int
    total: int
    level: int
    level_before: int


@dataclass(frozen=True, slots=True)
class MetricChange:
    """What an activity did to one metric. Amounts are scaled integers."""

    metric: str
    amount: int
    total: int


@dataclass(frozen=True, slots=True)
class ActivityResult:
    """What one activity earned.

    Attributes:
        player_id: the player.
        activity_id: the activity.
        already_recorded: it had been recorded before; this is the result of then.
        recorded_at: when it was recorded, or would have been.
        catalog_version: the version of the catalog that decided.
        first_sequence: the sequence of its first event.
        last_sequence: the sequence of its last event.
        xp: the XP gained.
        level_ups: the levels gained, lowest first.
        metrics: the metrics moved, by id.
        currencies: the balances changed, in order.
        scores: the board entries changed.
        items: the stacks and instances changed, in order.
        draws: the draws from loot tables, in order.
        mail: the mails sent because something found no room.
        multipliers: those granted.
        progress: what it did to achievements, badges, streaks and quests.
    """

    player_id: str
    activity_id: str
    already_recorded: bool
    recorded_at: datetime
    catalog_version: int
    first_sequence: int
    last_sequence: int
    xp: XpChange
    level_ups: tuple[LevelUp, ...]
    metrics: tuple[MetricChange, ...]
    currencies: tuple[CurrencyChange, ...]
    scores: tuple[ScoreChange, ...]
    items: tuple[ItemChange, ...]
    draws: tuple[Draw, ...]
    mail: tuple[Mail, ...]
    multipliers: tuple[MultiplierGrant, ...]
    progress: ProgressChanges


@dataclass(frozen=True, slots=True)
class RecordedActivity:
    """An activity of the past and what it earned.

    `revoked_at` is when it was taken back; None if it stands.
    """

    activity: Activity
    result: ActivityResult
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExplainedFact:
    """A fact and its cause.

    Attributes:
        event: the fact, as streams carry it.
        rule: the definition that caused it, such as `activity_type:lesson`.
        inputs: the values the rule looked at.
        multipliers: the factors applied, in order.
    """

    event: Event
    rule: str
    inputs: Mapping[str, str]
    multipliers: tuple[Multiplier, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What an activity would earn, and why."""

    result: ActivityResult
    facts: tuple[ExplainedFact, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A recorded activity, what it earned, and why, in the order it happened.

    `revoked_at` is when it was taken back; None if it stands.
    """

    activity: Activity
    result: ActivityResult
    facts: tuple[ExplainedFact, ...]
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActivityType:
    """What games may know of an activity type.

    Attributes:
        id: the type's id.
        name: for people.
        description: for people.
        base_xp: the XP before multipliers.
        metrics: the metrics the type moves.
        cooldown: the shortest time between two of the type; None is no limit.
        daily_cap: how many count a day; 0 is no cap.
        client_reportable: whether players may report it themselves.
        items: given each time.
        loot: drawn each time.
    """

    id: str
    name: str
    description: str
    base_xp: int
    metrics: tuple[str, ...]
    cooldown: timedelta | None
    daily_cap: int
    client_reportable: bool
    items: tuple[ItemAmount, ...] = ()
    loot: tuple[LootRoll, ...] = ()
