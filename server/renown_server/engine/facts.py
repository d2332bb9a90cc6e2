"""What happened, as values. Every change to a player is a list of facts.

Facts are stored with the command that caused them, carried by events, and
rendered into answers. Fields are only ever added, with defaults.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """One fact about one player.

    Every fact has a `rule`: the definition that caused it, such as
    `activity_type:lesson_completed` or `request:Credit`.
    """


class PlayerCreated(Fact, frozen=True, tag="player.created"):
    """The player came to be; always the first fact."""

    rule: str
    username: str = ""


class ActivityRecorded(Fact, frozen=True, tag="activity.recorded"):
    """An activity was recorded. Times are microseconds since 1970, UTC."""

    rule: str
    activity_id: str
    activity_type: str
    occurred_at_us: int


class MetricMoved(Fact, frozen=True, tag="metric.moved"):
    """A metric's total changed. Amounts are scaled by the metric's decimals."""

    rule: str
    metric: str
    amount: int
    total: int


class XpGained(Fact, frozen=True, tag="xp.gained"):
    """XP changed.

    Attributes:
        amount: XP gained after multipliers and caps.
        base: XP before multipliers.
        total: XP of this prestige after it.
        level_before: the level before it.
        level: the level after it.
        multipliers: (source, basis points), in the order applied.
        uncapped: XP after multipliers and before caps, where a cap cut it.
        lifetime: all XP ever earned, after it.
    """

    rule: str
    amount: int
    base: int
    total: int
    level_before: int
    level: int
    multipliers: tuple[tuple[str, int], ...] = ()
    uncapped: int = -1
    lifetime: int = 0


class LevelUp(Fact, frozen=True, tag="level.up"):
    """A level was reached."""

    rule: str
    level: int
    prestige: int = 0


class CurrencyChanged(Fact, frozen=True, tag="currency.changed"):
    """A balance changed. Amounts are minor units, signed."""

    rule: str
    currency: str
    amount: int
    balance_after: int
    counter_account: str


class ScoreChanged(Fact, frozen=True, tag="score.changed"):
    """A board entry changed.

    Attributes:
        board: the board's id.
        period_start_us: start of its period, microseconds since 1970; 0 for
            all time.
        score_before: 0 for a new entry.
        score: the score now.
        new_entry: whether the player had none in this period.
    """

    rule: str
    board: str
    score_before: int
    score: int
    period_start_us: int = 0
    new_entry: bool = False


AnyFact = (
    PlayerCreated
    | ActivityRecorded
    | MetricMoved
    | XpGained
    | LevelUp
    | CurrencyChanged
    | ScoreChanged
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(list[AnyFact])


def encode_facts(facts: list[Any]) -> str:
    """Encodes facts as a JSON array of tagged objects."""
    return _encoder.encode(facts).decode()


def decode_facts(text: str | bytes) -> list[AnyFact]:
    """Decodes what `encode_facts` wrote."""
    return _decoder.decode(text)


def fact_type(fact: Fact) -> str:
    """The event type of a fact, such as `xp.gained`."""
    return str(fact.__struct_config__.tag)
