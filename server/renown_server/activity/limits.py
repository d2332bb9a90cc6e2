"""How often an activity type counts: cooldowns and caps a local day; pure."""

from __future__ import annotations

from datetime import date

from renown_server.catalog.snapshot import ActivityType
from renown_server.engine.clock import rfc3339
from renown_server.engine.work import Work
from renown_server.errors import Cooldown, DailyCap
from renown_server.profile.days import local_day
from renown_server.profile.state import PlayerState, Usage

_EPOCH_DAY = date(1970, 1, 1).toordinal()

TIMES_MAX = 16
"""How many times of a type with a cooldown a player's row keeps."""


def has_limits(kind: ActivityType) -> bool:
    """Whether uses of the type are counted at all."""
    return bool(kind.cooldown_us or kind.daily_cap or kind.daily_xp_cap)


def check_use(player: PlayerState, kind: ActivityType, occurred_us: int) -> None:
    """Checks that the type counts at this moment.

    A cooldown looks both ways, because late activities arrive out of order.

    Raises:
        Cooldown: too close to the latest one.
        DailyCap: the local day it occurred on is full.
    """
    usage = player.usage.get(kind.id)
    if usage is None:
        return
    if kind.cooldown_us:
        _check_cooldown(usage, kind, occurred_us)
    if kind.daily_cap:
        day = local_day(player, occurred_us)
        if _of_day(usage, day)[1] >= kind.daily_cap:
            name = date.fromordinal(day + _EPOCH_DAY).isoformat()
            raise DailyCap(kind.id, kind.daily_cap, name)


def _check_cooldown(usage: Usage, kind: ActivityType, occurred_us: int) -> None:
    times_us = usage.times_us
    for time_us in reversed(times_us):
        if abs(occurred_us - time_us) < kind.cooldown_us:
            raise Cooldown(kind.id, rfc3339(time_us + kind.cooldown_us))
    if len(times_us) == TIMES_MAX and occurred_us < times_us[0]:
        # Earlier ones are forgotten; it may be too close to one of them.
        raise Cooldown(kind.id, rfc3339(times_us[0] + kind.cooldown_us))


def xp_left_today(player: PlayerState, kind: ActivityType, occurred_us: int) -> int | None:
    """XP the type may still give on the local day; None without a cap."""
    if not kind.daily_xp_cap:
        return None
    usage = player.usage.get(kind.id)
    if usage is None:
        return kind.daily_xp_cap
    return max(0, kind.daily_xp_cap - _of_day(usage, local_day(player, occurred_us))[2])


def note_use(
    work: Work, player: PlayerState, kind: ActivityType, occurred_us: int, xp: int
) -> None:
    """Counts a use, and forgets days that no activity can reach any more."""
    work.touch(player)
    usage = player.usage.get(kind.id, Usage())
    day = local_day(player, occurred_us)
    _, count, given = _of_day(usage, day)
    oldest = local_day(player, work.now_us - work.catalog.lateness_max_us) - 1
    others = [entry for entry in usage.days if entry[0] != day and entry[0] >= oldest]
    player.usage[kind.id] = Usage(
        times_us=_times(work, usage, kind, occurred_us) if kind.cooldown_us else (),
        days=tuple(sorted([*others, (day, count + 1, given + xp)])),
    )


def _times(work: Work, usage: Usage, kind: ActivityType, occurred_us: int) -> tuple[int, ...]:
    """The latest times, without those that no activity can be too close to any more."""
    reach_us = work.now_us - work.catalog.lateness_max_us - kind.cooldown_us
    kept = [time_us for time_us in usage.times_us if time_us > reach_us]
    return tuple(sorted([*kept, occurred_us])[-TIMES_MAX:])


def _of_day(usage: Usage, day: int) -> tuple[int, int, int]:
    for entry in usage.days:
        if entry[0] == day:
            return entry
    return (day, 0, 0)
