"""Quests: what happens to a player's, each rule in its own module; pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from renown_server.catalog.progression import Progression
from renown_server.engine.facts import QuestAbandoned
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.errors import QuestNotActive, RequirementNotMet
from renown_server.progress.state import ProgressBook, QuestRun, count
from renown_server.quests.advancing import advance
from renown_server.quests.completing import claim, lock, unlock
from renown_server.quests.objectives import count_signal
from renown_server.quests.runs import (
    KIND,
    counts,
    end_run,
    expire,
    is_under_way,
    pass_time,
    player_of,
    record_of,
    set_record,
)
from renown_server.quests.starting import start, start_by_itself
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.uncounting import LostQuest, Revoked, reset
from renown_server.quests.undoing import revoke_activity
from renown_server.quests.watching import Key, keys_of, moved, watch_of

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
            if not run.completed_us:
                _count(work, player_id, quest_id, run, signal, keys)
    for quest_id in _starters(progression, keys):
        if quest_id not in looked:
            work.visited += 1
            _try_to_start(work, player_id, quest_id, signal, keys)


def _count(
    work: Work, player_id: str, quest_id: str, run: QuestRun, signal: Signal, keys: tuple[Key, ...]
) -> None:
    if expire(work, player_id, quest_id):
        return
    progression = work.catalog.progression
    quest = progression.quests.get(quest_id)
    if quest is None or not counts(quest):
        return
    objectives = moved(watch_of(progression, quest), keys)
    if not objectives or signal.occurred_us < run.started_us:
        return
    # What will happen after the end doesn't count, though it is told before.
    if not run.expires_us or signal.occurred_us < run.expires_us:
        count_signal(work, player_of(work, player_id), quest, run, signal, objectives)


def _starters(progression: Progression, keys: tuple[Key, ...]) -> Iterator[str]:
    index = progression.listeners.quests
    found = [names for key in keys if (names := index.get(key))]
    if len(found) == 1:
        return iter(found[0])
    return iter(dict.fromkeys([name for names in found for name in names]))


def _try_to_start(
    work: Work, player_id: str, quest_id: str, signal: Signal, keys: tuple[Key, ...]
) -> None:
    progression = work.catalog.progression
    quest = progression.quests[quest_id]
    record = record_of(work, player_id, quest_id)
    if record.times and not (quest.repeatable or quest.daily or quest.weekly):
        return
    player = player_of(work, player_id)
    objectives = moved(watch_of(progression, quest), keys)
    if not start_by_itself(work, player, quest, signal, objectives):
        return
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest_id)
    if run is not None and not run.completed_us:
        count_signal(work, player, quest, run, signal, objectives)


def abandon(work: Work, player_id: str, quest_id: str) -> QuestRun:
    """Gives up an attempt that is under way. What it has paid and taken stays so.

    Returns:
        The attempt.

    Raises:
        QuestNotActive: there is none.
    """
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest_id)
    quest = work.catalog.progression.quests.get(quest_id)
    if run is None or not is_under_way(quest, run, work.now_us):
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
