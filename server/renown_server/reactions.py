"""What follows from what a command did: achievements, badges and quests; pure.

Rules leave signals of what happened and awards of what is to be given. They are worked off in the
order in which they came, and each may cause others. The slices that react to them don't know each
other; only this module knows all of them. What is paid here never refuses the command.
"""

from __future__ import annotations

from renown_server.achievements import rules as achievements
from renown_server.badges import rules as badges
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import CascadeTooLong
from renown_server.inventory import rewards
from renown_server.leaderboards.entries import submit
from renown_server.profile.state import PlayerBook
from renown_server.quests import rules as quests

WORKLIST_MAX = 1_000
"""Signals and awards that one command may cause. The catalog's rules leave no cycles, so that only
definitions that ask for each other by the hundred come near."""


def react(work: Work) -> None:
    """Works off what a command has left, and what comes of it.

    Raises:
        CascadeTooLong: there is no end to it.
        NotLoaded: more must be known.
    """
    pending = work.pending
    if not pending:
        return
    while pending:
        work.reacted += 1
        if work.reacted > WORKLIST_MAX:
            raise CascadeTooLong(WORKLIST_MAX)
        each = pending.popleft()
        # What follows from a late activity counts where that happened, as it does itself.
        work.occurred_us = each.occurred_us or work.now_us
        if isinstance(each, Award):
            _give(work, each)
        else:
            _hear(work, each)


def _hear(work: Work, signal: Signal) -> None:
    """Tells a signal to those who may listen."""
    known = work.catalog.progression
    if signal.kind is SignalKind.CURRENCY:
        for board in work.catalog.boards_on_currency.get(signal.key, ()):
            submit(work, signal.player_id, board, signal.amount, signal.occurred_us, signal.rule)
    if signal.kind is SignalKind.ACHIEVEMENT and known.level_achievements:
        rewards.release_levels(work, work.slice(PlayerBook).get(signal.player_id))
    if known.listeners.achievements:
        achievements.on_signal(work, signal)
    if known.badges:
        badges.on_signal(work, signal)
    if known.quests:
        quests.on_signal(work, signal)


def _give(work: Work, award: Award) -> None:
    """Gives what a reward holds that lies above the slice which pays it."""
    match award.kind:
        case AwardKind.BADGE:
            badges.award(
                work,
                award.player_id,
                award.key,
                award.quantity,
                rule=award.rule,
                counter_account=badges.ISSUANCE,
                reason=award.reason,
                awarded_by=award.awarded_by,
            )
        case AwardKind.ACHIEVEMENT:
            achievements.grant(
                work,
                award.player_id,
                award.key,
                rule=award.rule,
                granted_by=award.awarded_by,
                occurred_us=work.occurred_us,
            )
        case AwardKind.QUEST:
            quests.unlock(work, award.player_id, award.key, award.rule)
