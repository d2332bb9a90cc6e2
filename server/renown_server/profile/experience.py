"""XP and levels; pure."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.catalog.levels import LevelTable
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.engine.facts import LevelUp, XpAdjusted, XpGained
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import XpOutOfRange
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
    streak_bp: int = BASIS_POINTS,
    boosts: Iterable[Factor] = (),
    others: Iterable[Factor] = (),
    at_most: int | None = None,
    level_max: int = AMOUNT_MAX,
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
        streak_bp: the streak's factor.
        boosts: (source, basis points) that act for a time and do so now; the catalog may cap them.
        others: further factors.
        at_most: what a daily cap has left, or None.
        level_max: the highest level that is not held back; see `progress.gates`.

    Returns:
        The fact, or None if there was no XP to give.
    """
    if not base:
        return None
    catalog = work.catalog
    rate_bp = beyond_rate_bp(catalog.levels)
    outcome = calculate_xp(
        base,
        bonuses=catalog.bonuses,
        perfect=perfect,
        fast=fast,
        first_try=first_try,
        streak_bp=streak_bp,
        boosts=boosts,
        boosts_max_bp=catalog.progression.multiplier_max_bp,
        others=others,
        prestige=player.prestige,
        rate_bp=rate_bp,
        room=room_to_soft_cap(catalog.levels, player.xp) if rate_bp < BASIS_POINTS else 0,
    )
    # XP never passes 2^53-1, whatever is earned: what is beyond is lost.
    room = AMOUNT_MAX - max(player.xp, player.lifetime_xp)
    amount = min(outcome.amount, room if at_most is None else min(room, at_most))
    work.touch(player)
    level_before = player.level
    player.xp += amount
    player.lifetime_xp += amount
    player.level = max(level_before, min(level_for(catalog.levels, player.xp), level_max))
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
        prestige=player.prestige,
    )
    work.emit(player.player_id, fact)
    if amount and catalog.listens:
        work.signal(SignalKind.XP, player.player_id, "", amount, rule)
    if player.level > level_before:
        _tell_levels(work, player, level_before)
    return fact


def catch_up(work: Work, player: PlayerState, level_max: int) -> bool:
    """Reaches the levels that the XP stands for and that were held back.

    Args:
        work: the batch.
        player: whose levels.
        level_max: the highest level that is not held back.

    Returns:
        Whether there were any; their rewards are the caller's business.
    """
    level_before = player.level
    level = min(level_for(work.catalog.levels, player.xp), level_max)
    if level <= level_before:
        return False
    work.touch(player)
    player.level = level
    _tell_levels(work, player, level_before)
    return True


def _tell_levels(work: Work, player: PlayerState, level_before: int) -> None:
    """A fact for each level, and one signal: who listens looks at the level there is now."""
    for level in range(level_before + 1, player.level + 1):
        work.emit(
            player.player_id,
            LevelUp(rule="level_curve", level=level, prestige=player.prestige),
        )
    work.signal(SignalKind.LEVEL, player.player_id, "", player.level, "level_curve")


def take_level_rewards(work: Work, player: PlayerState) -> range:
    """The levels whose rewards are due now, lowest first; marks them as paid.

    Each is paid once per level and prestige: the mark only falls when levels are taken back.
    """
    due = range(player.reward_level + 1, player.level + 1)
    if due:
        work.touch(player)
        player.reward_level = player.level
    return due


def adjust_xp(
    work: Work, player: PlayerState, amount: int, *, rule: str, level_max: int = AMOUNT_MAX
) -> None:
    """Corrects a player's XP by hand; the level follows, down as well as up.

    The rewards of levels that are lost stay, and so does the mark of paid levels: none of them is
    paid twice. The rewards of those gained are the caller's business.

    Args:
        work: the batch.
        player: whose XP.
        amount: signed.
        rule: why.
        level_max: as in `gain_xp`.

    Raises:
        XpOutOfRange: it would fall below 0, or pass 2^53-1.
    """
    xp, lifetime = player.xp + amount, player.lifetime_xp + amount
    if xp < 0 or max(xp, lifetime) > AMOUNT_MAX:
        raise XpOutOfRange(xp if xp < 0 else max(xp, lifetime))
    levels, level_before = work.catalog.levels, player.level
    level = _level_after_loss(levels, player, xp)
    if amount > 0:
        level = max(level_before, min(level_for(levels, xp), level_max))
    work.touch(player)
    player.xp, player.lifetime_xp, player.level = xp, lifetime, level
    _tell_adjusted(work, player, amount, level_before, rule)
    if amount > 0:
        work.signal(SignalKind.XP, player.player_id, "", amount, rule)
    if level > level_before:
        _tell_levels(work, player, level_before)


def lose_xp(
    work: Work, player: PlayerState, amount: int, *, rule: str, prestige: int | None = None
) -> range:
    """Takes XP from a player, and the levels that rest on it; never below 0.

    The mark of paid levels falls with the level, so that who earns one again is paid again; but
    where it stands above the level, after a correction by hand, the rewards stay.

    Args:
        work: the batch.
        player: whose XP.
        amount: how much.
        rule: why.
        prestige: the one in which it was gained; the present one if None. What an earlier one has
            left behind is not taken from what was gained since.

    Returns:
        The levels that were paid and are no longer held, lowest first.
    """
    work.touch(player)
    level_before, lifetime_before = player.level, player.lifetime_xp
    is_left_behind = prestige is not None and prestige != player.prestige
    xp = player.xp if is_left_behind else max(0, player.xp - amount)
    player.level = _level_after_loss(work.catalog.levels, player, xp)
    player.xp = xp
    player.lifetime_xp = max(xp, lifetime_before - amount)
    lost = range(0)
    if player.reward_level <= level_before:
        lost = range(player.level + 1, player.reward_level + 1)
        player.reward_level = min(player.reward_level, player.level)
    _tell_adjusted(work, player, player.lifetime_xp - lifetime_before, level_before, rule)
    return lost


def _level_after_loss(levels: LevelTable, player: PlayerState, xp: int) -> int:
    """The level with less XP. One that an easier curve gave is not lost for being above today's."""
    stood, stands = level_for(levels, player.xp), level_for(levels, xp)
    return min(player.level, max(stands, player.level - (stood - stands)))


def _tell_adjusted(
    work: Work, player: PlayerState, amount: int, level_before: int, rule: str
) -> None:
    work.emit(
        player.player_id,
        XpAdjusted(
            rule=rule,
            amount=amount,
            total=player.xp,
            level_before=level_before,
            level=player.level,
            lifetime=player.lifetime_xp,
        ),
    )
