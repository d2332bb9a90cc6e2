"""Completions that are taken back, and all of them forgotten; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from renown_server.catalog.goods import NOTHING, Reward
from renown_server.engine.facts import (
    Fact,
    QuestClaimed,
    QuestCompleted,
    QuestRevoked,
    QuestUnlocked,
)
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import QuestRecord
from renown_server.quests import rewarding
from renown_server.quests.completing import lock
from renown_server.quests.runs import (
    KIND,
    EndedRun,
    QuestRunBook,
    end_run,
    expire,
    note_end,
    record_of,
    set_record,
)
from renown_server.quests.tables import QuestOutcome


@dataclass(frozen=True, slots=True)
class LostQuest:
    """What a revocation has taken of a quest.

    Attributes:
        quest: its id.
        rule: names it as a cause: `quest:<id>`.
        attempt: the attempt.
        is_completion: whether a completion is undone; else an objective has moved back only.
        reverses: whether what the revoked record paid by the rule is to be reversed: all of it.
        owed: what other records have paid for it, as it would be paid today.
    """

    quest: str
    rule: str
    attempt: int
    is_completion: bool
    reverses: bool
    owed: Reward = NOTHING


@dataclass(frozen=True, slots=True)
class Revoked:
    """A record that is revoked.

    Attributes:
        signals: what it signalled: its activity, and what counts as it does.
        facts: what it did to the player.
        first_sequence: the sequence of the first of them.
    """

    signals: Sequence[Signal]
    facts: Sequence[Fact]
    first_sequence: int


def take_claimed(work: Work, player: PlayerState, record: Revoked) -> list[LostQuest]:
    """Takes back the completions that the record has made and that were claimed, then or since."""
    lost = []
    for fact in record.facts:
        if isinstance(fact, QuestCompleted):
            found = _unclaim(work, player, record, fact)
            if found is not None:
                lost.append(found)
    return lost


def _unclaim(
    work: Work, player: PlayerState, record: Revoked, fact: QuestCompleted
) -> LostQuest | None:
    player_id = player.player_id
    ended = [
        each
        for each in work.slice(QuestRunBook).of(player_id, fact.quest)
        if each.attempt == fact.attempt
    ]
    outcomes = {each.outcome: each for each in ended}
    claimed = outcomes.get(QuestOutcome.COMPLETED)
    if claimed is None or QuestOutcome.REVOKED in outcomes:
        return None
    started_us, completed_us = claimed.started_us, claimed.completed_us
    outcome = QuestOutcome.REVOKED
    note_end(
        work,
        EndedRun(
            player_id, fact.quest, fact.attempt, outcome, started_us, completed_us, work.now_us
        ),
    )
    uncount(work, player, fact.quest, started_us, completed_us)
    rule = f"quest:{fact.quest}"
    work.emit(player_id, QuestRevoked(rule=rule, quest=fact.quest, attempt=fact.attempt))
    for each in record.facts:
        if isinstance(each, QuestUnlocked) and each.rule == rule:
            lock(work, player_id, each.quest, rule)
    paid = any(
        isinstance(each, QuestClaimed) and (each.quest, each.attempt) == (fact.quest, fact.attempt)
        for each in record.facts
    )
    quest = work.catalog.progression.quests.get(fact.quest)
    owed = NOTHING if paid or quest is None else rewarding.plain(quest, fact.times)
    return LostQuest(fact.quest, rule, fact.attempt, True, True, owed)


def uncount(
    work: Work, player: PlayerState, quest_id: str, started_us: int, completed_us: int
) -> None:
    """Takes back a completion from what was done of a quest, and from its statistics."""
    player_id = player.player_id
    record = record_of(work, player_id, quest_id)
    owners = -1 if record.times == 1 else 0
    took_us = started_us - completed_us
    count(work, KIND, quest_id, earned=-1, owners=owners, time_us=took_us, timed=-1)
    if record.times:
        ended = work.slice(QuestRunBook).of(player_id, quest_id)
        set_record(work, player_id, quest_id, _recounted(player, record, ended))


def _recounted(player: PlayerState, record: QuestRecord, ended: Sequence[EndedRun]) -> QuestRecord:
    """What is left of a record without one of its completions."""
    gone = {each.attempt for each in ended if each.outcome is QuestOutcome.REVOKED}
    times = record.times - 1
    left = [
        each
        for each in sorted(ended, key=lambda each: -each.attempt)
        if each.outcome is QuestOutcome.COMPLETED and each.attempt not in gone
    ][:times]
    if not left:
        return replace(record, times=times, first_us=0, last_us=0, last_day=0, best_us=0)
    last_us = max(each.completed_us for each in left)
    whole = len(left) == times
    return replace(
        record,
        times=times,
        # Of more than are kept in memory, the first and the best are those known.
        first_us=min(each.completed_us for each in left) if whole else record.first_us,
        last_us=last_us,
        last_day=day_of(player, last_us),
        best_us=(
            min(max(1, each.completed_us - each.started_us) for each in left)
            if whole
            else record.best_us
        ),
    )


def reset(work: Work, player: PlayerState) -> None:
    """Ends all attempts for a prestige, and forgets what was completed.

    Attempts that wait to be claimed still do: what they pay was earned before. What was unlocked
    stays unlocked, ratings stay, and attempts are numbered on.
    """
    player_id = player.player_id
    book = work.slice(ProgressBook)
    for quest_id, run in sorted(book.progress(player_id).quests.items()):
        if not run.completed_us and not expire(work, player_id, quest_id):
            end_run(work, player_id, quest_id, QuestOutcome.RESET, work.now_us)
    for quest_id, record in sorted(book.earned(player_id).quests.items()):
        if record.times:
            forgotten = replace(record, times=0, first_us=0, last_us=0, last_day=0, best_us=0)
            set_record(work, player_id, quest_id, forgotten)
            count(work, KIND, quest_id, owners=-1)
