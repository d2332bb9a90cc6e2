"""Quests: domain → messages, filled in place."""

from __future__ import annotations

from renown.v1 import quest_service_pb2 as pb
from renown_server.catalog.availability import Status
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.quests import Quest
from renown_server.quests.definitions import Definitions
from renown_server.quests.queries import QuestFigures
from renown_server.quests.runs import period_end_us
from renown_server.quests.seeking import Blocker, Reason, Seeker
from renown_server.quests.views import ObjectiveView, RunView, open_view
from renown_server.wire.timestamps import set_timestamp, to_duration

_AVAILABLE = pb.QUEST_AVAILABILITY_AVAILABLE
_LOCKED = pb.QUEST_AVAILABILITY_LOCKED


def availability(
    quest: Quest, seeker: Seeker, reasons: list[Reason]
) -> pb.QuestAvailability.ValueType:
    """What a player can do with a quest now."""
    run = seeker.run(quest)
    if run is not None:
        if run.completed_us:
            return pb.QUEST_AVAILABILITY_CLAIMABLE
        return pb.QUEST_AVAILABILITY_ACTIVE
    by_kind = {reason.blocker: reason for reason in reasons}
    if quest.status is Status.RETIRED:
        return pb.QUEST_AVAILABILITY_ENDED
    if quest.status is Status.UPCOMING:
        return pb.QUEST_AVAILABILITY_UPCOMING
    if Blocker.WINDOW in by_kind:
        upcoming = by_kind[Blocker.WINDOW].available_us
        return pb.QUEST_AVAILABILITY_UPCOMING if upcoming else pb.QUEST_AVAILABILITY_ENDED
    if Blocker.COMPLETED in by_kind:
        again = by_kind[Blocker.COMPLETED].available_us
        return pb.QUEST_AVAILABILITY_RESETTING if again else pb.QUEST_AVAILABILITY_COMPLETED
    return _LOCKED if reasons else _AVAILABLE


def fill_quest(message: pb.Quest, quest: Quest, seeker: Seeker, definitions: Definitions) -> None:
    """Says what a quest is for a player."""
    definitions.fill(message.definition, quest, seeker)
    reasons = list(seeker.reasons(quest))
    message.availability = availability(quest, seeker, reasons)
    for reason in reasons:
        added = message.reasons.add(
            blocker=reason.blocker.value,
            id=reason.id,
            required=reason.required,
            current=reason.current,
        )
        if reason.available_us:
            set_timestamp(added.available_at, reason.available_us)
    record = seeker.record(quest.id)
    message.times_completed = record.times
    message.rating = record.rating
    if record.first_us:
        set_timestamp(message.first_completed_at, record.first_us)
        set_timestamp(message.last_completed_at, record.last_us)
        message.best_time.CopyFrom(to_duration(record.best_us))
    resets_us = period_end_us(seeker.player, quest, seeker.at_us)
    if resets_us:
        set_timestamp(message.resets_at, resets_us)
    run = seeker.run(quest)
    if run is not None:
        fill_run(message.run, open_view(seeker, quest, quest.id, run))


def fill_run(message: pb.QuestRun, view: RunView) -> None:
    """Says where an attempt stands."""
    message.quest_id = view.quest
    message.attempt = view.attempt
    message.state = view.state  # type: ignore[assignment]
    message.progress_basis_points = view.progress_bp
    for each in view.objectives:
        _fill_objective(message.objectives.add(), each)
    for moment, at_us in (
        ("started_at", view.started_us),
        ("expires_at", view.expires_us),
        ("completed_at", view.completed_us),
        ("claimed_at", view.claimed_us),
        ("ended_at", view.ended_us),
    ):
        if at_us:
            set_timestamp(getattr(message, moment), at_us)


def _fill_objective(message: pb.ObjectiveState, view: ObjectiveView) -> None:
    message.objective_id = view.id
    message.description = view.description
    message.current = view.current
    message.required = view.required
    message.progress_basis_points = view.progress_bp
    message.done = view.done
    message.unlocked = view.unlocked
    message.optional = view.optional
    message.order = view.order
    message.hide_progress = view.hide_progress
    message.checkpoints_reached.extend(view.checkpoints)
    message.next_checkpoint = view.next_checkpoint
    if view.expires_us:
        set_timestamp(message.expires_at, view.expires_us)


def fill_statistics(message: pb.QuestStatistics, figures: QuestFigures) -> None:
    """Says how a quest has fared."""
    message.attempts = figures.attempts
    message.completions = figures.completions
    message.abandonments = figures.abandonments
    message.expirations = figures.expirations
    ended = figures.completions + figures.abandonments + figures.expirations
    if ended:
        message.success_rate_basis_points = figures.completions * BASIS_POINTS // ended
        message.abandonment_rate_basis_points = figures.abandonments * BASIS_POINTS // ended
    if figures.timed:
        message.average_time.CopyFrom(to_duration(figures.time_us // figures.timed))
    if figures.ratings:
        # Rounded half up.
        hundredths = (200 * figures.rating_sum + figures.ratings) // (2 * figures.ratings)
        message.rating_average_hundredths = hundredths
        message.rating_count = figures.ratings
