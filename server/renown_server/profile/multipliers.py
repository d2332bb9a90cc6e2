"""A player's multipliers: which act, what a new one does to the others, and early ends; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.progression import Stacking
from renown_server.engine.facts import MultiplierGranted
from renown_server.engine.work import Work
from renown_server.profile.state import Multiplier, PlayerState
from renown_server.profile.xp import Factor

MULTIPLIERS_MAX = 100
"""Multipliers that a player keeps, past ones for late activities included: they are read whenever
the player is."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """What a new multiplier makes of a player's.

    Attributes:
        kept: all of them, the new one last.
        granted: the new one as it acts now; an older one that lasts longer, if it joins that.
        added_us: by how much it lasts longer.
        ended: those that it ends, as they were.
    """

    kept: tuple[Multiplier, ...]
    granted: Multiplier
    added_us: int
    ended: tuple[Multiplier, ...] = ()


def acting(player: PlayerState, at_us: int) -> tuple[Factor, ...]:
    """A player's multipliers that act at a moment, as factors."""
    if not player.multipliers:
        return ()
    return tuple([(each.source, each.factor_bp) for each in acting_of(player.multipliers, at_us)])


def acting_of(multipliers: tuple[Multiplier, ...], at_us: int) -> list[Multiplier]:
    """Those that act at a moment: of sources that have one marked HIGHEST, only the highest."""
    found = [each for each in multipliers if each.starts_us <= at_us < each.ends_us]
    alone = {each.source for each in found if each.highest}
    if not alone:
        return found
    best: dict[str, Multiplier] = {}
    for each in found:
        known = best.get(each.source)
        if known is None or each.factor_bp > known.factor_bp:
            best[each.source] = each
    return [each for each in found if each.source not in alone or each is best[each.source]]


def grant(
    work: Work,
    player: PlayerState,
    *,
    source: str,
    factor_bp: int,
    duration_us: int,
    rule: str,
    stacking: Stacking | None = None,
) -> None:
    """Lets a factor of XP act from now on.

    Args:
        work: the batch.
        player: whose XP.
        source: names it among the player's multipliers.
        factor_bp: the factor.
        duration_us: for how long.
        rule: why.
        stacking: what happens if one of this source acts already; as the catalog says if None.
    """
    new = Multiplier(source, factor_bp, work.now_us, min(work.now_us + duration_us, AMOUNT_MAX))
    # Late activities may still ask what acted when they happened.
    since_us = work.now_us - work.catalog.lateness_max_us
    known = tuple([each for each in player.multipliers if each.ends_us > since_us])
    done = stacked(known, new, stacking or work.catalog.progression.stacking, work.now_us)
    work.touch(player)
    player.multipliers = done.kept
    for each in done.ended:
        _tell(work, player, each, work.now_us, rule)
    work.emit(
        player.player_id,
        MultiplierGranted(
            rule=rule,
            source=source,
            factor_bp=factor_bp,
            starts_us=done.granted.starts_us,
            ends_us=done.granted.ends_us,
            added_us=done.added_us,
        ),
    )


def stacked(
    known: tuple[Multiplier, ...], new: Multiplier, stacking: Stacking, now_us: int
) -> Stacked:
    """What a new multiplier makes of the known ones.

    - EXTEND: one of its source and factor lasts longer; else it acts beside the others.
    - STACK: it acts beside the others.
    - REPLACE: all others of its source end.
    - HIGHEST: as EXTEND, but of its source only the highest factor acts at a time. Windows go on
      running meanwhile: the second best acts again when the best has ended first.

    Where there are too many, those that end first give way.
    """
    lasts_us = new.ends_us - new.starts_us
    same = [each for each in known if each.source == new.source and each.ends_us > now_us]
    if stacking is Stacking.REPLACE:
        others = [_until(each, now_us) if each in same else each for each in known]
        return Stacked(_bounded(others, new), new, lasts_us, tuple(same))
    if stacking is Stacking.HIGHEST:
        new = msgspec.structs.replace(new, highest=True)
    for each in same if stacking is not Stacking.STACK else ():
        if each.factor_bp == new.factor_bp:
            longer = msgspec.structs.replace(
                each,
                ends_us=min(each.ends_us + lasts_us, AMOUNT_MAX),
                highest=each.highest or new.highest,
            )
            others = [other for other in known if other is not each]
            return Stacked(_bounded(others, longer), longer, longer.ends_us - each.ends_us)
    return Stacked(_bounded(known, new), new, lasts_us)


def _bounded(others: Iterable[Multiplier], new: Multiplier) -> tuple[Multiplier, ...]:
    """All that ever act, the new one last, and no more than a player keeps."""
    kept = [each for each in others if each.starts_us < each.ends_us]
    while len(kept) >= MULTIPLIERS_MAX:
        kept.remove(min(kept, key=lambda each: each.ends_us))
    return (*kept, new)


def _until(known: Multiplier, ends_us: int) -> Multiplier:
    """The same, but for what it would act from a moment on."""
    if known.ends_us <= ends_us:
        return known
    return msgspec.structs.replace(known, ends_us=ends_us)


def end_all(work: Work, player: PlayerState, *, rule: str) -> None:
    """Ends everything that acts; what it has multiplied already stays."""
    if not player.multipliers:
        return
    work.touch(player)
    for each in player.multipliers:
        if each.ends_us > work.now_us:
            _tell(work, player, each, work.now_us, rule)
    cut = [_until(each, work.now_us) for each in player.multipliers]
    player.multipliers = tuple([each for each in cut if each.starts_us < each.ends_us])


def _tell(work: Work, player: PlayerState, known: Multiplier, ends_us: int, rule: str) -> None:
    """Says that a multiplier ends earlier than it would have, or later."""
    work.emit(
        player.player_id,
        MultiplierGranted(
            rule=rule,
            source=known.source,
            factor_bp=known.factor_bp,
            starts_us=known.starts_us,
            ends_us=ends_us,
            added_us=ends_us - known.ends_us,
        ),
    )


def shorten(work: Work, player: PlayerState, grant: MultiplierGranted) -> None:
    """Takes from a multiplier what a grant has added, as far as it has not passed yet.

    What it has multiplied already stays.
    """
    added_us = grant.added_us or grant.ends_us - grant.starts_us
    for place, known in enumerate(player.multipliers):
        same = (known.source, known.factor_bp, known.starts_us)
        if same != (grant.source, grant.factor_bp, grant.starts_us):
            continue
        ends_us = max(known.starts_us, min(known.ends_us, work.now_us), known.ends_us - added_us)
        if ends_us == known.ends_us:
            continue
        work.touch(player)
        kept = list(player.multipliers)
        kept[place] = msgspec.structs.replace(known, ends_us=ends_us)
        player.multipliers = tuple([each for each in kept if each.starts_us < each.ends_us])
        _tell(work, player, known, ends_us, f"revoke:{grant.rule}")
        return
