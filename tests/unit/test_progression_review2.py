"""Badges, streaks and prestige, looked at with fresh eyes: what went wrong between their rules."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from renown.v1 import badge_service_pb2 as pb
from renown.v1 import common_pb2
from renown.v1 import player_profile_service_pb2 as profile_pb
from renown_server import reactions
from renown_server.badges.rpc import BadgeHandlers
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.command import Command, Recorded, RequestKey
from renown_server.engine.facts import BadgeEquipped, StreakAdvanced, StreakAtRisk
from renown_server.errors import BadgeNotFound, InvalidArgument, NotFreezable
from renown_server.players.commands import UpdatePlayer
from renown_server.players.rpc import PlayerChangeHandlers
from renown_server.players.updates import UpdateBody
from renown_server.profile.state import PlayerBook
from renown_server.progress import streak_days
from renown_server.progress.streak_days import SPANS_MAX
from renown_server.progress.values import StreakState
from renown_server.streaks.rules import reset
from tests.kit import badges
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.streaks import Keeper, day, of_type
from tests.kit.trades import NOTHING, accept, cancel, propose, trade_of


def _without(world: World, *names: str) -> None:
    """Lets the catalog drop badges."""
    progression = world.snapshot.progression
    left = {name: badge for name, badge in progression.badges.items() if name not in names}
    world.snapshot = replace(world.snapshot, progression=replace(progression, badges=left))


@pytest.fixture
def wearer() -> World:
    """A player who wears and shows two badges, which is all there is room for, and has a third."""
    world = World(badges.SNAPSHOT, react=badges.react)
    world.run(create("a"))
    for name in ("bronze", "silver", "gold"):
        world.run(badges.award("a", name))
    for name in ("bronze", "silver"):
        world.run(badges.wear("a", name))
        world.run(badges.show_one("a", name))
    return world


def test_a_badge_that_the_catalog_has_dropped_can_be_taken_off(wearer: World) -> None:
    _without(wearer, "bronze")
    facts = wearer.run(badges.take_off("a", "bronze")).facts
    assert facts == [BadgeEquipped("request:UnequipBadge", "bronze", False)]
    wearer.run(badges.show_one("a", "bronze", showcased=False))
    assert wearer.earned("a").honors.badges_showcased == ("silver",)
    wearer.run(badges.wear("a", "gold"))
    assert wearer.earned("a").honors.badges_equipped == ("silver", "gold")


def test_a_badge_that_is_no_more_and_was_not_worn_is_not_found(wearer: World) -> None:
    _without(wearer, "gold")
    for command in (badges.take_off("a", "gold"), badges.show_one("a", "gold", showcased=False)):
        with pytest.raises(BadgeNotFound):
            wearer.run(command)


TRINKETS = """
name: trinkets
settings: {economy: {new_account_hold: 0s}}
currencies: [{code: coins}]
metrics: [{id: lessons}]
levels: {linear: {base: 100}, hard_cap: 20}
activity_types: [{id: lesson, counts: [lessons]}]
badges:
  - {id: bead, acquisition: {giftable: true, tradeable: true, max_per_player: 9}}
  - {id: pearl, acquisition: {giftable: true, tradeable: true}}
achievements:
  - id: jeweller
    repeatable: true
    requirements: {conditions: [{badge: bead, value: 3}]}
    rewards: {currencies: [{currency: coins, amount: 100}]}
  - id: necklace
    requirements: {type: collection, conditions: [{badge: bead}, {badge: pearl}]}
    rewards: {currencies: [{currency: coins, amount: 7}]}
"""


@pytest.fixture
def traders() -> World:
    """Two players in a game with two badges."""
    world = World(snapshot_of(TRINKETS), react=reactions.react)
    for player in ("a", "b"):
        world.run(create(player))
    return world


def test_a_badge_that_goes_to_and_fro_is_earned_once(traders: World) -> None:
    traders.run(badges.award("a", "bead"))
    for _ in range(6):
        traders.run(badges.gift("a", "b", "bead"))
        offered = trade_of(traders.run(propose("b", "a", badges.side(bead=1), NOTHING)))
        traders.run(accept(offered))
    assert [traders.balance(player) for player in ("a", "b")] == [0, 0]
    traders.run(badges.award("a", "bead", 2))
    assert traders.balance("a") == 100


def test_what_comes_back_from_escrow_may_complete_what_asks_for_it(traders: World) -> None:
    traders.run(badges.award("a", "bead"))
    offered = trade_of(traders.run(propose("a", "b", badges.side(bead=1), NOTHING)))
    traders.run(badges.award("b", "pearl"))
    traders.run(badges.gift("b", "a", "pearl"))
    assert traders.balance("a") == 0
    traders.run(cancel(offered))
    assert traders.balance("a") == 7


async def test_a_price_that_names_a_currency_twice_is_none() -> None:
    request = pb.PurchaseBadgeRequest(request_id="r", player_id="a", badge_id="bought")
    for amount in (1, 7):
        request.expected.append(common_pb2.CurrencyAmount(currency="gems", amount=amount))
    with pytest.raises(InvalidArgument):
        await BadgeHandlers(cast(Any, None)).purchase_badge(request, cast(Any, None))


def _date(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def _free_to_freeze(keeper: Keeper) -> None:
    """Lets as many days be frozen as there are, for nothing."""
    progression = keeper.world.snapshot.progression
    streak = progression.streaks["daily"]
    assert streak.freeze is not None
    terms = replace(streak.freeze, days_per_month_max=31, ahead_max_days=3650, price=())
    streaks = {"daily": replace(streak, freeze=terms)}
    keeper.world.snapshot = replace(
        keeper.world.snapshot, progression=replace(progression, streaks=streaks)
    )


def test_a_day_that_was_frozen_does_not_fall_out_before_it_came() -> None:
    keeper = Keeper("2026-01-01")
    _free_to_freeze(keeper)
    first = day("2026-01-03")
    for number in range(1, SPANS_MAX + 1):
        keeper.freeze(_date(first + 2 * number))
    for number in (SPANS_MAX + 1, 0):
        with pytest.raises(NotFreezable):
            keeper.freeze(_date(first + 2 * number))
    assert len(keeper.state().frozen) == SPANS_MAX
    # One that joins others needs no place of its own.
    keeper.freeze(_date(first + 3))
    assert keeper.state().frozen[0] == (first + 2, first + 4)


def test_a_streak_whose_first_days_fall_out_is_not_paid_its_milestones_again() -> None:
    keeper = Keeper("2024-01-01")
    _free_to_freeze(keeper)
    first = day("2024-01-01")
    for number in range(SPANS_MAX + 5):
        keeper.at(_date(first + 2 * number)).act()
        keeper.freeze(_date(first + 2 * number + 1))
    assert len(keeper.state().runs) == SPANS_MAX
    assert keeper.world.balance("p") == 30 + 70 + 140


def _gaps(count: int) -> tuple[StreakState, list[int]]:
    """Every other day active and paid as one streak; the days between are to be no gaps."""
    runs = tuple([(each, each) for each in range(0, 2 * count, 2)])
    return StreakState(runs=runs[-SPANS_MAX:]), [each + 1 for each, _ in runs]


def test_a_streak_that_loses_what_bridged_its_beginning_stays_paid() -> None:
    state, missed = _gaps(SPANS_MAX)
    state = streak_days.repair(state, missed, "UTC")
    assert streak_days.history(state, "UTC")[-1].length == SPANS_MAX
    paid = StreakState(
        runs=state.runs, repaired=state.repaired, longest=SPANS_MAX, paid=((0, 100),)
    )
    later = 2 * SPANS_MAX + 1
    for cut in (
        streak_days.repair(paid, [later], "UTC"),
        streak_days.freeze(
            StreakState(
                runs=paid.runs,
                frozen=tuple([(each, each) for each in missed]),
                longest=SPANS_MAX,
                paid=paid.paid,
            ),
            later,
            later,
            "UTC",
        ),
    ):
        assert [run.length for run in streak_days.history(cut, "UTC")] == [1, SPANS_MAX - 1]
        assert cut.paid == ((0, 100), (2, 100))
        # What was longest stays so, even if a day of it is taken back.
        left = streak_days.remove_day(cut, 2 * SPANS_MAX - 2, "UTC")
        assert left.longest == SPANS_MAX


def test_a_day_that_has_counted_ahead_of_the_clock_does_not_count_again_after_a_prestige() -> None:
    keeper = Keeper("2026-11-02", now="23:59:30")
    keeper.act("lesson", "2026-11-03", "00:00")
    assert keeper.world.balance("p", "points") == 5
    keeper.world.run(Odd(lambda work: reset(work, work.slice(PlayerBook).get("p")), "p"))
    facts = keeper.at("2026-11-03").act()
    assert not of_type(facts, StreakAdvanced)
    assert keeper.world.balance("p", "points") == 5
    assert of_type(keeper.at("2026-11-04").act(), StreakAdvanced)


def test_who_moves_is_told_of_a_streak_at_risk_by_the_new_zones_clock() -> None:
    keeper = Keeper("2026-11-02", "Pacific/Pago_Pago", "20:00")
    keeper.act()
    body = UpdateBody("r-1", "p", time_zone="Asia/Tokyo")
    key = RequestKey("key:s", body.request_id)
    keeper.world.run(UpdatePlayer(key=key, players=("p",), principal="key:s", body=body))
    view = keeper.view()
    keeper.world.clock.value_us = view.breaks_us - 3_600_000_000
    assert keeper.view().at_risk
    assert [fact.breaks_us for fact in of_type(keeper.time(), StreakAtRisk)] == [view.breaks_us]


def test_an_achievement_that_asked_for_a_revoked_badge_stays(traders: World) -> None:
    """As the contract of RevokeBadge says."""
    for name in ("bead", "pearl"):
        traders.run(badges.award("a", name))
    traders.run(badges.revoke("a", "pearl"))
    assert traders.earned("a").has_achievement("necklace")


class _Submits:
    """An engine that carries out commands at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def submit(self, command: Command, deadline: float) -> Recorded:
        return self._world.run(command)


async def test_a_retry_after_another_curve_was_published_gets_the_identical_answer(
    traders: World,
) -> None:
    operator = Principal(PrincipalKind.OPERATOR, "key:op")
    call = CallContext("AdjustXp", operator, math.inf)
    request = profile_pb.AdjustXpRequest(request_id="r-1", player_id="a", amount=150, reason="x")
    answers = []
    for text in (TRINKETS, TRINKETS.replace("base: 100", "base: 60")):
        traders.snapshot = snapshot_of(text)
        handlers = PlayerChangeHandlers(
            engine=cast(Any, _Submits(traders)), catalog=CatalogHolder(traders.snapshot)
        )
        answers.append(await handlers.adjust_xp(request, call))
    assert answers[0] == answers[1]
