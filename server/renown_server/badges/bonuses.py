"""What equipped badges do to what activities earn; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from renown_server.catalog.badges import Badge, BadgeBonus
from renown_server.engine.work import Work
from renown_server.progress.state import Earned, ProgressBook

XP = "xp"
"""The `stat` of a bonus that acts on XP; any other is a currency's code."""

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Bonuses(msgspec.Struct, frozen=True):
    """All that a player's equipped badges do, added up.

    Attributes:
        xp_percent_bp: the share that is added to XP, in basis points.
        xp_flat: XP that every activity earns besides.
        currency_percent_bp: as `xp_percent_bp`, by currency.
        currency_flat: as `xp_flat`, by currency, in minor units.
    """

    xp_percent_bp: int = 0
    xp_flat: int = 0
    currency_percent_bp: Mapping[str, int] = _NOTHING
    currency_flat: Mapping[str, int] = _NOTHING


NO_BONUSES = Bonuses()


class ActiveBonus(msgspec.Struct, frozen=True, array_like=True):
    """A bonus that acts; `source` is `badge:` or `set:` and the badge's id."""

    source: str
    stat: str
    percent_bp: int
    flat: int


def bonuses(work: Work, player_id: str) -> Bonuses:
    """What a player's equipped badges do to what an activity earns.

    Raises:
        NotLoaded: nobody has looked at what the player has earned.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    # Most players wear nothing, and have nothing to decode.
    if not earned.has("honors") or not earned.honors.badges_equipped:
        return NO_BONUSES
    percent: dict[str, int] = {}
    flat: dict[str, int] = {}
    for each in active(work.catalog.progression.badges, earned):
        if each.percent_bp:
            percent[each.stat] = percent.get(each.stat, 0) + each.percent_bp
        if each.flat:
            flat[each.stat] = flat.get(each.stat, 0) + each.flat
    return Bonuses(percent.pop(XP, 0), flat.pop(XP, 0), percent, flat)


def active(badges: Mapping[str, Badge], earned: Earned) -> tuple[ActiveBonus, ...]:
    """The bonuses that act, in the order in which their badges were equipped.

    Args:
        badges: the catalog's.
        earned: the player's.
    """
    return tuple(
        [
            bonus
            for name in earned.honors.badges_equipped
            if (badge := badges.get(name)) is not None
            for bonus in _of_badge(badge, earned)
        ]
    )


def _of_badge(badge: Badge, earned: Earned) -> Iterator[ActiveBonus]:
    owned = earned.badge_count(badge.id)
    if not owned:
        return
    times = owned if badge.stacks else 1
    for bonus in badge.bonuses:
        yield _times(f"badge:{badge.id}", bonus, times)
    if set_acts(badge, earned):
        for bonus in badge.set_bonuses:
            yield _times(f"set:{badge.id}", bonus, 1)


def set_acts(badge: Badge, earned: Earned) -> bool:
    """Whether a badge's set is owned; who looks knows that the badge is equipped."""
    return bool(badge.set_badges) and all(map(earned.badge_count, badge.set_badges))


def _times(source: str, bonus: BadgeBonus, times: int) -> ActiveBonus:
    return ActiveBonus(source, bonus.stat, bonus.percent_bp * times, bonus.flat * times)
