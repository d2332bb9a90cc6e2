"""Repairing a broken streak: the days that were missed are paid for; pure."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.streaks import Streak, StreakRepair
from renown_server.engine.facts import StreakRepaired
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import NothingToRepair, PriceChanged
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import StreakState
from renown_server.streaks.ending import save
from renown_server.streaks.paying import pay_milestones, pay_up_to
from renown_server.streaks.prices import charge, price_of
from renown_server.streaks.standing import NO_DAYS, definition, end_of_day


class Offer(NamedTuple):
    """A broken streak that can be repaired.

    Attributes:
        terms: what each day costs.
        missed: the days to be paid for.
        days: the active days of the streak once it is repaired.
        until_us: when it can no longer be repaired, or a further day is missed.
    """

    terms: StreakRepair
    missed: tuple[int, ...]
    days: int
    until_us: int


def offer_of(player: PlayerState, streak: Streak, state: StreakState, now_us: int) -> Offer | None:
    """What it takes to make the last streak whole; None if it can't be.

    It is the one that has just broken, or the one before the gap if another has begun since.
    """
    terms, zone = streak.repair, player.time_zone
    if terms is None or not state.runs:
        return None
    today = day_of(player, now_us)
    missed = _missed(state, today, zone, terms.window_days)
    if not missed or len(missed) > terms.missed_days_max or today > missed[0] + terms.window_days:
        return None
    whole = streak_days.repair(state, missed, zone)
    until_us = min(
        end_of_day(player, streak_days.needed_day(whole, zone)),
        end_of_day(player, missed[0] + terms.window_days),
    )
    return Offer(terms, missed, streak_days.history(whole, zone)[-1].length, until_us)


def _missed(state: StreakState, today: int, zone: str, window_days: int) -> tuple[int, ...]:
    needed = streak_days.needed_day(state, zone)
    if needed < today:
        # Of what was missed years ago there is no need to count the days.
        if today - needed > window_days:
            return ()
        return streak_days.missed(state, today, zone)
    runs = streak_days.history(state, zone)
    if len(runs) == 1:
        return ()
    before, last = runs[-2:]
    if today - before.last_day > window_days + 366:
        return ()
    cut = tuple([span for span in state.runs if span[1] <= before.last_day])
    return streak_days.missed(msgspec.structs.replace(state, runs=cut), last.start_day, zone)


def repair(work: Work, player: PlayerState, streak_id: str, expected: CurrencyAmounts = ()) -> None:
    """Pays for the days that were missed: the streak goes on as if it had never broken.

    Args:
        work: the batch.
        player: whose streak.
        streak_id: which.
        expected: the price the player was shown; empty for any.

    Raises:
        StreakNotFound: the catalog has none.
        NothingToRepair: it is not broken, or too much is missing or past.
        PriceChanged: the price is not the expected one.
        PriceOutOfRange: the price would pass 2^53-1.
        InsufficientFunds, InsufficientItems, ItemEquipped: it can't be paid.
    """
    streak = definition(work, streak_id)
    streaks = work.slice(ProgressBook).progress(player.player_id).streaks
    state = streaks.get(streak_id, NO_DAYS)
    offer = offer_of(player, streak, state, work.now_us)
    if offer is None:
        raise NothingToRepair(streak_id)
    if expected and dict(expected) != dict(price_of(offer.terms, len(offer.missed))):
        raise PriceChanged(streak_id)
    charge(work, player.player_id, offer.terms, len(offer.missed), rule=streak.rule)
    state = streak_days.repair(state, offer.missed, player.time_zone)
    run = streak_days.history(state, player.time_zone)[-1]
    if state.broken_day >= run.last_day:
        # It goes on; that it breaks another time is told again.
        state = msgspec.structs.replace(state, broken_day=run.last_day - 1)
    work.emit(
        player.player_id,
        StreakRepaired(rule=streak.rule, streak=streak_id, current=run.length, days=offer.missed),
    )
    state, due = pay_up_to(streak, state, run)
    save(work, player, streak, state)
    pay_milestones(work, player, streak, run, due)
    work.signal(SignalKind.STREAK, player.player_id, streak_id, run.length, streak.rule)
