"""UpdatePlayer and EquipTitle: what players say of themselves."""

from __future__ import annotations

import pytest

from renown_server.engine.command import Recorded
from renown_server.engine.facts import TimeZoneChanged, TitleEquipped
from renown_server.errors import (
    PlayerNotFound,
    TimeZoneChangedRecently,
    TitleNotEarned,
    TitleNotFound,
    UnknownTimeZone,
)
from renown_server.players.commands import Updated
from renown_server.players.titles import Worn
from renown_server.profile.profiles import PlayerView
from renown_server.progress.values import Honor, Honors
from tests.kit.catalogs import GAME, snapshot_of
from tests.kit.commands import activity, create
from tests.kit.players import put_earned, update, wear
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, NOON

TITLES = """
titles:
  - {id: novice, name: Novice}
  - {id: sage, name: Sage, secret: true}
"""


@pytest.fixture
def world() -> World:
    world = World(snapshot_of(GAME + TITLES))
    world.run(
        create(
            "p",
            username="Pat",
            display_name="Pat P.",
            avatar_url="/p.png",
            time_zone="Europe/Prague",
            locale="cs-CZ",
        )
    )
    return world


def profile(world: World, player_id: str = "p") -> tuple[str, ...]:
    return tuple(world.tables["profiles"][player_id][1:])


def test_only_what_is_named_changes(world: World) -> None:
    world.run(update(display_name="Patricia"))
    assert profile(world) == ("Pat", "Patricia", "/p.png", "cs-CZ")
    world.run(update(avatar_url="", locale=""))
    assert profile(world) == ("Pat", "Patricia", "", "")
    assert world.player("p").time_zone == "Europe/Prague"


def test_the_answer_is_the_player_as_it_is_now(world: World) -> None:
    world.clock.value_us += HOUR
    view = world.run(update(locale="de", time_zone="Asia/Tokyo")).result_as(Updated).view
    assert view == PlayerView(
        player_id="p",
        created_us=NOON,
        updated_us=NOON + HOUR,
        last_active_us=0,
        xp=0,
        lifetime_xp=0,
        level=1,
        prestige=0,
        time_zone="Asia/Tokyo",
        metrics={},
        username="Pat",
        display_name="Pat P.",
        avatar_url="/p.png",
        locale="de",
    )
    assert world.player("p").updated_us == NOON + HOUR


def test_a_retry_gets_the_identical_answer(world: World) -> None:
    first = world.run(update(request_id="once", display_name="A"))
    world.clock.value_us += HOUR
    world.run(update(display_name="B"))
    again = world.run(update(request_id="once", display_name="A"))
    assert again.replayed
    assert again.result_as(Updated).view == first.result_as(Updated).view
    assert profile(world)[1] == "B"


def test_a_player_without_a_profile_gets_one(world: World) -> None:
    world.run(activity("q"))
    assert "q" not in world.tables["profiles"]
    world.run(update("q", display_name="Q"))
    assert profile(world, "q") == ("", "Q", "", "")


def test_the_name_stays_reserved_and_is_not_reserved_again(world: World) -> None:
    world.run(update(display_name="Other"))
    assert list(world.tables["usernames"]) == ["pat"]


def test_created_and_changed_in_one_batch(world: World) -> None:
    outcomes = world.batch(
        create("q", username="Quinn", display_name="Q"), update("q", locale="fr"), update("q")
    )
    assert all(isinstance(outcome, Recorded) for outcome in outcomes)
    assert profile(world, "q") == ("Quinn", "Q", "", "fr")
    assert set(world.tables["usernames"]) == {"pat", "quinn"}


def test_a_refused_change_leaves_nothing(world: World) -> None:
    before = profile(world)
    with pytest.raises(UnknownTimeZone):
        world.run(update(display_name="X", time_zone="Mars/Olympus"))
    assert profile(world) == before
    with pytest.raises(PlayerNotFound):
        world.run(update("nobody", display_name="X"))


def test_a_time_zone_can_be_changed_once_in_a_while(world: World) -> None:
    done = world.run(update(time_zone="Asia/Tokyo"))
    assert done.facts == [TimeZoneChanged("request:UpdatePlayer", "Europe/Prague", "Asia/Tokyo")]
    world.clock.value_us += DAY - 1
    with pytest.raises(TimeZoneChangedRecently):
        world.run(update(time_zone="", display_name="X"))
    assert profile(world)[1] == "Pat P."
    # What does not change the zone is no change.
    world.run(update(time_zone="Asia/Tokyo"))
    world.clock.value_us += 1
    world.run(update(time_zone=""))
    assert world.player("p").time_zone == "UTC"


def earn(world: World, *titles: str, worn: str = "") -> None:
    honors = Honors(titles={title: Honor(NOON, "r") for title in titles}, title=worn)
    put_earned(world, honors={"all": honors})


def test_titles_are_put_on_and_taken_off(world: World) -> None:
    earn(world, "novice", "sage")
    rule = "request:EquipTitle"
    done = world.run(wear("novice"))
    assert (done.facts, done.result_as(Worn)) == ([TitleEquipped(rule, "novice")], Worn(""))
    done = world.run(wear("sage"))
    assert (done.facts, done.result_as(Worn)) == ([TitleEquipped(rule, "sage")], Worn("novice"))
    assert world.run(wear("sage")).facts == []
    assert world.earned("p").honors.title == "sage"
    assert world.run(update(display_name="S")).result_as(Updated).view.title == "sage"
    assert world.run(wear("")).facts == [TitleEquipped(rule, "")]
    assert world.earned("p").honors.title == ""


def test_a_title_that_is_not_earned(world: World) -> None:
    with pytest.raises(TitleNotEarned):
        world.run(wear("novice"))
    for unknown in ("sage", "duke"):
        with pytest.raises(TitleNotFound) as raised:
            world.run(wear(unknown))
        assert raised.value.refusal.reason == "TITLE_NOT_FOUND"


def test_a_title_that_the_catalog_has_dropped_can_still_be_worn(world: World) -> None:
    earn(world, "duke")
    world.run(wear("duke"))
    assert world.earned("p").honors.title == "duke"
