"""Taking back what an activity or a purchase gave; pure.

Its record holds everything it gave as facts, rewards of rewards included. They are walked in order,
and each is undone by what it says, not by what the catalog says today. First XP and metrics, for
they decide which levels are no longer held; then money, items, mail, multipliers, titles and
contents; then scores. What lies above (badges, grants of achievements, unlocked quests) is left as
awards of less than nothing. Which facts are to be undone is the caller's business: see `undoing`.

What stays: the draws themselves and the pity they moved, what was used up on the way (keys, debts
that were paid), and the day's usage of the activity type.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import (
    AchievementUnlocked,
    BadgeChanged,
    ContentUnlocked,
    CurrencyChanged,
    ItemChanged,
    LevelUp,
    MailReceived,
    MetricMoved,
    MultiplierGranted,
    QuestUnlocked,
    TitleEarned,
    XpGained,
)
from renown_server.engine.signals import Award, AwardKind
from renown_server.engine.work import Work
from renown_server.errors import AlreadySpent, NotRevocable
from renown_server.inventory import clawback_mail, clawback_needs, rules
from renown_server.inventory.clawback_units import CONSEQUENCES
from renown_server.inventory.supply import restock
from renown_server.leaderboards import takeback
from renown_server.profile import metrics
from renown_server.profile.experience import lose_xp
from renown_server.profile.multipliers import shorten
from renown_server.profile.state import PlayerBook
from renown_server.progress import honors
from renown_server.progress.state import ProgressBook


class Policy(enum.Enum):
    """What to do about what is spent. Values are those of `renown.v1.RevokePolicy`."""

    REFUSE = 1
    DEBT = 2


@dataclass(frozen=True, slots=True)
class Given:
    """What is taken back.

    Attributes:
        name: the activity's or the purchase's id.
        cause: names it among causes; see `leaderboards.history`.
        facts: all it did, in order.
        recorded_us: when it was recorded, microseconds since 1970.
        refunds: whether a price that was paid is given back.
    """

    name: str
    cause: str
    facts: Sequence[Any]
    recorded_us: int
    refunds: bool = False

    @property
    def account(self) -> str:
        """The other side of all that moves."""
        return f"clawback:{self.name}"


def take_back(work: Work, player_id: str, given: Given, policy: Policy) -> None:
    """Undoes everything, or as much as is there and notes the rest as debts.

    Raises:
        AlreadySpent: something is not there any more, and the policy is to refuse.
        NotRevocable: a price can't be given back: the catalog has its currency no more.
        BalanceCap: a price finds no room.
        NotLoaded: more must be known.
    """
    claw = _Clawback(work, player_id, given, policy)
    claw.take_progress()
    falling = claw.falling()
    scored = takeback.Scored(player_id, falling, given.recorded_us, given.cause)
    clawback_needs.require(work, scored, claw.lost)
    claw.take_goods(falling)
    claw.take_levels()
    takeback.take_back(work, scored)


@dataclass(slots=True)
class _Clawback:
    """A clawback under way; `lost` are the levels that were paid and are no longer held."""

    work: Work
    player_id: str
    given: Given
    policy: Policy
    lost: list[int] = field(default_factory=list)

    def take_progress(self) -> None:
        """Takes metrics and XP, and the levels that rest on it."""
        player = self.work.slice(PlayerBook).get(self.player_id)
        for fact in self.given.facts:
            if isinstance(fact, MetricMoved):
                rule = f"revoke:{fact.rule}"
                metrics.take_back(
                    self.work, player, fact.metric, fact.amount, rule, self.given.recorded_us
                )
            elif isinstance(fact, XpGained) and fact.amount:
                self.lost += lose_xp(
                    self.work,
                    player,
                    fact.amount,
                    rule=f"revoke:{fact.rule}",
                    prestige=fact.prestige,
                )

    def falling(self) -> list[Any]:
        """The facts without those that belong to a level that is still held."""
        found, origin = [], ""
        for fact in self.given.facts:
            origin = _origin(fact, origin)
            kind, _, level = origin.partition(":")
            if kind != "level" or int(level) in self.lost:
                found.append(fact)
        return found

    def take_goods(self, facts: Sequence[Any]) -> None:
        """Takes what else the facts say."""
        for fact in facts:
            self._take(fact)

    def take_levels(self) -> None:
        """Takes the rewards of lost levels that something else has paid: today's amounts."""
        paid_here = {fact.level for fact in self.given.facts if isinstance(fact, LevelUp)}
        levels = self.work.catalog.levels
        for level in sorted(set(self.lost) - paid_here):
            rule = f"revoke:level:{level}"
            for code, amount in levels.rewards.get(level, ()):
                self._take_money(code, amount, rule)
            for item, quantity in levels.items.get(level, ()):
                self._take_units(item, quantity, rule)
            for badge in levels.badges.get(level, ()):
                self._award(AwardKind.BADGE, badge, 1, rule)
            for title in levels.titles.get(level, ()):
                self._take_title(title, f"level:{level}")
            for content in levels.unlocks.get(level, ()):
                self._lock(content, f"level:{level}")

    def _take(self, fact: Any) -> None:
        work, player_id = self.work, self.player_id
        match fact:
            case CurrencyChanged() if fact.amount > 0:
                self._take_money(fact.currency, fact.amount, f"revoke:{fact.rule}")
            case CurrencyChanged() if self.given.refunds and _is_price(fact):
                self._refund(fact)
            case ItemChanged() if fact.amount > 0:
                self._take_item(fact)
            case MultiplierGranted():
                shorten(work, work.slice(PlayerBook).get(player_id), fact)
            case MailReceived():
                contents = clawback_mail.withdraw(work, player_id, fact.mail_no)
                for code, amount in contents.currencies:
                    self._take_money(code, amount, f"revoke:{fact.rule}")
                for item, quantity in contents.items:
                    self._take_units(item, quantity, f"revoke:{fact.rule}")
            case TitleEarned():
                self._take_title(fact.title, fact.rule)
            case ContentUnlocked():
                self._lock(fact.content, fact.rule)
            case BadgeChanged() if fact.quantity > 0:
                self._award(AwardKind.BADGE, fact.badge, fact.quantity, f"revoke:{fact.rule}")
            case AchievementUnlocked() if fact.rule != f"achievement:{fact.achievement}":
                times = fact.tier or 1
                self._award(AwardKind.ACHIEVEMENT, fact.achievement, times, f"revoke:{fact.rule}")
            case QuestUnlocked():
                self._award(AwardKind.QUEST, fact.quest, 1, f"revoke:{fact.rule}")
            case _:
                pass  # nothing was given

    def _award(self, kind: AwardKind, key: str, quantity: int, rule: str) -> None:
        self.work.award(Award(self.player_id, kind, key, -quantity, rule))

    def _take_title(self, title: str, source: str) -> None:
        """Takes a title, unless it came from somewhere else first."""
        known = self.work.slice(ProgressBook).earned(self.player_id).honors.titles.get(title)
        if known is not None and known.source == source:
            honors.revoke_title(self.work, self.player_id, title, f"revoke:{source}")

    def _lock(self, content: str, source: str) -> None:
        """Takes a content, unless it came from somewhere else first."""
        known = self.work.slice(ProgressBook).earned(self.player_id).honors.unlocks.get(content)
        if known is not None and known.source == source:
            honors.lock_content(self.work, self.player_id, content, f"revoke:{source}")

    def _take_money(self, code: str, amount: int, rule: str) -> None:
        work, player_id = self.work, self.player_id
        have = work.slice(WalletBook).get(player_id, code).amount
        if have < amount and self.policy is Policy.REFUSE:
            raise AlreadySpent(amount, have, currency=code)
        taken = min(have, amount)
        if taken:
            account = self.given.account
            currency.debit(work, player_id, code, taken, counter_account=account, rule=rule)
        if taken < amount:
            currency.owe(work, player_id, code, amount - taken, rule)

    def _refund(self, fact: CurrencyChanged) -> None:
        if fact.currency not in self.work.catalog.currencies:
            raise NotRevocable(self.given.name)
        currency.credit(
            self.work,
            self.player_id,
            fact.currency,
            -fact.amount,
            counter_account=self.given.account,
            rule=f"revoke:{fact.rule}",
        )

    def _take_item(self, fact: ItemChanged) -> None:
        """The very instance; of stacks the same one first, for units are like each other."""
        if 0 < fact.expires_us <= self.work.now_us:
            return  # gone by itself, whoever had it
        rule = f"revoke:{fact.rule}"
        there = {s.instance: s for s in rules.live(self.work, self.player_id, fact.item)}
        same = there.get(fact.instance)
        taken = min(fact.amount, same.quantity) if same else 0
        if taken:
            self._remove(fact.item, taken, rule, fact.instance)
        if taken == fact.amount:
            return
        if fact.instance in ("", f"x{fact.expires_us}"):
            self._take_units(fact.item, fact.amount - taken, rule)
        else:
            self._miss(fact.item, fact.amount - taken, 0, rule)

    def _take_units(self, item: str, quantity: int, rule: str) -> None:
        have = rules.owned(self.work, self.player_id, item)
        if have < quantity:
            self._miss(item, quantity, have, rule)
        if taken := min(have, quantity):
            self._remove(item, taken, rule)

    def _remove(self, item: str, quantity: int, rule: str, instance: str = "") -> None:
        rules.take(
            self.work,
            self.player_id,
            item,
            quantity,
            counter_account=self.given.account,
            rule=rule,
            instance=instance,
            keep_equipped=False,
        )
        restock(self.work, item, quantity)

    def _miss(self, item: str, needed: int, available: int, rule: str) -> None:
        if self.policy is Policy.REFUSE:
            raise AlreadySpent(needed, available, item=item)
        rules.owe(self.work, self.player_id, item, needed - available, rule)


def _origin(fact: Any, before: str) -> str:
    """What a fact goes back to; that of the fact before it, if it follows from that one."""
    if not fact.rule.startswith(CONSEQUENCES):
        rule: str = fact.rule
        return rule
    # The mail of all that found no room names what gave it: levels may have been paid in between.
    kind, _, cause = fact.rule.partition(":")
    return cause if kind == "overflow" and ":" in cause else before


def _is_price(fact: CurrencyChanged) -> bool:
    return fact.counter_account.startswith("store:")
