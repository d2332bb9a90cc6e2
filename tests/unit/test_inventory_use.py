"""Items that are used: what it takes, what it gives, and when it may not be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from renown_server.catalog.goods import (
    Item,
    ItemAmount,
    ItemKind,
    LootEntry,
    LootRoll,
    LootTable,
    Reward,
    TimedMultiplier,
)
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    ItemEquipped,
    ItemUsed,
    LevelUp,
    MultiplierGranted,
    RewardOverflowed,
    ScoreChanged,
    XpGained,
)
from renown_server.errors import (
    InsufficientItems,
    InvalidArgument,
    InventoryFull,
    ItemCooldown,
    ItemNotFound,
    LevelTooLow,
    NotUsable,
    RenownError,
    WrongContext,
)
from renown_server.profile.multipliers import MULTIPLIERS_MAX
from tests.kit.commands import activity, create
from tests.kit.economy import economy_game
from tests.kit.inventory import ACTIVATE, CONSUME, OPEN, Player, consumable, game_of
from tests.kit.pure import World
from tests.kit.times import HOUR, MINUTE, NOON, SECOND

GAME = economy_game()


def world_of(catalog: CatalogSnapshot = GAME, /, **items: int) -> tuple[World, Player]:
    world = World(catalog)
    world.run(create("p"))
    p = Player(catalog)
    if items:
        world.run(p.grant(**items))
    return world, p


def refused(world: World, command: Any, error: type[RenownError]) -> dict[str, str]:
    """The refusal's metadata; nothing but its record is left."""
    before = world.state()
    with pytest.raises(error) as raised:
        world.run(command)
    before["requests"] = world.tables["requests"]
    assert world.state() == before
    return raised.value.refusal.metadata


def test_a_consumable_is_used_up_for_its_effects() -> None:
    world, p = world_of(potion=2)
    facts = world.run(p.consume("potion")).facts
    assert facts[:2] == [
        ItemChanged("item:potion", "potion", -1, 1, "sink:use"),
        ItemUsed("item:potion", "potion"),
    ]
    assert [(type(fact), fact.amount) for fact in facts[2:3]] == [(XpGained, 10)]
    assert {type(fact) for fact in facts[3:]} == {ScoreChanged}
    assert world.player("p").xp == 10
    assert world.tables["item_statistics"]["potion"][1:5] == (2, 1, 0, 0)


def test_several_at_once() -> None:
    world, p = world_of(potion=60)
    facts = world.run(p.consume("potion", 50)).facts
    assert [fact.uses for fact in facts if isinstance(fact, ItemUsed)] == [50]
    gained = [fact for fact in facts if isinstance(fact, XpGained)]
    assert [(fact.base, fact.amount) for fact in gained] == [(500, 500)]
    assert world.player("p").level == 6
    # Five levels of 10 coins, a gem at level 5, and what levels 4 and 6 give.
    assert world.balance("p") == 50
    assert world.items("p") == {("potion", ""): 11, ("chest", ""): 1}
    assert [fact.level for fact in facts if isinstance(fact, LevelUp)] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(("owned", "wanted"), [(0, 1), (1, 2), (99, 1000)])
def test_more_than_there_is(owned: int, wanted: int) -> None:
    world, p = world_of(**({"potion": owned} if owned else {}))
    assert refused(world, p.consume("potion", wanted), InsufficientItems) == {
        "item": "potion",
        "needed": str(wanted),
        "available": str(owned),
    }


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (CONSUME, "chest"),
        (CONSUME, "boost"),
        (CONSUME, "shard"),
        (ACTIVATE, "potion"),
        (ACTIVATE, "chest"),
        (OPEN, "potion"),
        (OPEN, "frame"),
    ],
)
def test_for_something_else(kind: Any, item: str) -> None:
    world, p = world_of(**{item: 1})
    assert refused(world, p.use(kind, item), NotUsable) == {"item": item}


@pytest.mark.parametrize("kind", [CONSUME, ACTIVATE, OPEN])
def test_what_the_catalog_does_not_define(kind: Any) -> None:
    world, p = world_of()
    refused(world, p.use(kind, "nothing"), ItemNotFound)


def test_what_it_no_longer_defines() -> None:
    world, p = world_of(game_of(consumable("potion")), potion=1)
    world.snapshot = game_of(version=2)
    refused(world, p.consume("potion"), ItemNotFound)
    assert world.items("p") == {("potion", ""): 1}


def test_an_instance_that_is_not_there() -> None:
    world, p = world_of(wand=1)
    refused(world, p.consume("wand", instance="ffff"), ItemNotFound)


def test_uses_count_down_to_the_last() -> None:
    world, p = world_of(wand=1)
    (key,) = world.items("p")
    facts = world.run(p.consume("wand", 2)).facts
    assert facts[0] == ItemUsed("item:wand", "wand", key[1], 2, 1)
    assert world.tables["items"]["p", *key][6] == 1
    assert world.tables["item_statistics"]["wand"][1:3] == (1, 0)
    facts = world.run(p.consume("wand", instance=key[1])).facts
    assert facts[:2] == [
        ItemChanged("item:wand", "wand", -1, 0, "sink:use", key[1]),
        ItemUsed("item:wand", "wand", key[1], 1, 0),
    ]
    assert not world.items("p")
    assert world.tables["bags"]["p"][1] == 0
    assert world.tables["item_statistics"]["wand"][1:3] == (1, 1)


@pytest.mark.parametrize(("uses", "left"), [(1, [2, 3]), (3, [3]), (4, [2]), (6, [])])
def test_uses_of_several_instances(uses: int, left: list[int]) -> None:
    world, p = world_of(wand=2)
    world.run(p.consume("wand", uses))
    rows = [row[6] for row in world.tables["items"].values()]
    assert sorted(rows) == left
    refused(world, p.consume("wand", 7 - uses), InsufficientItems)


def test_one_instance_has_only_its_own_uses() -> None:
    world, p = world_of(wand=2)
    instance = next(iter(world.items("p")))[1]
    assert refused(world, p.consume("wand", 4, instance=instance), InsufficientItems) == {
        "item": "wand",
        "needed": "4",
        "available": "3",
    }


def test_what_expires_first_is_used_first() -> None:
    world, p = world_of(game_of(consumable("milk", lifetime_us=HOUR)), milk=2)
    world.clock.value_us += 10 * MINUTE
    world.run(p.grant(milk=2))
    facts = world.run(p.consume("milk", 3)).facts
    early, late = f"x{NOON + HOUR}", f"x{NOON + HOUR + 10 * MINUTE}"
    assert [(f.instance, f.uses) for f in facts if isinstance(f, ItemUsed)] == [
        (early, 2),
        (late, 1),
    ]
    assert world.items("p") == {("milk", late): 1}


def test_what_has_expired_is_not_used() -> None:
    world, p = world_of(game_of(consumable("milk", lifetime_us=HOUR)), milk=2)
    world.clock.value_us += HOUR - 1
    world.run(p.consume("milk"))
    world.clock.value_us += 1
    refused(world, p.consume("milk"), InsufficientItems)
    refused(world, p.consume("milk", instance=f"x{NOON + HOUR}"), ItemNotFound)


@pytest.mark.parametrize(
    ("waited", "available"),
    [(0, False), (60 * SECOND - 1, False), (60 * SECOND, True), (60 * SECOND + 1, True)],
)
def test_a_cooldown_is_half_open(waited: int, available: bool) -> None:
    world, p = world_of(elixir=3)
    world.run(activity("p", "reading", metrics={"hours": 200}))
    world.run(p.consume("elixir"))
    world.clock.value_us += waited
    if available:
        world.run(p.consume("elixir"))
        return
    assert refused(world, p.consume("elixir"), ItemCooldown) == {
        "item": "elixir",
        "available_at": "2026-11-18T12:01:00Z",
    }


def test_cooldowns_that_are_over_are_forgotten() -> None:
    first = consumable("first", use_cooldown_us=MINUTE)
    second = consumable("second", use_cooldown_us=HOUR)
    world, p = world_of(game_of(first, second), first=2, second=2)
    world.run(p.consume("first"))
    world.run(p.consume("second"))
    assert set(json.loads(world.tables["bags"]["p"][2])) == {"first", "second"}
    world.clock.value_us += HOUR
    world.run(p.consume("first"))
    assert set(json.loads(world.tables["bags"]["p"][2])) == {"first"}


def test_what_cools_down_is_used_one_by_one() -> None:
    world, p = world_of(elixir=3)
    before = world.state()
    with pytest.raises(InvalidArgument) as raised:
        world.run(p.consume("elixir", 2))
    assert raised.value.refusal.violations[0][0] == "quantity"
    assert world.state() == before


def test_the_level_it_asks_for() -> None:
    world, p = world_of(elixir=1)
    assert refused(world, p.consume("elixir"), LevelTooLow) == {"needed": "2", "level": "1"}
    world.run(activity("p", "reading", metrics={"hours": 200}))
    facts = world.run(p.consume("elixir")).facts
    assert facts[-1] == CurrencyChanged("item:elixir", "coins", 5, 55, "issuance:item")


@pytest.mark.parametrize(
    ("where", "accepted"),
    [
        ({"environment": "cave", "activity": "dig"}, True),
        ({"environment": "cave", "activity": "explore"}, True),
        ({"environment": "cave", "activity": "sleep"}, False),
        ({"environment": "cave"}, False),
        ({"environment": "meadow", "activity": "dig"}, False),
        ({"activity": "dig"}, False),
        ({}, False),
    ],
)
def test_where_it_can_be_used(where: dict[str, str], accepted: bool) -> None:
    world, p = world_of(torch=1)
    if accepted:
        world.run(p.consume("torch", **where))
        assert not world.items("p")
    else:
        assert refused(world, p.consume("torch", **where), WrongContext) == {"item": "torch"}


def test_keys_are_taken_too() -> None:
    world, p = world_of(vault=2, key=1)
    facts = world.run(p.open("vault")).facts
    assert facts[:3] == [
        ItemChanged("item:vault", "vault", -1, 1, "sink:use"),
        ItemUsed("item:vault", "vault"),
        ItemChanged("item:vault", "key", -1, 0, "sink:use"),
    ]
    assert refused(world, p.open("vault"), InsufficientItems) == {
        "item": "key",
        "needed": "1",
        "available": "0",
    }


def test_power_ups_act_from_now_on_and_add_up() -> None:
    world, p = world_of(boost=3)
    facts = world.run(p.use(ACTIVATE, "boost")).facts
    assert facts[-1] == MultiplierGranted(
        "item:boost", "item:boost", 20000, NOON, NOON + 10 * MINUTE, facts[-1].added_us
    )
    world.clock.value_us += MINUTE
    facts = world.run(p.use(ACTIVATE, "boost")).facts
    assert (facts[-1].starts_us, facts[-1].ends_us) == (NOON, NOON + 20 * MINUTE)
    gained = [f for f in world.run(activity("p")).facts if isinstance(f, XpGained)]
    assert [(fact.base, fact.amount) for fact in gained] == [(25, 50)]
    world.clock.value_us = NOON + 20 * MINUTE
    facts = world.run(p.use(ACTIVATE, "boost")).facts
    assert facts[-1].starts_us == NOON + 20 * MINUTE


def test_effects_without_room_refuse_the_use() -> None:
    world, p = world_of(present=1, sword=9)
    # The slot that the last present frees is enough.
    world.run(p.consume("present"))
    assert world.items("p")["shard", ""] == 2
    world, p = world_of(present=2, sword=9)
    assert refused(world, p.consume("present"), InventoryFull)["needed"] == "1"
    assert world.items("p")["present", ""] == 2


def test_a_level_is_reached_though_the_game_has_too_little_of_its_reward() -> None:
    """Else nobody could record anything that leads there."""
    rewards = {2: (("relic", 3),), 3: (("relic", 3), ("pumpkin", 1))}
    relic = replace(GAME.items["relic"], limit_per_player=0)
    world, p = world_of(
        replace(
            GAME,
            levels=replace(GAME.levels, items=rewards),
            items={**GAME.items, "relic": relic},
        ),
        potion=20,
    )
    facts = world.run(p.consume("potion", 20)).facts
    assert world.player("p").level == 3
    assert world.items("p") == {("relic", ""): 5}
    assert [fact for fact in facts if isinstance(fact, RewardOverflowed)] == [
        RewardOverflowed("level:3", 1, "discard", item="relic"),
        RewardOverflowed("level:3", 1, "discard", item="pumpkin"),
    ]


def test_only_so_many_multipliers_are_kept() -> None:
    reward = Reward(multipliers=(TimedMultiplier(20000, SECOND),))
    item = consumable("spark", reward, kind=ItemKind.POWER_UP, slotless=True)
    world, p = world_of(game_of(item), spark=MULTIPLIERS_MAX + 5)
    for _ in range(MULTIPLIERS_MAX + 5):
        # Each one after the last has ended: they don't add up.
        world.clock.value_us += 2 * SECOND
        world.run(p.use(ACTIVATE, "spark"))
    kept = world.player("p").multipliers
    assert len(kept) == MULTIPLIERS_MAX
    assert kept[-1].ends_us == world.clock.value_us + SECOND


def test_the_last_one_is_used_off_the_slot() -> None:
    world, p = world_of(game_of(consumable("candy", slot="belt")), candy=2)
    world.run(p.equip("candy"))
    facts = world.run(p.consume("candy")).facts
    assert not any(isinstance(fact, ItemEquipped) for fact in facts)
    facts = world.run(p.consume("candy")).facts
    assert ItemEquipped("item:candy", "belt") in facts
    assert world.tables["bags"]["p"][4] == "{}"


def test_what_is_worn_is_used_last() -> None:
    wand = consumable("wand", slot="hand", is_instanced=True, max_stack=1, uses=2)
    world, p = world_of(game_of(wand), wand=2)
    first, second = sorted(instance for _, instance in world.items("p"))
    world.run(p.equip("wand", first))
    world.run(p.consume("wand", 2))
    assert set(world.items("p")) == {("wand", first)}
    assert second not in str(world.tables["bags"])


@pytest.mark.parametrize(
    ("rolls", "quantity", "accepted"), [(10, 20, True), (3, 67, False), (100, 3, False)]
)
def test_draws_of_one_command_are_bounded(rolls: int, quantity: int, accepted: bool) -> None:
    table = LootTable("t", "", "", (LootEntry("xp", 1, Reward(xp=1)),), 1)
    box = consumable("box", Reward(loot=(LootRoll("t", rolls),)), kind=ItemKind.CONTAINER)
    world, p = world_of(game_of(box, tables=[table]), box=100)
    if accepted:
        assert len(world.run(p.open("box", quantity)).facts) > 200
        return
    with pytest.raises(InvalidArgument) as raised:
        world.run(p.open("box", quantity))
    assert raised.value.refusal.violations[0][0] == "quantity"


def test_many_effects_pass_no_bound() -> None:
    most = 2**53 - 1
    item = consumable("sun", Reward(xp=most, multipliers=(TimedMultiplier(20000, HOUR),)))
    world, p = world_of(game_of(item), sun=1000)
    facts = world.run(p.consume("sun", 1000)).facts
    gained = next(fact for fact in facts if isinstance(fact, XpGained))
    assert gained.base == most
    assert world.player("p").xp <= most
    granted = next(fact for fact in facts if isinstance(fact, MultiplierGranted))
    assert granted.ends_us == NOON + 1000 * HOUR


def test_the_average_time_something_was_held() -> None:
    world, p = world_of(potion=2)
    world.clock.value_us += 100 * SECOND
    world.run(p.grant(potion=2))
    world.clock.value_us += 50 * SECOND
    world.run(p.consume("potion", 4))
    assert world.tables["item_statistics"]["potion"][1:5] == (4, 4, 0, 400)


def test_reaching_says_what_a_use_needs() -> None:
    p = Player(GAME)
    command = p.open("vault")
    assert {"bags", "items", "wallets", "mailboxes"} <= set(command.wanted())
    assert {item for _, item in command.keys("items")} == {
        "vault",
        "key",
        "frame",
        "wand",
        "elixir",
    }
    plain = p.consume("potion")
    assert set(plain.wanted()) == {"bags", "items", "wallets", "scores"}
    reward = Reward(items=(ItemAmount("relic", 1),))
    limited = Item("relic", limit_quantity=3)
    gift = Player(game_of(consumable("gift", reward), limited)).consume("gift")
    assert gift.keys("stock") == ("item:relic",)
