"""What follows from what a reversal has taken, read off its facts; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from renown_server.engine.facts import (
    AchievementRevoked,
    BadgeChanged,
    CurrencyChanged,
    DebtChanged,
    ItemChanged,
    QuestRevoked,
    StreakDayRemoved,
    XpAdjusted,
)
from renown_server.engine.signals import SignalKind

Consequence = tuple[SignalKind, str, int]
"""What is to be uncounted: kind, key and amount of a signal."""


def consequences(fact: Any) -> Iterator[Consequence]:
    """What had been told when that was gained which a fact says is taken.

    What is owed counts as taken: it was gained as well.
    """
    match fact:
        case XpAdjusted():
            yield SignalKind.XP, "", -fact.amount
            if fact.level < fact.level_before:
                yield SignalKind.LEVEL, "", fact.level
        case CurrencyChanged() if fact.amount < 0 and _is_taken(fact) and not _was_bought(fact):
            yield SignalKind.CURRENCY, fact.currency, -fact.amount
        case ItemChanged() if fact.amount < 0 and _is_taken(fact):
            yield SignalKind.ITEM, fact.item, -fact.amount
        case DebtChanged() if fact.amount > 0 and fact.currency and not _was_bought(fact):
            yield SignalKind.CURRENCY, fact.currency, fact.amount
        case DebtChanged() if fact.amount > 0 and fact.item:
            yield SignalKind.ITEM, fact.item, fact.amount
        case AchievementRevoked():
            yield SignalKind.ACHIEVEMENT, fact.achievement, 1
        case BadgeChanged() if fact.quantity < 0:
            yield SignalKind.BADGE, fact.badge, -fact.quantity
        case QuestRevoked() if fact.attempt and not fact.objective:
            yield SignalKind.QUEST, fact.quest, 1
        case StreakDayRemoved():
            yield SignalKind.STREAK, fact.streak, fact.current
        case _:
            pass


def _is_taken(fact: CurrencyChanged | ItemChanged) -> bool:
    """Whether it was taken back; what a price that is refunded pays off was not."""
    return fact.counter_account.startswith("clawback:")


def _was_bought(fact: CurrencyChanged | DebtChanged) -> bool:
    """Whether it was money of an offer: what is bought was never earned."""
    return fact.rule.startswith("revoke:offer:")
