"""Completing quests: what follows from it, and claiming what they pay; pure."""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.catalog.quests import Quest
from renown_server.engine.facts import QuestClaimed, QuestCompleted, QuestRevoked, QuestUnlocked
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import QuestNotActive, QuestNotCompleted
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import QuestRecord, QuestRun
from renown_server.quests import rewarding
from renown_server.quests.runs import (
    KIND,
    end_run,
    is_complete,
    is_over,
    player_of,
    record_of,
    required_of,
    set_record,
    set_run,
)
from renown_server.quests.tables import QuestOutcome


def complete(work: Work, player: PlayerState, quest: Quest, run: QuestRun) -> QuestRun:
    """Completes an attempt whose required objectives are done.

    Completions are counted here, claimed or not. Nothing counts for the attempt any more.

    Returns:
        The completed attempt; if the quest claims by itself it is paid, and under way no more.
    """
    player_id = player.player_id
    completed_us = max([run.done[each.id] for each in required_of(quest)], default=run.started_us)
    record = _with_completion(
        record_of(work, player_id, quest.id),
        completed_us,
        day_of(player, completed_us),
        completed_us - run.started_us,
    )
    set_record(work, player_id, quest.id, record)
    run = replace(run, completed_us=completed_us, times=record.times)
    set_run(work, player_id, quest, run)
    count(
        work,
        KIND,
        quest.id,
        earned=1,
        owners=1 if record.times == 1 else 0,
        time_us=completed_us - run.started_us,
        timed=1,
    )
    work.emit(
        player_id,
        QuestCompleted(
            rule=quest.rule,
            quest=quest.id,
            attempt=run.attempt,
            times=record.times,
            claimable=not quest.auto_claim,
        ),
    )
    work.signal(SignalKind.QUEST, player_id, quest.id, 1, quest.rule, completed_us)
    follower = follower_of(quest, run)
    if follower:
        unlock(work, player_id, follower, quest.rule)
    if quest.auto_claim:
        _close(work, player_id, quest, run)
        reward = rewarding.certain(quest, run)
        reward = rewarding.merged([reward, rewarding.drawn(work, quest)])
        rewarding.pay_freely(work, player_id, quest.rule, reward)
    return run


def _with_completion(record: QuestRecord, completed_us: int, day: int, took_us: int) -> QuestRecord:
    # 0 says that there is none.
    took_us = max(1, took_us)
    return replace(
        record,
        times=record.times + 1,
        first_us=record.first_us or completed_us,
        last_us=max(record.last_us, completed_us),
        last_day=max(record.last_day, day) if record.times else day,
        best_us=min(record.best_us, took_us) if record.best_us else took_us,
    )


def follower_of(quest: Quest, run: QuestRun) -> str:
    """The quest that a completed attempt leads to: the first branch that it meets; may be empty."""
    for condition, follower in quest.branches:
        if rewarding.is_met(quest, run, condition):
            return follower
    return quest.next_quest


def unlock(work: Work, player_id: str, quest_id: str, rule: str) -> bool:
    """Lets a player start a quest that is locked or hidden.

    Returns:
        Whether it is new: what was unlocked before stays so.
    """
    record = record_of(work, player_id, quest_id)
    if record.unlocked or quest_id not in work.catalog.progression.quests:
        return False
    set_record(work, player_id, quest_id, replace(record, unlocked=True))
    work.emit(player_id, QuestUnlocked(rule=rule, quest=quest_id))
    return True


def lock(work: Work, player_id: str, quest_id: str, rule: str) -> bool:
    """Takes back what `unlock` did, unless the player has started the quest since.

    Returns:
        Whether the quest is locked again.
    """
    record = record_of(work, player_id, quest_id)
    if not record.unlocked or record.attempts:
        return False
    set_record(work, player_id, quest_id, replace(record, unlocked=False))
    # No attempt: it is the unlock that counts no more.
    work.emit(player_id, QuestRevoked(rule=rule, quest=quest_id, attempt=0))
    return True


def claim(work: Work, player_id: str, quest: Quest) -> QuestRun:
    """Pays a completed attempt, once and for ever.

    Returns:
        The attempt.

    Raises:
        QuestNotActive: there is none, or it was claimed.
        QuestNotCompleted: its required objectives are not done.
        BalanceCap, InventoryFull, ItemLimit, MailboxFull, NothingToDraw: see
            `rewarding.pay_strictly`.
    """
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest.id)
    if run is None or is_over(quest, run, work.now_us):
        raise QuestNotActive(quest.id)
    if not run.completed_us:
        if not is_complete(quest, run):
            raise QuestNotCompleted(quest.id)
        # The catalog has dropped what was left to do, and nothing has happened since.
        run = complete(work, player_of(work, player_id), quest, run)
        if quest.auto_claim:
            return run
    _close(work, player_id, quest, run)
    rewarding.pay_strictly(work, player_id, quest, rewarding.certain(quest, run))
    return run


def _close(work: Work, player_id: str, quest: Quest, run: QuestRun) -> None:
    work.emit(player_id, QuestClaimed(rule=quest.rule, quest=quest.id, attempt=run.attempt))
    end_run(work, player_id, quest.id, QuestOutcome.COMPLETED, work.now_us)
