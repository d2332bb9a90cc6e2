"""Which offers a rotation puts on sale: its turns, and the draw for each of them; pure.

Every worker comes to the same result without asking anybody: a turn follows from the schedule, and
its offers from the rotation's id and the turn's start alone.

The draw is weighted and without replacement. Each offer gets a number in (0, 1) of its own, from
SHA-256 of the rotation, the turn and the offer; `-ln(number) / weight` is how late it arrives, and
the first `size` to arrive are on sale. (A race of exponential clocks: the first is offer `i` with
its share of the weights, and so on with those that remain.) No offer's number depends on another
offer, so a change of the catalog moves as little as it can: a new offer displaces at most one of
those on sale, one that is removed lets one in, and other definitions don't count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from cronsim import CronSim

from renown_server.catalog.goods import Rotation
from renown_server.engine.clock import from_us, to_us

_BACK = (timedelta(hours=3), timedelta(days=3))
"""Farther back than clocks are set at once: turns are counted from before any change. Three days
are for places that change sides of the date line and leave out a day."""

_EXACT = Context(prec=30)
"""`Decimal.ln` rounds correctly, so it is the same everywhere; `math.log` is not promised to be."""

_NUMBERS = Decimal(2**64 + 1)
_KEPT_MAX = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, microseconds since 1970; an end of 0 is none."""

    starts_us: int
    ends_us: int

    def holds(self, moment_us: int) -> bool:
        """Whether a moment lies in it."""
        return self.starts_us <= moment_us and (not self.ends_us or moment_us < self.ends_us)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a rotation sells in a window.

    Attributes:
        window: from when to when.
        offers: ids of the offers on sale.
    """

    window: Window
    offers: frozenset[str]


_latest: dict[str, tuple[Rotation, Turn]] = {}
"""The turn each rotation was asked for last; it answers nearly every call."""


def turn_at(rotation: Rotation, moment_us: int) -> Turn:
    """The turn that a moment belongs to.

    Args:
        rotation: the rotation.
        moment_us: microseconds since 1970.
    """
    kept = _latest.get(rotation.id)
    # Another version of the catalog has other rotations, though they may be called the same.
    if kept is not None and kept[0] is rotation and kept[1].window.holds(moment_us):
        return kept[1]
    window = _window_at(rotation, moment_us)
    turn = Turn(window, frozenset(draw(rotation, window.starts_us)))
    if len(_latest) >= _KEPT_MAX:
        _latest.clear()
    _latest[rotation.id] = (rotation, turn)
    return turn


def _window_at(rotation: Rotation, moment_us: int) -> Window:
    window = Window(0, 0)
    for back in _BACK:
        window = _between(_ticks(rotation, from_us(moment_us), back), moment_us)
        if window.starts_us:
            break
    return window


def _between(ticks: Iterator[datetime], moment_us: int) -> Window:
    """The last tick up to a moment, and the first after it; 0 where there is none."""
    starts_us = 0
    for tick in ticks:
        at_us = to_us(tick)
        if at_us > moment_us:
            return Window(starts_us, at_us)
        starts_us = at_us
    return Window(starts_us, 0)


def _ticks(rotation: Rotation, moment: datetime, back: timedelta) -> Iterator[datetime]:
    """The schedule's moments, from one before `moment` on.

    Backwards the schedule is only trusted to find where to begin: around a change of clocks it
    leaves out what it finds forwards.
    """
    behind = (moment - back).astimezone(rotation.zone)
    begin = next(CronSim(rotation.cron, behind, reverse=True), behind)
    # The schedule goes on after the moment it is given.
    before = begin.astimezone(UTC) - timedelta(minutes=1)
    return CronSim(rotation.cron, before.astimezone(rotation.zone))


def draw(rotation: Rotation, starts_us: int) -> list[str]:
    """The offers on sale in the turn that begins at `starts_us`, in the order they were drawn."""
    arrivals = [
        (_arrival(f"{rotation.id}\0{starts_us}\0{offer}", weight), offer)
        for offer, weight in rotation.offers
    ]
    return [offer for _, offer in sorted(arrivals)[: rotation.size]]


def _arrival(name: str, weight: int) -> Decimal:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") + 1
    wait = _EXACT.ln(_EXACT.divide(Decimal(number), _NUMBERS))
    return _EXACT.divide(_EXACT.minus(wait), Decimal(weight))
