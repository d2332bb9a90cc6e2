"""What streaks pay: for each day, and once for lengths; pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from renown_server.catalog.goods import Reward
from renown_server.catalog.streaks import Streak
from renown_server.engine.facts import StreakMilestoneReached
from renown_server.engine.work import Work
from renown_server.inventory import rewards
from renown_server.profile.state import PlayerState
from renown_server.progress.streak_days import Run
from renown_server.progress.values import StreakState

ISSUANCE = "issuance:streak"


def pay_up_to(streak: Streak, state: StreakState, run: Run) -> tuple[StreakState, tuple[int, ...]]:
    """Notes the milestones that a streak has reached.

    What was joined to one streak has been paid up to the highest of what its parts were: none of
    them is paid twice.

    Returns:
        The state, and the milestones to be paid.
    """
    parts = [days for first, days in state.paid if run.start_day <= first <= run.last_day]
    paid = max(parts, default=0)
    due = tuple([days for days, _ in streak.milestones if paid < days <= run.length])
    mark = due[-1] if due else paid
    known_from = state.runs[0][0]
    others = [
        each
        for each in state.paid
        if each[0] >= known_from and not run.start_day <= each[0] <= run.last_day
    ]
    marks = tuple(sorted([*others, (run.start_day, mark)])) if mark else tuple(others)
    if marks != state.paid:
        state = msgspec.structs.replace(state, paid=marks)
    return state, due


def pay_milestones(
    work: Work, player: PlayerState, streak: Streak, run: Run, due: Iterable[int]
) -> None:
    """Tells of milestones and pays for them; it is never refused."""
    by_days = dict(streak.milestones)
    for days in due:
        work.emit(
            player.player_id,
            StreakMilestoneReached(
                rule=streak.rule, streak=streak.id, days=days, start_day=run.start_day
            ),
        )
        pay(work, player, streak, by_days[days])


def pay(work: Work, player: PlayerState, streak: Streak, reward: Reward) -> None:
    """Gives what a day or a milestone pays; it is never refused."""
    rewards.pay_freely(work, player.player_id, reward, rule=streak.rule, counter_account=ISSUANCE)
