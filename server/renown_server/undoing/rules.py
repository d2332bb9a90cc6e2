"""Taking back a record with all that followed from it; pure.

What the record paid is told apart by what it paid for. What it gave for itself is taken at once,
and what it counted is subtracted. An unlock stands as long as what it asks for is still met, and
keeps what it paid. One that falls is taken with it: what the record itself paid as its facts say,
what another one paid at today's amounts. What falls may let others fall: the facts that a reversal
leaves are looked through until nothing more follows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from renown_server.achievements import losing
from renown_server.achievements.takeback import Taking
from renown_server.badges import rules as badges
from renown_server.badges import unmet
from renown_server.catalog.goods import Reward
from renown_server.engine.facts import (
    AchievementMilestoneReached,
    AchievementUnlocked,
    ActivityRecorded,
)
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import CascadeTooLong
from renown_server.inventory import clawback, ungiving
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_units import Paid, Unit
from renown_server.inventory.ungiving import Gift, Source
from renown_server.profile.state import PlayerBook
from renown_server.progress.state import ProgressBook
from renown_server.quests import rules as quests
from renown_server.streaks import rules as streaks
from renown_server.undoing.consequences import consequences
from renown_server.undoing.record import Record

STEPS_MAX = 10_000
"""What may follow from a record that is taken back. All that it has paid may fall, and what rests
on that: many times what a command may cause."""


def undo(work: Work, player_id: str, record: Record, policy: Policy) -> None:
    """Takes back a record, once.

    Args:
        work: the batch.
        player_id: whose.
        record: what.
        policy: what to do about what is spent.

    Raises:
        AlreadySpent: something is not there any more, and the policy is to refuse.
        NotRevocable: a price can't be given back: the catalog has its currency no more.
        BalanceCap: a price finds no room.
        CascadeTooLong: there is no end to it.
        NotLoaded: more must be known.
    """
    undoing = _Undoing(work, player_id, record, policy)
    undoing.take_root()
    if record.signal is not None:
        undoing.uncount(record.signal)
    undoing.follow()


class _Undoing:
    """A record on its way back."""

    def __init__(self, work: Work, player_id: str, record: Record, policy: Policy) -> None:
        self._work = work
        self._player_id = player_id
        self._record = record
        self._policy = policy
        self._paid = Paid(record.given.facts)
        name = record.given.name
        self._taking = Taking(record.rule, name, policy=policy, paid=self._paid)
        self._seen = len(work.facts.get(player_id, ()))
        self._told = [each for each in record.given.facts if isinstance(each, ActivityRecorded)]
        self._unlocked = dict.fromkeys(
            [
                fact.achievement
                for fact in record.given.facts
                if isinstance(fact, AchievementUnlocked | AchievementMilestoneReached)
            ]
        )

    def take_root(self) -> None:
        """Takes what the record gave for itself."""
        self._reverse(self._paid.root, refunds=self._record.given.refunds)

    def uncount(self, signal: Signal) -> None:
        """Takes back what an activity did for streaks, achievements and quests."""
        player = self._work.slice(PlayerBook).get(self._player_id)
        activity_id = self._record.given.name
        gone = streaks.revoke(self._work, player, signal.key, activity_id, signal.occurred_us)
        for removed in gone:
            self._take_day(removed)
        self._hear(signal)

    def follow(self) -> None:
        """Takes what rests on what was taken, until nothing more falls."""
        for _ in range(STEPS_MAX):
            if not (self._take_fallen() or self._take_awards() or self._look() or self._own()):
                return
        raise CascadeTooLong(STEPS_MAX)

    def _take_fallen(self) -> bool:
        """Reverses what the record has paid for what is lost."""
        fallen = self._paid.drain()
        if fallen:
            # When it happened says where it has counted.
            self._reverse([*self._told, *fallen])
        return bool(fallen)

    def _take_awards(self) -> bool:
        """Takes what others have left to be taken: awards of less than nothing."""
        pending = self._work.pending
        less = [each for each in pending if isinstance(each, Award) and each.quantity < 0]
        if less:
            others = [each for each in pending if each not in less]
            pending.clear()
            pending.extend(others)
        for award in less:
            self._ungive(award)
        return bool(less)

    def _look(self) -> bool:
        """Looks at what was taken since, and tells whom it may concern."""
        facts = self._work.facts.get(self._player_id, [])
        new: list[Any] = facts[self._seen :]
        self._seen = len(facts)
        for fact in new:
            for kind, key, amount in consequences(fact):
                occurred_us, rule = self._record.occurred_us, fact.rule
                self._hear(Signal(self._player_id, kind, key, amount, occurred_us, rule))
        return bool(new)

    def _own(self) -> bool:
        """Takes what the record itself has unlocked by what can't be subtracted."""
        return any(
            losing.lose_own(self._work, self._player_id, each, self._taking)
            for each in self._unlocked
        )

    def _hear(self, signal: Signal) -> None:
        """Uncounts a signal everywhere."""
        work, known = self._work, self._work.catalog.progression
        # Achievements that were lost have told each other.
        if known.listeners.achievements and signal.kind is not SignalKind.ACHIEVEMENT:
            losing.on_revoked(work, signal, self._taking)
        if known.quests:
            self._uncount_quests(signal)
        for award in unmet.lost(work, signal):
            self._ungive(award)

    def _uncount_quests(self, signal: Signal) -> None:
        player = self._work.slice(PlayerBook).get(self._player_id)
        record = quests.Revoked((signal,), self._record.given.facts, self._record.first_sequence)
        for lost in quests.revoke_activity(self._work, player, record):
            if lost.reverses:
                self._paid.claim(Unit("quest", lost.quest))
            self._take_reward(lost.rule, lost.owed)

    def _take_day(self, removed: streaks.Removed) -> None:
        """Takes what a day of a streak was paid, and lengths that are reached no more."""
        streak = removed.streak
        if not self._paid.claim(Unit("day", streak.id, removed.day)):
            self._take_reward(streak.rule, removed.daily_reward)
        for days, reward in removed.milestones:
            if not self._paid.claim(Unit("length", streak.id, days)):
                self._take_reward(streak.rule, reward)

    def _take_reward(self, rule: str, reward: Reward) -> None:
        """Takes what another record has paid, at today's amounts."""
        self._take_gift(rule, Gift(reward))
        given = (
            (AwardKind.BADGE, reward.badges),
            (AwardKind.ACHIEVEMENT, reward.achievements),
            (AwardKind.QUEST, reward.unlock_quests),
        )
        for kind, names in given:
            for name in names:
                self._work.award(Award(self._player_id, kind, name, -1, f"revoke:{rule}"))

    def _take_gift(self, rule: str, gift: Gift) -> None:
        name, at_us = self._record.given.name, self._record.occurred_us
        source = Source(rule, name, at_us, self._paid.levels)
        ungiving.take_gifts(self._work, self._player_id, source, [gift], self._policy)

    def _reverse(self, facts: Sequence[Any], *, refunds: bool = False) -> None:
        """Takes what facts say; of levels, what was paid for those that are lost by it."""
        given = dataclasses.replace(
            self._record.given, facts=[*facts, *self._paid.levels], refunds=refunds
        )
        clawback.take_back(self._work, self._player_id, given, self._policy)

    def _ungive(self, award: Award) -> None:
        work, player_id, key = self._work, self._player_id, award.key
        match award.kind:
            case AwardKind.BADGE:
                self._take_badge(award)
            case AwardKind.ACHIEVEMENT:
                if key in work.catalog.progression.achievements:
                    losing.take_grants(work, player_id, key, -award.quantity, self._taking)
            case AwardKind.QUEST:
                quests.lock(work, player_id, key, award.rule)

    def _take_badge(self, award: Award) -> None:
        """Takes a badge with its points, unless its own way to it is still met."""
        work, player_id, name = self._work, self._player_id, award.key
        is_reward = award.rule.startswith("revoke:achievement:")
        if not is_reward and badges.stands(work, player_id, name):
            return
        owned = work.slice(ProgressBook).earned(player_id).badges.get(name)
        if owned is None:
            return
        account = f"{badges.CLAWBACK}{self._record.given.name}"
        taken = badges.take(
            work, player_id, name, -award.quantity, rule=award.rule, counter_account=account
        )
        # What other players gave has paid nothing.
        paid = min(taken, owned.earned)
        others = paid - self._paid.claim(Unit("badge", name), paid)
        badge = work.catalog.progression.badges.get(name)
        if badge is not None and others:
            self._take_gift(badge.rule, Gift(badges.points_of(work, badge, others)))
