"""Events: facts about players, as streams and explanations carry them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.common import CurrencyChange, LevelUp, ScoreChange
from renown._model.economy_event import (
    ActivityRevoked,
    GiftReceived,
    GiftSent,
    ItemEquipped,
    ItemUsed,
    MailClaimed,
    OfferPurchased,
    PurchaseRevoked,
    RewardOverflowed,
    TradeChanged,
    XpAdjusted,
)
from renown._model.inventory import Draw, ItemChange, Mail, MultiplierGrant
from renown._model.progress_event import ProgressPayload
from renown._model.revocation import Debt


@dataclass(frozen=True, slots=True)
class PlayerCreated:
    """The first event of every player."""

    username: str


@dataclass(frozen=True, slots=True)
class ActivityRecorded:
    """An activity was recorded."""

    activity_id: str
    type: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class XpGained:
    """XP changed.

    Attributes:
        amount: the XP gained, after all multipliers and caps.
        base: the XP before multipliers.
        total: the player's XP after it.
        level: the level after it.
        level_before: the level before it.
        source: the definition that gave it.
    """

    amount: int
    base: int
    total: int
    level: int
    level_before: int
    source: str


@dataclass(frozen=True, slots=True)
class MetricMoved:
    """A metric changed. Amounts are scaled integers."""

    metric: str
    amount: int
    total: int


Payload = (
    PlayerCreated
    | ActivityRecorded
    | XpGained
    | LevelUp
    | CurrencyChange
    | ScoreChange
    | MetricMoved
    | ItemChange
    | ItemUsed
    | ItemEquipped
    | Draw
    | MultiplierGrant
    | Mail
    | MailClaimed
    | OfferPurchased
    | PurchaseRevoked
    | TradeChanged
    | GiftSent
    | GiftReceived
    | RewardOverflowed
    | Debt
    | ActivityRevoked
    | XpAdjusted
    | ProgressPayload
)
"""What an event says."""


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one player.

    Attributes:
        player_id: the player.
        sequence: its place among the player's events, from 1.
        recorded_at: when it was committed.
        type: its name for filters, such as `xp.gained`.
        command_id: the activity_id or request_id that caused it.
        catalog_version: the version of the catalog that decided.
        payload: the fact; None if this SDK is older than the kind of event.
    """

    player_id: str
    sequence: int
    recorded_at: datetime
    type: str
    command_id: str
    catalog_version: int
    payload: Payload | None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a cursor.

    Attributes:
        events: the events, in order.
        next_cursor: continues after them; always set.
        more: whether further events are there already.
    """

    events: tuple[Event, ...]
    next_cursor: str
    more: bool
