"""Badges: how they come, what they may be used for, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from renown_server.badges import rules
from renown_server.badges.bonuses import NO_BONUSES, Bonuses
from renown_server.engine.command import Command
from renown_server.engine.facts import (
    BadgeChanged,
    BadgeCollectionCompleted,
    BadgeEquipped,
    CurrencyChanged,
    GiftReceived,
    GiftSent,
    XpGained,
    decode_facts,
)
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import (
    AccountTooNew,
    AlreadySpent,
    BadgeInUse,
    BadgeLimit,
    BadgeNotFound,
    EquipLimit,
    InsufficientBadges,
    InsufficientFunds,
    InsufficientItems,
    LevelTooLow,
    NoEvolution,
    NotForSale,
    NotGiftable,
    PriceChanged,
    RenownError,
    RequirementNotMet,
    ShowcaseLimit,
)
from renown_server.inventory.clawback import Policy
from renown_server.progress.state import ProgressBook
from tests.kit.badges import (
    SNAPSHOT,
    Done,
    award,
    buy,
    check_badges,
    counts,
    done,
    evolve,
    gift,
    react,
    revoke,
    show,
    show_one,
    statistics,
    take_off,
    wear,
)
from tests.kit.commands import activity, create, credit, debit
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, NOON
from tests.kit.trades import give

PLAYERS = ("a", "b")


@pytest.fixture
def world() -> Iterator[World]:
    """Two players; in the end every badge is where the facts say."""
    world = World(SNAPSHOT, react=react)
    for player in PLAYERS:
        world.run(create(player))
    yield world
    check_badges(world, PLAYERS)


def with_progression(world: World, **changes: Any) -> None:
    """Changes the catalog's settings of progression."""
    progression = replace(world.snapshot.progression, **changes)
    world.snapshot = replace(world.snapshot, progression=progression)


def with_badge(world: World, badge: str, **changes: Any) -> None:
    """Changes a badge of the catalog."""
    badges = dict(world.snapshot.progression.badges)
    badges[badge] = replace(badges[badge], **changes)
    with_progression(world, badges=badges)


def refused(world: World, command: Command, error: type[RenownError]) -> RenownError:
    """The refusal, which has changed nothing but its own record."""
    before = {**world.state(), "requests": {}}
    with pytest.raises(error) as found:
        world.run(command)
    assert {**world.state(), "requests": {}} == before
    return found.value


def bonuses(world: World, player: str = "a") -> Bonuses:
    """What a player's badges do."""
    work = world.open([wear(player, "bronze")])
    return rules.bonuses(work, player)


class TestMethods:
    def test_with_an_achievement_each_time(self, world: World) -> None:
        facts = world.run(done("a", achievement="scholar")).facts
        assert facts == [
            BadgeChanged("achievement:scholar", "silver", 1, 1, "issuance:badge"),
        ]
        for _ in range(4):
            world.run(done("a", achievement="scholar"))
        # Never more than the badge allows, and nobody is refused for it.
        assert counts(world, "a") == {"silver": 3}
        assert statistics(world, "silver") == {"earned": 3, "owners": 1}

    def test_with_an_activity_in_a_window(self, world: World) -> None:
        world.run(activity("a", "lesson"))
        assert counts(world, "a") == {}
        world.run(activity("a", "visit"))
        assert counts(world, "a") == {"festive": 1}
        # A late one counts where it happened.
        world.clock.advance(timedelta(days=1))
        world.run(activity("a", "visit"))
        assert counts(world, "a") == {"festive": 1}
        with_late = replace(world.snapshot, lateness_max_us=3 * DAY)
        world.snapshot = with_late
        world.run(activity("a", "visit", occurred_at_us=NOON))
        assert counts(world, "a") == {"festive": 2}

    def test_an_event_gives_no_more_to_who_gives_it_away(self, world: World) -> None:
        for _ in range(2):
            world.run(activity("a", "visit"))
        assert counts(world, "a")["festive"] == 2
        world.run(gift("a", "b", "festive"))
        world.run(activity("a", "visit"))
        assert (counts(world, "a")["festive"], counts(world, "b")["festive"]) == (1, 1)

    def test_with_a_level_once(self, world: World) -> None:
        world.run(activity("a", "march"))
        assert "veteran" not in counts(world, "a")
        (badge,) = [
            fact
            for fact in world.run(activity("a", "march")).facts
            if isinstance(fact, BadgeChanged)
        ]
        assert badge == BadgeChanged("level:3", "veteran", 1, 1, "issuance:badge")
        # Another level is no other milestone, even for who has given the badge away.
        world.run(gift("a", "b", "veteran"))
        world.run(activity("a", "march"))
        assert counts(world, "a") == {}

    def test_with_quests_and_a_level_all_of_them(self, world: World) -> None:
        world.run(done("a", quest="intro"))
        world.run(activity("a", "march"))
        assert "hero" not in counts(world, "a")
        world.run(done("a", quest="duel"))
        assert counts(world, "a") == {"hero": 1, "winner": 1}

    def test_with_items_and_badges_that_are_owned(self, world: World) -> None:
        world.run(give("a", ore=3))
        assert counts(world, "a") == {}
        world.run(award("a", "bronze"))
        assert counts(world, "a") == {"bronze": 1, "miner": 1, "pair": 1}
        assert world.items("a") == {("ore", ""): 3}

    def test_with_items_that_come_last(self, world: World) -> None:
        world.run(award("b", "bronze"))
        world.run(give("b", ore=2))
        assert counts(world, "b") == {"bronze": 1}
        world.run(give("b", ore=1))
        assert counts(world, "b") == {"bronze": 1, "miner": 1, "pair": 1}

    def test_with_each_challenge_completed(self, world: World) -> None:
        for expected in (1, 2, 2):
            world.run(done("a", quest="duel"))
            assert counts(world, "a").get("winner") == expected

    def test_by_chance_as_often_as_it_says(self, world: World) -> None:
        with_badge(world, "lucky", max_per_player=1000)
        for _ in range(400):
            world.run(activity("a", "roll"))
        assert 150 < counts(world, "a")["lucky"] < 250

    def test_chance_is_not_asked_by_who_can_have_no_more(self, world: World) -> None:
        world.run(award("a", "lucky", 2))
        command = activity("a", "roll")
        world.run(command)
        assert command.tape == []
        assert counts(world, "a") == {"lucky": 2}

    def test_bought(self, world: World) -> None:
        world.run(activity("a", "march"))
        world.run(give("a", ore=1))
        world.run(credit("a", gems=20))
        assert isinstance(refused(world, buy("a", "bought", gems=6), PriceChanged), PriceChanged)
        facts = world.run(buy("a", "bought", gems=7)).facts
        assert facts == [
            CurrencyChanged("badge:bought", "gems", -7, 13, "sink:badge"),
            BadgeChanged("request:PurchaseBadge", "bought", 1, 1, "issuance:badge"),
            CurrencyChanged("badge:bought", "coins", 3, 3, "issuance:badge"),
        ]
        world.run(buy("a", "bought"))
        refused(world, buy("a", "bought"), BadgeLimit)
        assert counts(world, "a") == {"bought": 2}
        assert world.items("a") == {("ore", ""): 1}

    def test_not_bought(self, world: World) -> None:
        refused(world, buy("a", "bought"), LevelTooLow)
        world.run(activity("a", "march"))
        refused(world, buy("a", "bought"), RequirementNotMet)
        world.run(give("a", ore=1))
        refused(world, buy("a", "bought"), InsufficientFunds)
        refused(world, buy("a", "bronze"), NotForSale)
        refused(world, buy("a", "nothing"), BadgeNotFound)
        with_badge(world, "bought", window=replace(SNAPSHOT.progression.badges["festive"].window))
        world.clock.advance(timedelta(days=2))
        refused(world, buy("a", "bought"), NotForSale)

    def test_given(self, world: World) -> None:
        world.run(award("a", "rose", 3))
        facts = world.run(gift("a", "b", "rose", 2, "for you")).facts
        assert facts == [
            BadgeChanged("request:GiftBadge", "rose", -2, 1, "player:b"),
            GiftSent("request:GiftBadge", "b", "for you", quantity=2, badge="rose"),
        ]
        assert counts(world, "b") == {"rose": 2, "ghost": 1}
        # Whom it was given to has not earned it, and is not counted as awarded.
        assert statistics(world, "rose") == {"earned": 3, "owners": 2}
        received = [fact for fact in facts_of(world, "b") if isinstance(fact, GiftReceived)]
        assert received == [
            GiftReceived("request:GiftBadge", "a", "for you", quantity=2, badge="rose")
        ]

    def test_retired_ones_come_by_hand_only(self, world: World) -> None:
        world.run(activity("a", "march"))
        assert counts(world, "a") == {}
        world.run(award("a", "worn_out"))
        assert counts(world, "a") == {"worn_out": 1}

    def test_definitions_are_counted(self, world: World) -> None:
        work = world.open([wear("a", "bronze")])
        for key, visited in (("lesson", 0), ("visit", 1), ("roll", 2)):
            rules.on_signal(work, Signal("a", SignalKind.ACTIVITY, key, 1, DAY, "test"))
            assert work.visited == visited


def facts_of(world: World, player: str) -> list[Any]:
    """All facts about a player in records that name it."""
    rows = [row for row in world.tables["requests"].values() if row[2] == player]
    return [fact for row in rows for fact in decode_facts(row[9])]


class TestAwards:
    def test_points_are_paid_for_each(self, world: World) -> None:
        recorded = world.run(award("a", "bronze", 2, "for courage"))
        assert recorded.facts[:2] == [
            BadgeChanged("admin", "bronze", 2, 2, "admin", "for courage", "key:op"),
            CurrencyChanged("badge:bronze", "coins", 10, 10, "issuance:badge"),
        ]
        assert world.earned("a").badges["bronze"].reason == "for courage"
        assert world.earned("a").badges["bronze"].awarded_by == "key:op"

    def test_points_are_xp_where_no_currency_is_named(self, world: World) -> None:
        with_progression(world, points_currency="")
        facts = world.run(award("a", "bronze", 2)).facts
        (gained,) = [fact for fact in facts if isinstance(fact, XpGained)]
        assert (gained.rule, gained.amount) == ("badge:bronze", 10)

    def test_more_than_allowed_is_refused_by_hand(self, world: World) -> None:
        world.run(award("a", "bronze", 3))
        refused(world, award("a", "bronze", 3), BadgeLimit)
        refused(world, award("a", "nothing"), BadgeNotFound)

    def test_is_audited(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(revoke("a", "bronze", 1))
        found = {(row[0], row[1], row[2], row[3]) for row in world.tables["audit"].values()}
        assert found == {
            ("key:op", "badge.award", "player:a", "because"),
            ("key:op", "badge.revoke", "player:a", "because"),
        }

    def test_a_collection_pays_once(self, world: World) -> None:
        world.run(award("a", "bronze"))
        facts = world.run(award("a", "silver")).facts
        assert BadgeCollectionCompleted("badge_collection:metals", "metals") in facts
        assert world.balance("a", "gems") == 9
        world.run(revoke("a", "silver"))
        world.run(award("a", "silver"))
        assert world.balance("a", "gems") == 9

    def test_what_a_collection_gives_comes_as_well(self, world: World) -> None:
        world.run(award("a", "rose"))
        assert counts(world, "a") == {"rose": 1, "ghost": 1}
        assert set(world.earned("a").honors.collections) == {"flowers", "shades"}


class TestRevocations:
    def test_takes_all_and_takes_it_off(self, world: World) -> None:
        world.run(award("a", "bronze", 3))
        world.run(wear("a", "bronze"))
        world.run(show("a", "bronze"))
        facts = world.run(revoke("a", "bronze")).facts
        assert facts == [
            BadgeChanged("admin", "bronze", -3, 0, "admin"),
            BadgeEquipped("admin", "bronze", False),
        ]
        assert world.earned("a").honors.badges_showcased == ()
        assert statistics(world, "bronze") == {}
        assert world.balance("a") == 15

    def test_takes_some_and_their_points(self, world: World) -> None:
        world.run(award("a", "bronze", 3))
        facts = world.run(revoke("a", "bronze", 2, take_rewards=True)).facts
        assert facts == [
            BadgeChanged("admin", "bronze", -2, 1, "admin"),
            CurrencyChanged("revoke:badge:bronze", "coins", -10, 5, "clawback:badge:bronze"),
        ]

    def test_points_that_are_spent(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(debit("a", coins=4))
        refused(world, revoke("a", "bronze", take_rewards=True), AlreadySpent)
        world.run(revoke("a", "bronze", take_rewards=True, policy=Policy.DEBT))
        assert world.balance("a") == 0
        assert counts(world, "a") == {}

    def test_points_that_are_xp(self, world: World) -> None:
        with_progression(world, points_currency="")
        world.run(award("a", "gold"))
        world.run(revoke("a", "gold", take_rewards=True))
        assert world.player("a").xp == 0

    def test_what_was_a_gift_has_paid_nothing(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(credit("b", coins=3))
        world.run(gift("a", "b", "bronze", 2))
        world.run(revoke("b", "bronze", take_rewards=True))
        assert world.balance("b") == 3

    def test_takes_what_rests_on_it(self, world: World) -> None:
        world.run(give("a", ore=3))
        world.run(award("a", "bronze", 2))
        world.run(revoke("a", "bronze", 1))
        assert counts(world, "a") == {"bronze": 1, "miner": 1, "pair": 1}
        world.run(revoke("a", "bronze", 1))
        assert counts(world, "a") == {}
        # What is lost with it comes again with it.
        world.run(award("a", "bronze"))
        assert counts(world, "a") == {"bronze": 1, "miner": 1, "pair": 1}

    def test_what_is_taken_by_hand_is_not_earned_again(self, world: World) -> None:
        world.run(activity("a", "march"))
        world.run(activity("a", "march"))
        world.run(revoke("a", "veteran"))
        world.run(activity("a", "march"))
        assert counts(world, "a") == {}

    def test_no_more_than_there_are(self, world: World) -> None:
        world.run(award("a", "bronze"))
        refused(world, revoke("a", "bronze", 2), InsufficientBadges)
        refused(world, revoke("b", "bronze"), InsufficientBadges)
        refused(world, revoke("a", "nothing"), BadgeNotFound)

    def test_a_clawback_lets_it_be_earned_again(self, world: World) -> None:
        world.run(activity("a", "march"))
        world.run(activity("a", "march"))
        work = world.open([wear("a", "veteran")])
        work.begin("test")
        assert rules.stands(work, "a", "veteran")
        taken = rules.take(
            work, "a", "veteran", 9, rule="revoke:level:3", counter_account="clawback:x"
        )
        assert taken == 1
        assert work.slice(ProgressBook).earned("a").badges["veteran"].met == 0
        assert not rules.stands(work, "a", "festive")
        work.rollback()

    def test_what_a_lost_achievement_gave_is_taken_back(self, world: World) -> None:
        for _ in range(3):
            world.run(done("a", achievement="scholar"))
        world.run(wear("a", "silver"))
        rule = "revoke:achievement:scholar"
        lost = Award("a", AwardKind.BADGE, "silver", -2, rule)
        assert world.run(followed_by(lost)).facts == [
            BadgeChanged(rule, "silver", -2, 1, "clawback:achievement:scholar"),
        ]
        assert statistics(world, "silver") == {"earned": 1, "owners": 1, "active": 1}
        more = Award("a", AwardKind.BADGE, "silver", -2, rule)
        assert world.run(followed_by(more)).facts == [
            BadgeChanged(rule, "silver", -1, 0, "clawback:achievement:scholar"),
            BadgeEquipped(rule, "silver", False),
        ]


class Followed(Done):
    """Does nothing but leave an award."""

    __slots__ = ("left",)

    left: Award

    def decide(self, work: Work) -> None:
        """Leaves it."""
        work.award(self.left)


def followed_by(award: Award) -> Followed:
    """A command that leaves an award."""
    model = done(award.player_id)
    command = Followed(
        key=model.key, players=model.players, principal=model.principal, body=model.body
    )
    command.left = award
    return command


class TestWearing:
    def test_only_so_many(self, world: World) -> None:
        for badge in ("bronze", "silver", "gold"):
            world.run(award("a", badge))
        worn = world.run(wear("a", "silver"))
        assert worn.facts == [BadgeEquipped("request:EquipBadge", "silver", True)]
        assert worn.result.equipped == ("silver",)
        world.run(wear("a", "bronze"))
        assert world.run(wear("a", "bronze")).facts == []
        refused(world, wear("a", "gold"), EquipLimit)
        assert statistics(world, "silver")["active"] == 1
        assert world.run(take_off("a", "silver")).result.equipped == ("bronze",)
        assert world.run(take_off("a", "silver")).facts == []
        world.run(wear("a", "gold"))
        assert world.earned("a").honors.badges_equipped == ("bronze", "gold")

    def test_only_what_is_owned(self, world: World) -> None:
        refused(world, wear("a", "bronze"), InsufficientBadges)
        refused(world, wear("a", "nothing"), BadgeNotFound)
        refused(world, wear("a", "ghost"), BadgeNotFound)
        refused(world, take_off("a", "ghost"), BadgeNotFound)
        assert world.run(take_off("a", "bronze")).facts == []

    def test_what_is_shown(self, world: World) -> None:
        for badge in ("bronze", "silver", "gold"):
            world.run(award("a", badge))
        assert world.run(show("a", "silver", "bronze")).result == ("silver", "bronze")
        assert world.run(show("a", "gold")).result == ("gold",)
        assert world.run(show_one("a", "bronze")).result == ("gold", "bronze")
        assert world.run(show_one("a", "bronze")).result == ("gold", "bronze")
        refused(world, show_one("a", "silver"), ShowcaseLimit)
        refused(world, show("a", "gold", "silver", "bronze"), ShowcaseLimit)
        refused(world, show("a", "rose"), InsufficientBadges)
        refused(world, show("a", "ghost"), BadgeNotFound)
        assert world.run(show_one("a", "gold", showcased=False)).result == ("bronze",)
        assert world.run(show("a")).result == ()

    def test_a_smaller_showcase_can_be_emptied(self, world: World) -> None:
        for badge in ("bronze", "silver"):
            world.run(award("a", badge))
        world.run(show("a", "silver", "bronze"))
        with_progression(world, badges_showcased_max=0)
        assert world.run(show_one("a", "silver", showcased=False)).result == ("bronze",)


class TestBonuses:
    def test_nothing_is_decoded_where_nothing_is_worn(self, world: World) -> None:
        assert bonuses(world) is NO_BONUSES
        world.run(award("a", "gold"))
        work = world.open([wear("a", "gold")])
        assert rules.bonuses(work, "a") is NO_BONUSES
        assert work.slice(ProgressBook).earned("a")._open == {}

    def test_once_for_each_that_stacks(self, world: World) -> None:
        world.run(award("a", "silver", 3))
        world.run(wear("a", "silver"))
        assert bonuses(world) == Bonuses(1500, 0, {}, {"coins": 6})
        with_badge(world, "silver", stacks=False)
        assert bonuses(world) == Bonuses(500, 0, {}, {"coins": 2})

    def test_a_set_acts_when_all_of_it_is_owned(self, world: World) -> None:
        for badge in ("gold", "silver", "bronze"):
            world.run(award("a", badge))
        world.run(wear("a", "silver"))
        world.run(wear("a", "gold"))
        assert bonuses(world) == Bonuses(500, 7, {}, {"coins": 2})
        worn = world.run(award("a", "ghost"))
        assert worn.result.count == 1
        assert bonuses(world) == Bonuses(1500, 7, {}, {"coins": 2})
        world.run(take_off("a", "gold"))
        assert bonuses(world) == Bonuses(500, 0, {}, {"coins": 2})

    def test_what_acts_is_said(self, world: World) -> None:
        world.run(award("a", "silver", 2))
        worn = world.run(wear("a", "silver")).result
        assert [(each.source, each.stat, each.percent_bp, each.flat) for each in worn.active] == [
            ("badge:silver", "xp", 1000, 0),
            ("badge:silver", "coins", 0, 4),
        ]


class TestEvolution:
    @pytest.fixture
    def ready(self, world: World) -> World:
        """A player who has all that it takes."""
        world.run(activity("a", "march"))
        world.run(activity("a", "march"))
        world.run(done("a", achievement="scholar"))
        world.run(done("a", achievement="scholar"))
        world.run(give("a", ore=3))
        world.run(credit("a", gems=5))
        return world

    def test_takes_and_gives(self, ready: World) -> None:
        recorded = ready.run(evolve("a", "silver"))
        changes = [fact for fact in recorded.facts if isinstance(fact, BadgeChanged)]
        assert changes == [
            BadgeChanged("badge:silver", "silver", -2, 0, "sink:evolve"),
            BadgeChanged("badge:silver", "gold", 1, 1, "issuance:badge"),
        ]
        assert ready.balance("a", "gems") == 1
        assert ready.items("a") == {("ore", ""): 1}
        assert (recorded.result.badge.count, recorded.result.evolved.count) == (1, 0)
        # What was used up was awarded all the same.
        assert statistics(ready, "silver") == {"earned": 2}
        assert statistics(ready, "gold") == {"earned": 1, "owners": 1}

    def test_takes_its_place(self, ready: World) -> None:
        ready.run(award("a", "bronze"))
        for badge in ("silver", "bronze"):
            ready.run(wear("a", badge))
        ready.run(show("a", "bronze", "silver"))
        recorded = ready.run(evolve("a", "silver"))
        honors = ready.earned("a").honors
        assert honors.badges_equipped == ("gold", "bronze")
        assert honors.badges_showcased == ("bronze", "gold")
        assert recorded.result.badge.equipped
        worn = [fact for fact in recorded.facts if isinstance(fact, BadgeEquipped)]
        assert worn == [
            BadgeEquipped("badge:silver", "silver", False),
            BadgeEquipped("badge:silver", "gold", True),
        ]

    def test_keeps_its_place_while_some_are_left(self, ready: World) -> None:
        ready.run(award("a", "silver"))
        ready.run(wear("a", "silver"))
        ready.run(evolve("a", "silver"))
        assert ready.earned("a").honors.badges_equipped == ("silver",)

    def test_what_it_asks_for(self, world: World) -> None:
        refused(world, evolve("a", "bronze"), NoEvolution)
        refused(world, evolve("a", "silver"), InsufficientBadges)
        world.run(award("a", "silver", 2))
        refused(world, evolve("a", "silver"), LevelTooLow)
        world.run(activity("a", "march"))
        world.run(activity("a", "march"))
        refused(world, evolve("a", "silver"), RequirementNotMet)
        world.run(done("a", achievement="scholar"))
        refused(world, evolve("a", "silver"), InsufficientItems)
        world.run(give("a", ore=2))
        refused(world, evolve("a", "silver"), InsufficientFunds)
        world.run(credit("a", gems=4))
        world.run(award("a", "gold"))
        refused(world, evolve("a", "silver"), BadgeLimit)


class TestGifts:
    def test_the_last_one_must_not_be_worn_and_leaves_the_showcase(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(wear("a", "bronze"))
        world.run(show("a", "bronze"))
        world.run(gift("a", "b", "bronze"))
        refused(world, gift("a", "b", "bronze"), BadgeInUse)
        world.run(take_off("a", "bronze"))
        assert world.earned("a").honors.badges_showcased == ("bronze",)
        world.run(gift("a", "b", "bronze"))
        assert world.earned("a").honors.badges_showcased == ()
        assert world.balance("b") == 0

    def test_what_can_be_given(self, world: World) -> None:
        world.run(award("a", "gold"))
        refused(world, gift("a", "b", "gold"), NotGiftable)
        refused(world, gift("a", "b", "bronze"), InsufficientBadges)
        refused(world, gift("a", "b", "ghost"), BadgeNotFound)
        world.run(award("a", "bronze"))
        world.run(award("b", "bronze", 5))
        error = refused(world, gift("a", "b", "bronze"), BadgeLimit)
        assert "b can have no more" in str(error)

    def test_not_by_a_new_account(self, world: World) -> None:
        world.run(award("a", "bronze"))
        economy = replace(world.snapshot.economy, new_account_hold_us=HOUR)
        world.snapshot = replace(world.snapshot, economy=economy)
        refused(world, gift("a", "b", "bronze"), AccountTooNew)
        world.clock.advance(timedelta(hours=1))
        world.run(gift("a", "b", "bronze"))

    def test_a_gift_completes_a_collection(self, world: World) -> None:
        world.run(award("a", "silver"))
        world.run(award("b", "bronze"))
        world.run(gift("a", "b", "silver"))
        assert world.balance("b", "gems") == 9
        assert world.balance("b") == 5
