"""Attempts at quests: where they stand, and how they end; pure.

An attempt whose time is over has expired, whether anybody has noted it or not: nothing counts for
it any more, late activities neither. It is noted when it is next touched, or by who keeps the time.
"""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.catalog.availability import Status
from renown_server.catalog.quests import Objective, Quest
from renown_server.engine.facts import QuestExpired
from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work
from renown_server.profile.days import day_end_us, day_of, week_of, week_start
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import QuestRecord, QuestRun
from renown_server.quests.plan import plan_of
from renown_server.quests.tables import QuestOutcome

KIND = "quest"
"""Of quests' statistics."""

NO_RECORD = QuestRecord()


class EndedRun(Entity):
    """An attempt that has ended, to be written. It lives and dies with its command.

    Attributes:
        player_id: whose.
        quest: the quest's id.
        attempt: its number.
        outcome: how it ended.
        started_us: when it was started.
        completed_us: when its required objectives were done; 0 if they never were.
        ended_us: when it ended.
    """

    __slots__ = (
        "attempt",
        "completed_us",
        "ended_us",
        "is_kept",
        "outcome",
        "player_id",
        "quest",
        "started_us",
    )

    saved = ("is_kept",)

    def __init__(
        self,
        player_id: str,
        quest: str,
        attempt: int,
        outcome: QuestOutcome,
        started_us: int,
        completed_us: int,
        ended_us: int,
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.quest = quest
        self.attempt = attempt
        self.outcome = outcome
        self.started_us = started_us
        self.completed_us = completed_us
        self.ended_us = ended_us
        self.is_kept = False


class QuestRunBook:
    """Ended attempts.

    Attributes:
        earlier: those that earlier batches have ended, by player and quest, the latest first; only
            where they were asked for.
        ended: those that this batch has ended.
    """

    __slots__ = ("earlier", "ended")

    def __init__(self) -> None:
        self.earlier: dict[tuple[str, str], list[EndedRun]] = {}
        self.ended: list[EndedRun] = []

    def of(self, player_id: str, quest: str) -> list[EndedRun]:
        """A player's ended attempts at a quest, in no order.

        Raises:
            NotLoaded: nobody has looked.
        """
        earlier = self.earlier.get((player_id, quest))
        if earlier is None:
            raise NotLoaded("quest_runs", ((player_id, quest),))
        mine = [
            each
            for each in self.ended
            if each.is_kept and (each.player_id, each.quest) == (player_id, quest)
        ]
        return earlier + mine


def note_end(work: Work, run: EndedRun) -> None:
    """Notes that an attempt has ended."""
    work.slice(QuestRunBook).ended.append(run)
    work.touch(run)
    run.is_kept = True


def record_of(work: Work, player_id: str, quest_id: str) -> QuestRecord:
    """What a player has done of a quest."""
    return work.slice(ProgressBook).earned(player_id).quests.get(quest_id, NO_RECORD)


def set_record(work: Work, player_id: str, quest_id: str, record: QuestRecord) -> None:
    """Replaces what a player has done of a quest."""
    work.slice(ProgressBook).earned(player_id).edit_quests(work)[quest_id] = record


def set_run(work: Work, player_id: str, quest: Quest, run: QuestRun) -> None:
    """Replaces an attempt, and says when its time is over."""
    progress = work.slice(ProgressBook).progress(player_id)
    progress.edit_quests(work)[quest.id] = run
    progress.set_due(work, quest.rule, ends_us(quest, run))


def end_run(
    work: Work, player_id: str, quest_id: str, outcome: QuestOutcome, ended_us: int
) -> None:
    """Ends an attempt: from now on only its row tells of it."""
    progress = work.slice(ProgressBook).progress(player_id)
    run = progress.edit_quests(work).pop(quest_id)
    progress.set_due(work, f"quest:{quest_id}", 0)
    note_end(
        work,
        EndedRun(
            player_id, quest_id, run.attempt, outcome, run.started_us, run.completed_us, ended_us
        ),
    )


def ends_us(quest: Quest | None, run: QuestRun) -> int:
    """When an attempt's time is over; 0 if it never is.

    A required objective that has to be done within some time ends it, too: it can't be completed
    afterwards.
    """
    if run.completed_us:
        return 0
    if quest is None or not (within := plan_of(quest).within):
        return run.expires_us
    ends = [run.expires_us] if run.expires_us else []
    ends += [run.started_us + each.within_us for each in within if each.id not in run.done]
    return min(ends, default=0)


def is_over(quest: Quest | None, run: QuestRun, at_us: int) -> bool:
    """Whether an attempt's time is over at a moment."""
    end_us = ends_us(quest, run)
    return 0 < end_us <= at_us


def is_under_way(quest: Quest | None, run: QuestRun, at_us: int) -> bool:
    """Whether an attempt is neither completed nor over."""
    return not run.completed_us and not is_over(quest, run, at_us)


def counts(quest: Quest | None) -> bool:
    """Whether attempts at a quest move: those at one that is retired stand still."""
    return quest is not None and quest.status is Status.ACTIVE


def expire(work: Work, player_id: str, quest_id: str) -> bool:
    """Notes that an attempt has expired, if it has."""
    run = work.slice(ProgressBook).progress(player_id).quests.get(quest_id)
    quest = work.catalog.progression.quests.get(quest_id)
    if run is None or not is_over(quest, run, work.now_us):
        return False
    end_us = ends_us(quest, run)
    rule = f"quest:{quest_id}"
    work.emit(
        player_id,
        QuestExpired(rule=rule, quest=quest_id, attempt=run.attempt, expires_us=end_us),
    )
    end_run(work, player_id, quest_id, QuestOutcome.EXPIRED, end_us)
    count(work, KIND, quest_id, expired=1)
    return True


def pass_time(work: Work, player: PlayerState) -> None:
    """Notes all that has expired."""
    runs = work.slice(ProgressBook).progress(player.player_id).quests
    for quest_id in sorted(runs):
        expire(work, player.player_id, quest_id)


def required_of(quest: Quest) -> tuple[Objective, ...]:
    """The objectives without which a quest is not completed; all if none is required."""
    return plan_of(quest).required


def is_complete(quest: Quest, run: QuestRun) -> bool:
    """Whether all required objectives are done."""
    done = run.done
    for each in plan_of(quest).required:  # noqa: SIM110 - with every move; a generator costs more
        if each.id not in done:
            return False
    return True


def is_unlocked(quest: Quest, objective: Objective, run: QuestRun) -> bool:
    """Whether what has to be done before an objective is done."""
    if objective.unlocked_by and not any(each in run.done for each in objective.unlocked_by):
        return False
    return all(
        each.id in run.done
        for each in quest.objectives
        if each.order < objective.order and not each.optional
    )


def is_open(quest: Quest, objective: Objective, run: QuestRun, at_us: int) -> bool:
    """Whether what happens at a moment can count for an objective."""
    if objective.id in run.done or run.completed_us:
        return False
    if objective.within_us and at_us >= run.started_us + objective.within_us:
        return False
    return is_unlocked(quest, objective, run)


def period_end_us(player: PlayerState, quest: Quest, at_us: int) -> int:
    """When the player's day or week at a moment ends; 0 of a quest that has no period."""
    if not (quest.daily or quest.weekly):
        return 0
    day = day_of(player, at_us)
    last = day if quest.daily else week_start(week_of(day) + 1) - 1
    # After a move to another zone the day of the move goes on, in one of the zones or the other.
    zones = {player.time_zone, *[move.zone for move in player.zones]}
    ends = sorted(end_us for zone in zones if (end_us := day_end_us(zone, last)) > at_us)
    return next((end_us for end_us in ends if day_of(player, end_us) > last), ends[-1])


def in_period(player: PlayerState, quest: Quest, record: QuestRecord, at_us: int) -> bool:
    """Whether a quest was completed in the period that a moment belongs to, or in a later one."""
    if not record.times:
        return False
    day = day_of(player, at_us)
    if quest.daily:
        return record.last_day >= day
    return quest.weekly and week_of(record.last_day) >= week_of(day)


def player_of(work: Work, player_id: str) -> PlayerState:
    """A player of the batch."""
    return work.slice(PlayerBook).get(player_id)


def without(run: QuestRun, objective_id: str) -> QuestRun:
    """An attempt whose objective is open again."""
    done = {key: when for key, when in run.done.items() if key != objective_id}
    after, _ = run.spans.get(objective_id, (run.sequence, 0))
    return replace(run, done=done, spans={**run.spans, objective_id: (after, 0)})
