"""XP and levels; pure."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import LevelUp, XpAdjusted, XpGained
from renown_server.engine.work import Work
from renown_server.profile.levels import beyond_rate_bp, level_for, room_to_soft_cap
from renown_server.profile.state import PlayerState
from renown_server.profile.xp import Factor, calculate_xp


def gain_xp(
    work: Work,
    player: PlayerState,
    base: int,
    *,
    rule: str,
    perfect: bool = False,
    fast: bool = False,
    first_try: bool = False,
    boosts: Iterable[Factor] = (),
    at_most: int | None = None,
) -> XpGained | None:
    """Gives a player XP, and the levels that follow from it.

    Args:
        work: the batch.
        player: who gets it.
        base: XP before multipliers.
        rule: what gives it.
        perfect: earns the perfect bonus.
        fast: earns the speed bonus.
        first_try: earns the first-try bonus.
        boosts: (source, basis points) that apply now.
        at_most: what a daily cap has left, or None.

    Returns:
        The fact, or None if there was no XP to give.
    """
    if not base:
        return None
    catalog = work.catalog
    outcome = calculate_xp(
        base,
        bonuses=catalog.bonuses,
        perfect=perfect,
        fast=fast,
        first_try=first_try,
        boosts=boosts,
        prestige=player.prestige,
        rate_bp=beyond_rate_bp(catalog.levels),
        room=room_to_soft_cap(catalog.levels, player.xp),
    )
    # XP never passes 2^53-1, whatever is earned: what is beyond is lost.
    room = AMOUNT_MAX - max(player.xp, player.lifetime_xp)
    amount = min(outcome.amount, room if at_most is None else min(room, at_most))
    work.touch(player)
    level_before = player.level
    player.xp += amount
    player.lifetime_xp += amount
    player.level = max(level_before, level_for(catalog.levels, player.xp))
    fact = XpGained(
        rule=rule,
        amount=amount,
        base=base,
        total=player.xp,
        level_before=level_before,
        level=player.level,
        multipliers=outcome.multipliers,
        uncapped=outcome.amount if amount != outcome.amount else -1,
        lifetime=player.lifetime_xp,
    )
    work.emit(player.player_id, fact)
    for level in range(level_before + 1, player.level + 1):
        work.emit(
            player.player_id,
            LevelUp(rule="level_curve", level=level, prestige=player.prestige),
        )
    return fact


def take_level_rewards(work: Work, player: PlayerState) -> range:
    """The levels whose rewards are due now, lowest first; marks them as paid.

    Each is paid once per level and prestige: the mark only falls when levels are taken back.
    """
    due = range(player.reward_level + 1, player.level + 1)
    if due:
        work.touch(player)
        player.reward_level = player.level
    return due


def lose_xp(work: Work, player: PlayerState, amount: int, *, rule: str) -> range:
    """Takes XP from a player, and the levels that rest on it; never below 0.

    A level that an earlier, easier curve gave is not lost for being above today's. The mark of
    paid levels falls with the level, so that who earns one again is paid again.

    Returns:
        The levels that were paid and are no longer held, lowest first.
    """
    work.touch(player)
    levels = work.catalog.levels
    level_before, lifetime_before = player.level, player.lifetime_xp
    stood = level_for(levels, player.xp)
    player.xp = max(0, player.xp - amount)
    player.lifetime_xp = max(0, lifetime_before - amount)
    stands = level_for(levels, player.xp)
    player.level = min(level_before, max(stands, level_before - (stood - stands)))
    lost = range(player.level + 1, player.reward_level + 1)
    player.reward_level = min(player.reward_level, player.level)
    work.emit(
        player.player_id,
        XpAdjusted(
            rule=rule,
            amount=player.lifetime_xp - lifetime_before,
            total=player.xp,
            level_before=level_before,
            level=player.level,
            lifetime=player.lifetime_xp,
        ),
    )
    return lost
