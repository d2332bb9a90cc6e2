"""What a record paid, by what it paid for; pure.

A record that is revoked may have completed an achievement, begun a day of a streak, completed a
quest. What it paid for them is taken back only if they are lost: a reversal is planned by units,
and takes a unit whole or not at all. Everything else was paid for the deed itself: it is the root.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from renown_server.engine.facts import (
    AchievementMilestoneReached,
    AchievementUnlocked,
    BadgeChanged,
    BadgeCollectionCompleted,
    LevelUp,
    LootDrawn,
    StreakAdvanced,
    StreakMilestoneReached,
)

CONSEQUENCES = ("overflow:", "convert:", "debt:", "expiry:")
"""Rules of facts that follow from the fact before them, and share its origin."""

_OWNED = frozenset({"achievement", "quest", "streak", "badge", "badge_collection"})
"""Kinds of rules whose facts are reversed only if something of theirs is lost."""


class Unit(NamedTuple):
    """Something that pays, and stands or falls as a whole.

    Attributes:
        kind: `completion`, `tier`, `milestone`, `day`, `length`, or the kind of a rule.
        name: the definition's id.
        number: which tier, percentage, day or length; 0 where they are alike.
    """

    kind: str
    name: str
    number: int = 0


@dataclass(slots=True)
class _Payment:
    """What was paid for a unit, once: for several copies of a badge at a time."""

    copies: int = 1
    facts: list[Any] = field(default_factory=list)


class Paid:
    """What a record has paid, and what of it is to be reversed.

    It changes while a reversal is decided, and lives no longer.

    Args:
        facts: all that the record did, in order.

    Attributes:
        root: what was paid for the deed itself.
        levels: what levels paid, and that they were reached.
    """

    __slots__ = ("_drawn", "_fallen", "_now", "_payments", "levels", "root")

    def __init__(self, facts: Iterable[Any]) -> None:
        self.root: list[Any] = []
        self.levels: list[Any] = []
        self._payments: dict[Unit, list[_Payment]] = {}
        self._now: dict[str, list[Any]] = {}
        self._drawn: dict[str, list[Any]] = {}
        self._fallen: list[Any] = []
        place = self.root
        for fact in facts:
            place = self._place(fact, place)
            if not _is_given_by_achievement(fact):
                place.append(fact)
            self._open(fact)
            if isinstance(fact, LootDrawn):
                # What is drawn goes back to what drew.
                self._drawn[fact.table] = place

    def left(self, unit: Unit) -> int:
        """How often the record has paid for a unit that has not fallen."""
        return sum(each.copies for each in self._payments.get(unit, ()))

    def claim(self, unit: Unit, times: int = 1) -> int:
        """Says that a unit is lost, `times` over, the latest first.

        Returns:
            How many of them the record itself has paid: their facts will be reversed. What others
            have paid is the caller's business.
        """
        claimed = 0
        payments = self._payments.get(unit, [])
        while payments and claimed + payments[-1].copies <= times:
            payment = payments.pop()
            claimed += payment.copies
            self._fallen += payment.facts
        return claimed

    def drain(self) -> list[Any]:
        """The facts of units that have fallen since this was last asked."""
        fallen, self._fallen = self._fallen, []
        return fallen

    def _place(self, fact: Any, before: list[Any]) -> list[Any]:
        """Where a fact belongs."""
        if isinstance(fact, LevelUp):
            return self.levels
        return self._place_of(fact.rule, before)

    def _place_of(self, rule: str, before: list[Any]) -> list[Any]:
        kind, _, name = rule.partition(":")
        if rule.startswith(CONSEQUENCES):
            # The mail of all that found no room names what gave it.
            return self._place_of(name, before) if kind == "overflow" and ":" in name else before
        if kind == "level":
            return self.levels
        if kind == "loot_table":
            return self._drawn.get(name, self.root)
        if kind not in _OWNED:
            return self.root
        if rule not in self._now:
            self._begin(rule, Unit(kind, name))
        return self._now[rule]

    def _begin(self, rule: str, unit: Unit, copies: int = 1) -> None:
        payment = _Payment(copies)
        self._payments.setdefault(unit, []).append(payment)
        self._now[rule] = payment.facts

    def _open(self, fact: Any) -> None:
        """Notes that what comes next under a rule is paid for something new."""
        match fact:
            case AchievementMilestoneReached(achievement=name):
                unit = Unit("milestone", name, fact.percentage)
                self._begin(f"achievement:{name}", unit)
            case AchievementUnlocked(achievement=name):
                unit = Unit("tier", name, fact.tier) if fact.tier else Unit("completion", name)
                self._begin(f"achievement:{name}", unit)
            case StreakAdvanced():
                self._begin(fact.rule, Unit("day", fact.streak, fact.day))
            case StreakMilestoneReached():
                self._begin(fact.rule, Unit("length", fact.streak, fact.days))
            case BadgeChanged() if fact.quantity > 0:
                self._begin(f"badge:{fact.badge}", Unit("badge", fact.badge), fact.quantity)
            case BadgeCollectionCompleted():
                self._begin(fact.rule, Unit("badge_collection", fact.collection))
            case _:
                pass


def _is_given_by_achievement(fact: Any) -> bool:
    """Whether an achievement's definition tells better: it is given when nobody knows which one."""
    given = isinstance(fact, BadgeChanged | AchievementUnlocked)
    return given and fact.rule.startswith("achievement:")
