"""Quests: what happens to a player's, each rule in its own module; pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from renown_server.catalog.progression import Progression
from renown_server.engine.facts import QuestAbandoned
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.errors import QuestNotActive, RequirementNotMet
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import QuestRun
from renown_server.quests.advancing import advance
from renown_server.quests.completing import claim, complete, lock, unlock
from renown_server.quests.objectives import count_signal
from renown_server.quests.plan import Key, plan_of
from renown_server.quests.runs import (
    KIND,
    counts,
    end_run,
    expire,
    is_complete,
    is_over,
    pass_time,
    player_of,
    record_of,
    set_record,
)
from renown_server.quests.starting import start, start_by_itself
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.uncounting import LostQuest, Revoked, reset
from renown_server.quests.undoing import revoke_activity
from renown_server.quests.watching import keys_of, moved

__all__ = [
    "LostQuest",
    "Revoked",
    "abandon",
    "advance",
    "claim",
    "lock",
    "on_signal",
    "pass_time",
    "rate",
    "reset",
    "revoke_activity",
    "start",
    "unlock",
]


def on_signal(work: Work, signal: Signal) -> None:
    """Moves the quests that are under way, then starts those that start with it.

    Raises:
        NotLoaded: more must be known.
    """
    progression = work.catalog.progression
    if not progression.quests:
        return
    player_id = signal.player_id
    progress = work.slice(ProgressBook).progress(player_id)
    keys = keys_of(signal)
    looked: tuple[str, ...] = ()
    if progress.has("quests"):
        looked = tuple(progress.quests)
        work.visited += len(looked)
        for quest_id in looked:
            run = progress.quests[quest_id]
            if not run.completed_us and not _count(work, player_id, quest_id, run, signal, keys):
                # Whoever notes that it is over: this may begin the next attempt.
                looked = tuple([each for each in looked if each != quest_id])
    for quest_id in _starters(progression, keys, looked):
        work.visited += 1
        _try_to_start(work, player_id, quest_id, signal, keys)


def _count(
    work: Work, player_id: str, quest_id: str, run: QuestRun, signal: Signal, keys: tuple[Key, ...]
) -> bool:
    """Counts a signal for an attempt; returns whether the attempt's time was not over."""
    quest = work.catalog.progression.quests.get(quest_id)
    if is_over(quest, run, work.now_us):
        expire(work, player_id, quest_id)
        return False
    if quest is None or not counts(quest):
        return True
    if run.done and is_complete(quest, run):
        # The catalog has dropped what was left to do.
        complete(work, player_of(work, player_id), quest, run)
        return True
    objectives = moved(plan_of(quest).watch, keys)
    if not objectives or signal.occurred_us < run.started_us:
        return True
    # What will happen after the end doesn't count, though it is told before.
    if not run.expires_us or signal.occurred_us < run.expires_us:
        count_signal(work, player_of(work, player_id), quest, run, signal, objectives)
    return True


def _starters(
    progression: Progression, keys: tuple[Key, ...], looked: tuple[str, ...]
) -> Iterable[str]:
    """The quests that may start, each once, but for those that were looked at."""
    index = progression.listeners.quests
    found = [name for key in keys for name in index.get(key, ()) if name not in looked]
    return dict.fromkeys(found) if len(found) > 1 else found


def _try_to_start(
    work: Work, player_id: str, quest_id: str, signal: Signal, keys: tuple[Key, ...]
) -> None:
    progression = work.catalog.progression
    quest = progression.quests[quest_id]
    record = record_of(work, player_id, quest_id)
    if record.times and not (quest.repeatable or quest.daily or quest.weekly):
        return
    player = player_of(work, player_id)
    objectives = moved(plan_of(quest).watch, keys)
    if not start_by_itself(work, player, quest, signal, objectives):
        return
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest_id)
    if run is not None and not run.completed_us:
        count_signal(work, player, quest, run, signal, objectives)


def abandon(work: Work, player_id: str, quest_id: str) -> QuestRun:
    """Gives up an attempt that is under way. What it has paid and taken stays so.

    One that is completed can only be claimed, unless the catalog has its quest no more.

    Returns:
        The attempt.

    Raises:
        QuestNotActive: there is none.
    """
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest_id)
    quest = work.catalog.progression.quests.get(quest_id)
    if run is None or is_over(quest, run, work.now_us) or (run.completed_us and quest is not None):
        raise QuestNotActive(quest_id)
    rule = f"quest:{quest_id}"
    work.emit(player_id, QuestAbandoned(rule=rule, quest=quest_id, attempt=run.attempt))
    end_run(work, player_id, quest_id, QuestOutcome.ABANDONED, work.now_us)
    count(work, KIND, quest_id, abandoned=1)
    return run


def rate(work: Work, player_id: str, quest_id: str, rating: int) -> int:
    """Rates a quest that the player has started, with 1 to 5.

    Returns:
        The rating that it replaces; 0 if there was none.

    Raises:
        RequirementNotMet: it was never started.
    """
    record = record_of(work, player_id, quest_id)
    if not record.attempts:
        raise RequirementNotMet("an attempt at the quest")
    before = record.rating
    if rating != before:
        set_record(work, player_id, quest_id, replace(record, rating=rating))
        ratings = 0 if before else 1
        count(work, KIND, quest_id, rating_sum=rating - before, ratings=ratings)
    return before
