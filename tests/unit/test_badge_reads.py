"""What is read of badges: lists, what secret ones tell, and answers to changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar, cast

import asyncpg
import msgspec
import pytest

from renown.v1 import badge_service_pb2 as pb
from renown.v1 import inventory_service_pb2, progression_pb2
from renown_server.badges import commands, render
from renown_server.badges.dealing import SINK_EVOLVE
from renown_server.badges.queries import BadgeFigures
from renown_server.badges.reads_rpc import BadgeReads
from renown_server.badges.sight import Sight
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.command import Recorded
from renown_server.engine.gather import Gather
from renown_server.errors import (
    BadgeNotFound,
    InvalidPageToken,
    PermissionDenied,
    PlayerNotFound,
)
from renown_server.progress.state import Earned
from renown_server.wire.pages import PageTokens
from tests.kit.badges import (
    SNAPSHOT,
    award,
    done,
    evolve,
    react,
    show,
    wear,
)
from tests.kit.commands import activity, create, credit
from tests.kit.pure import World
from tests.kit.trades import give

T = TypeVar("T")

SECRET = ("ghost", "haunt", "Ghost", "sly", "den")


class Stored:
    """What players have earned, as a world has stored it."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def get(self, player_id: str) -> Earned | None:
        """None for who does not exist."""
        there = player_id in self._world.tables["players"]
        return self._world.earned(player_id) if there else None


class Reads:
    """The handlers over a world, called as somebody."""

    def __init__(self, world: World) -> None:
        self.handlers = BadgeReads(
            earned=cast(Gather[str, Earned], Stored(world)),
            pool=cast(asyncpg.Pool, None),
            catalog=CatalogHolder(SNAPSHOT),
            clock=world.clock,
            tokens=PageTokens(b"0123456789abcdef"),
        )

    def call(self, name: str, request: Any, player_id: str = "") -> Any:
        """Calls as a player, or as a game server."""
        principal = Principal(PrincipalKind.SERVER, "key:game")
        if player_id:
            principal = Principal(PrincipalKind.PLAYER, f"player:{player_id}", player_id)
        call = CallContext(f"/renown.v1.BadgeService/{name}", principal, 9e9)
        return run(getattr(self.handlers, name)(request, call))


def run(answer: Awaitable[T]) -> T:
    """The answer of a handler."""

    async def wait() -> T:
        return await answer

    return asyncio.run(wait())


@pytest.fixture
def world() -> World:
    """Two players who own nothing yet."""
    world = World(SNAPSHOT, react=react)
    world.batch(create("a"), create("b"))
    return world


@pytest.fixture
def reads(world: World) -> Reads:
    """The handlers."""
    return Reads(world)


def listed(answer: pb.ListBadgesResponse) -> list[str]:
    """The ids of a page."""
    return [badge.definition.id for badge in answer.badges]


class TestCatalog:
    def test_filters(self, reads: Reads) -> None:
        def found(**fields: Any) -> list[str]:
            return listed(reads.call("list_badges", pb.ListBadgesRequest(**fields)))

        everything = found(include_retired=True)
        assert everything == sorted(set(SNAPSHOT.progression.badges) - {"ghost"})
        assert found() == [name for name in everything if name != "worn_out"]
        assert found(category="study") == ["bronze"]
        assert found(rarity=inventory_service_pb2.RARITY_EPIC) == ["silver"]
        assert found(collection="metals") == ["bronze", "silver"]
        assert found(method=progression_pb2.BADGE_METHOD_RANDOM) == ["lucky"]

    def test_pages(self, reads: Reads) -> None:
        request = pb.ListBadgesRequest(page_size=4)
        names: list[str] = []
        while True:
            page = reads.call("list_badges", request)
            names += listed(page)
            if not page.next_page_token:
                break
            assert len(page.badges) == 4
            request.page_token = page.next_page_token
        assert names == listed(reads.call("list_badges", pb.ListBadgesRequest()))
        request = pb.ListBadgesRequest(page_size=4, page_token=request.page_token, category="x")
        with pytest.raises(InvalidPageToken):
            reads.call("list_badges", request)

    def test_says_what_the_catalog_says(self, reads: Reads) -> None:
        answer = reads.call("get_badge", pb.GetBadgeRequest(badge_id="silver"))
        definition = answer.badge.definition
        assert definition.SerializeToString(deterministic=True) == (
            SNAPSHOT.progression.badges["silver"].wire
        )

    def test_what_can_be_obtained_now(self, world: World, reads: Reads) -> None:
        request = pb.GetBadgeRequest(badge_id="festive")
        assert reads.call("get_badge", request).badge.in_window
        world.clock.advance(timedelta(days=1))
        assert not reads.call("get_badge", request).badge.in_window
        retired = pb.GetBadgeRequest(badge_id="worn_out")
        assert not reads.call("get_badge", retired).badge.in_window

    def test_categories(self, world: World, reads: Reads) -> None:
        def counted(player: str = "", **fields: Any) -> dict[str, int]:
            request = pb.ListBadgeCategoriesRequest(**fields)
            answer = reads.call("list_badge_categories", request, player)
            return {each.definition.id: each.count for each in answer.categories}

        assert counted() == {"study": 1}
        assert counted(include_retired=True) == {"study": 2}
        world.run(award("a", "ghost"))
        assert counted("a") == {"haunt": 1, "study": 1}
        assert counted("b") == {"study": 1}

    def test_who_may_ask_for_whom(self, reads: Reads) -> None:
        own = pb.GetBadgeRequest(badge_id="bronze", player_id="a")
        assert reads.call("get_badge", own, "a").badge.definition.id == "bronze"
        with pytest.raises(PermissionDenied):
            reads.call("get_badge", own, "b")
        with pytest.raises(PlayerNotFound):
            reads.call("get_badge", pb.GetBadgeRequest(badge_id="bronze", player_id="nobody"))
        # Who has never done anything owns nothing, and may look.
        fresh = reads.call("get_badge", pb.GetBadgeRequest(badge_id="bronze"), "nobody")
        assert fresh.badge.definition.id == "bronze"


class TestSecrets:
    def test_it_is_not_there(self, world: World, reads: Reads) -> None:
        world.run(award("a", "ghost"))
        for method in ("get_badge", "get_badge_statistics"):
            for name in ("ghost", "nothing"):
                request = getattr(pb, _request_of(method))(badge_id=name)
                for player in ("", "b"):
                    with pytest.raises(BadgeNotFound):
                        reads.call(method, request, player)
        seen = reads.call("get_badge", pb.GetBadgeRequest(badge_id="ghost"), "a")
        assert seen.badge.definition.name == "Ghost"
        for_a = pb.GetBadgeRequest(badge_id="ghost", player_id="a")
        assert reads.call("get_badge", for_a).badge.definition.name == "Ghost"

    def test_nothing_names_it(self, reads: Reads) -> None:
        answers = [
            reads.call("list_badges", pb.ListBadgesRequest(include_retired=True)),
            reads.call("list_badge_categories", pb.ListBadgeCategoriesRequest()),
            reads.call("list_badge_collections", pb.ListBadgeCollectionsRequest(player_id="b")),
            reads.call("list_player_badges", pb.ListPlayerBadgesRequest(player_id="b")),
        ]
        for answer in answers:
            for name in SECRET:
                assert f'"{name}"' not in str(answer)

    def test_owners_see_what_names_it(self, world: World, reads: Reads) -> None:
        request = pb.GetBadgeRequest(badge_id="gold")
        before = reads.call("get_badge", request, "a").badge.definition
        assert list(before.set_bonus.required_badges) == ["bronze"]
        world.run(award("a", "ghost"))
        after = reads.call("get_badge", request, "a").badge.definition
        assert list(after.set_bonus.required_badges) == ["bronze", "ghost"]

    def test_hidden_quests_and_secret_achievements(self, world: World, reads: Reads) -> None:
        world.run(award("a", "ghost"))
        ghost = pb.GetBadgeRequest(badge_id="ghost")
        seeker = pb.GetBadgeRequest(badge_id="seeker")
        assert not reads.call("get_badge", ghost, "a").badge.definition.acquisition.achievement
        assert not reads.call("get_badge", seeker, "a").badge.definition.acquisition.quests
        world.run(done("a", achievement="sly"))
        world.run(done("a", quest="den"))
        assert reads.call("get_badge", ghost, "a").badge.definition.acquisition.achievement
        assert list(reads.call("get_badge", seeker, "a").badge.definition.acquisition.quests) == [
            "den"
        ]


def _request_of(method: str) -> str:
    return "".join(word.title() for word in method.split("_")) + "Request"


class TestOwned:
    def test_list(self, world: World, reads: Reads) -> None:
        world.run(award("a", "bronze", 2, "for courage"))
        world.run(done("a", achievement="scholar"))
        world.run(wear("a", "silver"))
        world.run(show("a", "silver", "bronze"))
        request = pb.ListPlayerBadgesRequest(player_id="a", category="study")
        answer = reads.call("list_player_badges", request)
        (bronze,) = answer.badges
        assert (bronze.badge.name, bronze.count, bronze.badge.points_value) == ("Bronze", 2, 5)
        assert (bronze.earned_reason, bronze.awarded_by) == ("for courage", "key:op")
        assert bronze.showcased
        assert not bronze.equipped
        assert answer.total_badges == 2
        assert [(each.rarity, each.count) for each in answer.rarity_counts] == [
            (1, 1),
            (2, 0),
            (3, 0),
            (4, 1),
            (5, 0),
        ]
        assert list(answer.showcased_badge_ids) == ["silver", "bronze"]
        assert list(answer.equipped_badge_ids) == ["silver"]
        assert [
            (each.source, each.bonus.stat, each.bonus.value) for each in answer.active_bonuses
        ] == [
            ("badge:silver", "xp", 500),
            ("badge:silver", "coins", 2),
        ]
        (second,) = reads.call(
            "list_player_badges",
            pb.ListPlayerBadgesRequest(player_id="a", rarity=inventory_service_pb2.RARITY_EPIC),
        ).badges
        assert second.earned_reason == "achievement:scholar"

    def test_nobody(self, reads: Reads) -> None:
        for name, request in (
            ("list_player_badges", pb.ListPlayerBadgesRequest(player_id="nobody")),
            ("list_badge_collections", pb.ListBadgeCollectionsRequest(player_id="nobody")),
        ):
            with pytest.raises(PlayerNotFound):
                reads.call(name, request)

    def test_collections(self, world: World, reads: Reads) -> None:
        request = pb.ListBadgeCollectionsRequest(player_id="a")
        answer = reads.call("list_badge_collections", request)
        assert [each.definition.id for each in answer.collections] == ["flowers", "metals"]
        flowers, metals = answer.collections
        assert not flowers.definition.reward.badges
        assert [member.badge_id for member in metals.badges] == ["silver", "bronze"]
        assert (metals.owned, metals.total, metals.completed) == (0, 2, False)
        world.run(award("a", "bronze"))
        _, metals = reads.call("list_badge_collections", request).collections
        assert metals.progress_basis_points == 5000
        world.run(award("a", "silver"))
        world.run(award("a", "rose"))
        flowers, metals, shades = reads.call("list_badge_collections", request).collections
        assert list(flowers.definition.reward.badges) == ["ghost"]
        assert metals.completed
        assert metals.HasField("completed_at")
        assert (shades.owned, shades.total) == (1, 1)

    def test_sets(self, world: World) -> None:
        world.run(award("a", "gold"))
        world.run(award("a", "bronze"))
        world.run(wear("a", "gold"))
        sight = Sight(SNAPSHOT.progression, world.earned("a"))
        message = pb.BadgeSetProgress()
        render._fill_set(message, SNAPSHOT.progression.badges["gold"], sight)
        assert list(message.required_badge_ids) == ["bronze"]
        assert (message.owned, message.active) == (1, False)
        world.run(award("a", "ghost"))
        sight = Sight(SNAPSHOT.progression, world.earned("a"))
        message = pb.BadgeSetProgress()
        render._fill_set(message, SNAPSHOT.progression.badges["gold"], sight)
        assert (message.owned, message.active) == (2, True)


class TestAnswers:
    def test_a_retry_says_the_same_by_what_is_stored(self, world: World) -> None:
        world.batch(activity("a", "march"), activity("a", "march"), give("a", ore=3))
        world.batch(credit("a", gems=4), award("a", "silver", 2), done("a", achievement="scholar"))
        command = evolve("a", "silver")
        recorded = world.run(command)
        again = world.run(command)
        assert again.replayed
        assert answered(recorded) == answered(again)
        answer = answered(again)
        assert (answer.badge.badge.badge_id, answer.badge.count) == ("gold", 1)
        assert (answer.evolved.badge.badge_id, answer.evolved.count) == ("silver", 1)
        assert [(each.currency, each.amount) for each in answer.payments] == [("gems", -4)]
        assert [(each.item_id, each.quantity) for each in answer.items] == [("ore", -2)]
        assert [each.currency for each in answer.effects.currencies] == ["coins"]

    def test_statistics(self) -> None:
        message = pb.BadgeStatistics()
        figures = BadgeFigures(2**70, -1, 3, 4, (("coins", 11, 2), ("gems", 0, 0)))
        render.fill_statistics(message, figures)
        assert message.total_awarded == 2**63 - 1
        assert (message.unique_owners, message.equipped_count, message.trade_volume) == (0, 3, 4)
        assert [(each.currency, each.amount, each.traded) for each in message.average_values] == [
            ("coins", 5, 2)
        ]


def answered(recorded: Recorded) -> pb.EvolveBadgeResponse:
    """The answer to an EvolveBadge, by what a row would hold."""
    stored = msgspec.json.decode(msgspec.json.encode(recorded.result))
    recorded.result = stored
    evolved = recorded.result_as(commands.Evolved)
    response = pb.EvolveBadgeResponse()
    render.fill_changed(response.badge, evolved.badge, recorded)
    render.fill_changed(response.evolved, evolved.evolved, recorded)
    render.fill_payments(response, recorded.facts, SINK_EVOLVE, recorded)
    return response
