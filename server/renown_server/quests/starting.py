"""Starting quests, by hand and by themselves; pure."""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.catalog.quests import Quest
from renown_server.engine.facts import QuestStarted
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.errors import (
    InsufficientItems,
    LevelTooLow,
    QuestActive,
    QuestLimit,
    QuestUnavailable,
    RenownError,
    RequirementNotMet,
)
from renown_server.inventory.rules import owned, take
from renown_server.inventory.standing import require_items
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerState
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import QuestRecord, QuestRun
from renown_server.quests.objectives import Step, would_count
from renown_server.quests.runs import (
    KIND,
    NO_RECORD,
    expire,
    in_period,
    is_over,
    period_end_us,
    set_record,
    set_run,
)
from renown_server.quests.seeking import Blocker, Reason, Seeker

SINK_QUEST = "sink:quest"


def start(work: Work, player: PlayerState, quest_id: str) -> QuestRun:
    """Starts a quest by hand: the items that it consumes are taken.

    Returns:
        The attempt as it was begun; what was reached before may have moved it already.

    Raises:
        QuestNotFound: there is none, or it is hidden.
        QuestActive, QuestLimit, QuestUnavailable, LevelTooLow, RequirementNotMet,
            InsufficientItems: it can't be started.
        ItemEquipped: what it consumes is equipped.
    """
    expire(work, player.player_id, quest_id)
    seeker = Seeker(work, player)
    quest = seeker.find(quest_id)
    reason = next(seeker.reasons(quest), None)
    if reason is not None:
        raise _refusal(seeker, quest, reason)
    _consume(work, player.player_id, quest)
    require_items(work, player.player_id, [each.criteria for each in quest.objectives])
    run = _begin(work, player, quest, work.now_us)
    Step(work, player, quest, run, work.now_us).settle((), started=True)
    return run


def start_by_itself(
    work: Work, player: PlayerState, quest: Quest, signal: Signal, objectives: frozenset[str]
) -> bool:
    """Starts a quest with what counts for it, if it can be started.

    It begins when that happened, so that a late activity begins it where it belongs; not before
    the quest was last completed: attempts don't overlap. What it consumes has to be there without
    taking anything off the player.

    Returns:
        Whether it has started; then the signal is still to be counted.
    """
    at_us = min(signal.occurred_us, work.now_us)
    seeker = Seeker(work, player, at_us)
    record = seeker.record(quest.id)
    if at_us < record.last_us or in_period(player, quest, record, at_us):
        return False
    run = _new_run(player, quest, record, at_us)
    if is_over(quest, run, work.now_us) or next(seeker.reasons(quest), None) is not None:
        return False
    if not would_count(work, player, quest, run, signal, objectives):
        return False
    if not _can_consume(work, player.player_id, quest):
        return False
    _consume(work, player.player_id, quest)
    run = _begin(work, player, quest, at_us)
    Step(work, player, quest, run, at_us).settle((), started=True)
    return True


def _can_consume(work: Work, player_id: str, quest: Quest) -> bool:
    """Whether a player owns what is consumed, besides what is equipped."""
    for needed in quest.items:
        if needed.consume:
            equipped = work.slice(InventoryBook).bag(player_id).equipped.values()
            worn = sum(1 for item, _ in equipped if item == needed.item)
            if owned(work, player_id, needed.item) - worn < needed.quantity:
                return False
    return True


def _consume(work: Work, player_id: str, quest: Quest) -> None:
    for needed in quest.items:
        if needed.consume:
            take(
                work,
                player_id,
                needed.item,
                needed.quantity,
                counter_account=SINK_QUEST,
                rule=quest.rule,
            )


def _begin(work: Work, player: PlayerState, quest: Quest, at_us: int) -> QuestRun:
    player_id = player.player_id
    record = work.slice(ProgressBook).earned(player_id).quests.get(quest.id, NO_RECORD)
    run = _new_run(player, quest, record, at_us)
    set_record(work, player_id, quest.id, replace(record, attempts=run.attempt))
    set_run(work, player_id, quest, run)
    count(work, KIND, quest.id, started=1)
    work.emit(
        player_id,
        QuestStarted(
            rule=quest.rule, quest=quest.id, attempt=run.attempt, expires_us=run.expires_us
        ),
    )
    return run


def _new_run(player: PlayerState, quest: Quest, record: QuestRecord, at_us: int) -> QuestRun:
    ends = [
        quest.window.ends_us,
        at_us + quest.time_limit_us if quest.time_limit_us else 0,
        period_end_us(player, quest, at_us),
    ]
    return QuestRun(
        attempt=record.attempts + 1,
        started_us=at_us,
        expires_us=min([end_us for end_us in ends if end_us], default=0),
        sequence=player.sequence,
    )


_WHY = {
    Blocker.STATUS: "it is not to be had",
    Blocker.WINDOW: "it is not available at this time",
    Blocker.UNLOCK: "it is locked",
}


def _refusal(seeker: Seeker, quest: Quest, reason: Reason) -> RenownError:
    """What starting is refused with; what is secret is not named."""
    match reason.blocker:
        case Blocker.ACTIVE:
            run = seeker.run(quest)
            if run is not None and run.completed_us:
                return QuestUnavailable(quest.id, "its reward waits to be claimed")
            return QuestActive(quest.id)
        case Blocker.COMPLETED:
            when = "in this period" if reason.available_us else "and can't be repeated"
            return QuestUnavailable(quest.id, f"it is completed {when}")
        case Blocker.LIMIT:
            return QuestLimit(reason.required)
        case Blocker.LEVEL:
            return LevelTooLow(reason.required, reason.current)
        case Blocker.ITEM:
            return InsufficientItems(reason.id, reason.required, reason.current)
        case Blocker.QUEST:
            return RequirementNotMet(f"the quest {reason.id}")
        case Blocker.ACHIEVEMENT:
            return RequirementNotMet(f"the achievement {reason.id}")
        case Blocker.SKILL:
            return RequirementNotMet(f"{reason.required} {reason.id}")
        case Blocker.SECRET:
            return RequirementNotMet("something secret")
    return QuestUnavailable(quest.id, _WHY[reason.blocker])
