"""What players may know of: the same wherever it is named."""

from __future__ import annotations

import pytest

from renown.v1 import store_service_pb2 as pb
from renown_server import reactions
from renown_server.achievements.definitions import Viewer
from renown_server.badges.sight import Sight
from renown_server.engine.work import Work
from renown_server.errors import RequirementNotMet
from renown_server.inventory.definitions import item_view
from renown_server.profile.state import PlayerBook
from renown_server.progress.requirements import check
from renown_server.quests.rules import unlock
from renown_server.quests.seeking import Seeker
from renown_server.store.queries import Buyer
from renown_server.store.render import fill_offer
from renown_server.store.shelves import sale_of
from tests.kit.badges import award
from tests.kit.badges import revoke as revoke_badge
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.times import NOON

GAME = snapshot_of("""
name: sight
currencies: [{code: coins}]
metrics: [{id: lessons}]
levels: {linear: {base: 100}, hard_cap: 20}
activity_types: [{id: lesson, counts: [lessons]}]
titles: [{id: sage}, {id: ghost, secret: true}]
badges:
  - {id: medal}
  - {id: shade, secret: true, acquisition: {giftable: true}}
achievements:
  - {id: first, requirements: {conditions: [{metric: lessons}]}}
  - {id: sly, secret: true, requirements: {conditions: [{metric: lessons, value: 9}]}}
quests:
  - {id: intro, requirements: {locked: true}, objectives: [{id: a, targets: [{metric: lessons}]}]}
  - id: den
    type: hidden
    requirements: {locked: true}
    objectives: [{id: a, targets: [{metric: lessons}]}]
items:
  - id: potion
    kind: consumable
    use: {effects: {badges: [medal, shade], titles: [sage, ghost],
                    achievements: [first, sly], unlock_quests: [intro, den],
                    unlock_content: [hall]}}
offers:
  - id: chest
    prices: [{currencies: [{currency: coins, amount: 1}]}]
    contents: {badges: [medal, shade], titles: [sage, ghost], achievements: [first, sly],
               unlock_quests: [intro, den], unlock_content: [hall]}
""")


@pytest.fixture
def world() -> World:
    world = World(GAME, react=reactions.react)
    world.run(create("p"))
    return world


def _names(world: World, quest: str, badge: str) -> set[tuple[bool, bool]]:
    """Whether each of those who look knows of a quest and a badge."""
    known, earned = GAME.progression, world.earned("p")
    eyes, sight = Viewer(earned).eyes(known), Sight(known, earned)
    sought: list[tuple[bool, bool]] = []

    def seek(work: Work) -> None:
        seeker = Seeker(work, work.slice(PlayerBook).get("p"))
        sought[:] = [(seeker.eyes.sees_quest(quest), seeker.eyes.sees_badge(badge))]

    world.run(Odd(seek, "p"))
    return {
        (eyes.sees_quest(quest), eyes.sees_badge(badge)),
        (sight.sees_quest(quest), sight.badge(badge) is not None),
        *sought,
    }


def test_who_may_know_may_know_everywhere(world: World) -> None:
    assert _names(world, "intro", "medal") == {(True, True)}
    assert _names(world, "den", "shade") == {(False, False)}
    world.run(Odd(lambda work: unlock(work, "p", "den", "admin"), "p"))
    world.run(award("p", "shade"))
    assert _names(world, "den", "shade") == {(True, True)}
    world.run(revoke_badge("p", "shade"))
    assert _names(world, "den", "shade") == {(True, False)}


def test_a_quest_that_was_unlocked_is_named_where_it_is_missing(world: World) -> None:
    def ask(work: Work) -> None:
        check(work, work.slice(PlayerBook).get("p"), quests=("den",))

    with pytest.raises(RequirementNotMet, match="a hidden quest"):
        world.run(Odd(ask, "p"))
    world.run(Odd(lambda work: unlock(work, "p", "den", "admin"), "p"))
    with pytest.raises(RequirementNotMet, match="the quest den"):
        world.run(Odd(ask, "p"))


def test_offers_and_items_tell_of_all_that_they_give_but_secrets() -> None:
    offer, sale = pb.Offer(), sale_of(GAME.offers["chest"], GAME.rotations, NOON)
    assert sale is not None
    fill_offer(offer, sale, Buyer(1, "UTC", {}, {}), GAME.progression, NOON)
    effects = item_view(GAME, GAME.items["potion"]).effects
    for given in (offer.contents, effects):
        assert list(given.badges) == ["medal"]
        assert list(given.titles) == ["sage"]
        assert list(given.achievements) == ["first"]
        assert list(given.unlock_quests) == ["intro"]
        assert list(given.unlock_content) == ["hall"]
