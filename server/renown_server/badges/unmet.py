"""Badges that asked for something which is taken back; pure."""

from __future__ import annotations

from collections.abc import Iterator

from renown_server.badges import rules
from renown_server.badges.holding import NONE_OWNED, earned_of
from renown_server.catalog.badges import Badge, BadgeMethod
from renown_server.catalog.progression import WATCH_ALL
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.inventory.rules import owned as units_owned
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerBook


def lost(work: Work, signal: Signal) -> Iterator[Award]:
    """The badges that came with something, and by their own way would not come any more.

    Badges of achievements go with these. One that came with a single activity goes with that one.

    Args:
        work: the batch.
        signal: what is taken back: that it happened, once.

    Yields:
        How many to take, as awards of less than nothing.

    Raises:
        NotLoaded: more must be known.
    """
    if signal.kind is SignalKind.ACTIVITY:
        return
    index = work.catalog.progression.listeners.badges
    names = index.get((signal.kind, signal.key), ()) + index.get((signal.kind, WATCH_ALL), ())
    for name in names:
        badge = work.catalog.progression.badges[name]
        met = earned_of(work, signal.player_id).badges.get(name, NONE_OWNED).met
        beyond = met - _met(work, signal, badge) if met else 0
        if beyond > 0:
            yield Award(signal.player_id, AwardKind.BADGE, name, -beyond, f"revoke:{signal.rule}")


def _met(work: Work, signal: Signal, badge: Badge) -> int:
    """How often what a badge asks for is met, as far as a revocation decides it."""
    player_id = signal.player_id
    earned = earned_of(work, player_id)
    met = earned.badges[badge.id].met
    player = work.slice(PlayerBook).get(player_id)
    if player.prestige and badge.min_level:
        return met  # the level was left behind
    if signal.kind is SignalKind.ITEM and not _lacks(work, player_id, badge, signal.key):
        return met
    if badge.method is BadgeMethod.CHALLENGE and badge.quests:
        return min([met, *[_times(work, player_id, quest) for quest in badge.quests]])
    return met if rules.is_met(work, player_id, badge) else 0


def _lacks(work: Work, player_id: str, badge: Badge, item: str) -> bool:
    """Whether too few of an item are left for a badge: nothing else is asked of what was sold."""
    needed = [each.quantity for each in badge.items_needed if each.item == item]
    work.slice(InventoryBook).require(player_id, [item])
    return any(units_owned(work, player_id, item) < quantity for quantity in needed)


def _times(work: Work, player_id: str, quest: str) -> int:
    record = earned_of(work, player_id).quests.get(quest)
    return record.times if record is not None else 0
