"""What finds no room: activities that are never refused for it, receipts that lose nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from renown_server.catalog.goods import (
    DuplicatePolicy,
    Item,
    ItemAmount,
    ItemKind,
    ItemOverflow,
    LootEntry,
    LootRoll,
    LootTable,
    Offer,
    Reward,
)
from renown_server.catalog.limits import AMOUNT_MAX, INSTANCES_MAX
from renown_server.catalog.snapshot import CatalogSnapshot, CurrencyOverflow
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    LootDrawn,
    MailReceived,
    RewardOverflowed,
)
from renown_server.engine.randomness import SeededRandomness
from renown_server.errors import (
    BalanceCap,
    InventoryFull,
    MailboxFull,
    NothingToDraw,
    QuantityOutOfRange,
)
from tests.kit.commands import activity, create, credit
from tests.kit.inventory import Player, consumable, game_of
from tests.kit.pure import World
from tests.kit.store import redeem


def entry(name: str, quantity: int = 1, weight: int = 1) -> LootEntry:
    return LootEntry(name, weight, Reward(items=(ItemAmount(name, quantity),)))


def table_of(*entries: LootEntry, name: str = "t", **fields: Any) -> LootTable:
    return LootTable(name, "", "", entries, sum(one.weight for one in entries), **fields)


def box(*rolls: LootRoll, **reward: Any) -> Item:
    return consumable("box", Reward(loot=rolls, **reward), kind=ItemKind.CONTAINER)


def lesson(catalog: CatalogSnapshot, **fields: Any) -> CatalogSnapshot:
    """The same game, in which a lesson gives something."""
    kind = replace(catalog.activity_types["lesson"], **fields)
    return replace(catalog, activity_types={**catalog.activity_types, "lesson": kind})


def currency(catalog: CatalogSnapshot, code: str, **fields: Any) -> CatalogSnapshot:
    kind = replace(catalog.currencies[code], **fields)
    return replace(catalog, currencies={**catalog.currencies, code: kind})


def world_of(catalog: CatalogSnapshot, **items: int) -> tuple[World, Player]:
    world = World(catalog)
    world.run(create("p"))
    p = Player(catalog)
    if items:
        world.run(p.grant(**items))
    return world, p


def overflowed(facts: list[Any]) -> list[tuple[str, str, int, str]]:
    return [
        (fact.rule, fact.item or fact.currency, fact.amount, fact.policy)
        for fact in facts
        if isinstance(fact, RewardOverflowed)
    ]


def drawn(facts: list[Any]) -> list[str]:
    return [fact.entry for fact in facts if isinstance(fact, LootDrawn)]


def made(facts: list[Any]) -> int:
    return sum(fact.amount for fact in facts if isinstance(fact, ItemChanged) and fact.instance)


class NoChance(SeededRandomness):
    """Nothing may ask for a roll."""

    def below(self, bound: int) -> int:
        raise AssertionError(f"a roll below {bound}")


# Activities.


def test_an_activitys_goods_that_find_no_room_go_into_one_mail() -> None:
    game = game_of(
        Item("rock", max_stack=1),
        Item("hat", limit_per_player=1),
        tables=[table_of(entry("rock", 2))],
        inventory_capacity=2,
    )
    game = lesson(
        game, items=(ItemAmount("rock", 2), ItemAmount("hat", 2)), loot=(LootRoll("t", 2),)
    )
    world, _ = world_of(game, rock=1)
    facts = world.run(activity("p")).facts
    (mail,) = [fact for fact in facts if isinstance(fact, MailReceived)]
    assert mail.rule == "overflow:activity_type:lesson"
    assert mail.items == (("rock", 5), ("hat", 2))
    assert world.player("p").xp > 0


def test_a_full_mailbox_refuses_no_activity() -> None:
    game = game_of(Item("rock"), tables=[table_of(entry("rock", 2))], mailbox_capacity=1)
    game = currency(game, "gems", cap=10, overflow=CurrencyOverflow.MAILBOX)
    game = replace(game, economy=replace(game.economy, inventory_capacity=1))
    game = lesson(game, items=(ItemAmount("rock", 3),), loot=(LootRoll("t", 1),))
    game = lesson(game, currencies=(*game.activity_types["lesson"].currencies, ("gems", 15)))
    game = replace(game, items={**game.items, "rock": replace(game.items["rock"], max_stack=1)})
    world, p = world_of(game)
    world.run(p.post(rock=1))
    facts = world.run(activity("p")).facts
    assert overflowed(facts) == [
        ("activity_type:lesson", "gems", 5, "discard"),
        ("activity_type:lesson", "rock", 2, "discard"),
        ("loot_table:t", "rock", 2, "discard"),
    ]
    assert world.items("p") == {("rock", ""): 1}
    assert world.balance("p", "gems") == 10
    assert len(world.tables["mail"]) == 1
    assert world.player("p").xp > 0


def test_an_activity_draws_nothing_from_nothing() -> None:
    table = table_of(entry("hat"), duplicates=DuplicatePolicy.EXCLUDE)
    game = lesson(game_of(Item("hat"), tables=[table]), loot=(LootRoll("t", 3),))
    world, _ = world_of(game)
    facts = world.run(activity("p")).facts
    assert drawn(facts) == ["hat"]
    assert overflowed(facts) == [("loot_table:t", "", 2, "discard")]
    facts = world.run(activity("p")).facts
    assert drawn(facts) == []
    assert overflowed(facts) == [("loot_table:t", "", 3, "discard")]


@pytest.mark.parametrize("fields", [{"limit_quantity": 2}, {"available_until_us": 1}])
def test_what_the_game_gives_no_more_of_is_left_out(fields: dict[str, int]) -> None:
    game = lesson(game_of(Item("relic", **fields)), items=(ItemAmount("relic", 5),))  # type: ignore[arg-type]
    world, _ = world_of(game)
    given = fields.get("limit_quantity", 0)
    facts = world.run(activity("p")).facts
    assert overflowed(facts) == [("activity_type:lesson", "relic", 5 - given, "discard")]
    assert sum(world.items("p").values()) == given
    world.run(activity("p"))
    assert sum(world.items("p").values()) == given


def test_money_that_the_catalog_says_to_refuse_refuses_an_activity() -> None:
    game = currency(lesson(game_of(), currencies=(("gems", 5),)), "gems", cap=10)
    world, _ = world_of(game)
    world.run(credit("p", gems=8))
    with pytest.raises(BalanceCap):
        world.run(activity("p"))


def test_drawn_money_never_refuses_an_activity() -> None:
    gems = LootEntry("gems", 1, Reward(currencies=(("gems", 60),)))
    game = lesson(game_of(tables=[table_of(gems)]), loot=(LootRoll("t", 1),))
    world, _ = world_of(currency(game, "gems", cap=10))
    facts = world.run(activity("p")).facts
    assert overflowed(facts) == [("loot_table:t", "gems", 50, "mailbox")]


@pytest.mark.parametrize(("places", "fate"), [(1, "discard"), (2, "mailbox")])
def test_a_level_takes_no_place_that_the_activity_needs(places: int, fate: str) -> None:
    game = game_of(Item("rock", max_stack=1), inventory_capacity=1, mailbox_capacity=places)
    levels = replace(game.levels, rewards={}, items={2: (("rock", 1),)})
    game = lesson(replace(game, levels=levels), base_xp=250, items=(ItemAmount("rock", 2),))
    world, _ = world_of(game)
    facts = world.run(activity("p")).facts
    assert overflowed(facts) == [
        ("activity_type:lesson", "rock", 1, "mailbox"),
        ("level:2", "rock", 1, fate),
    ]
    mails = [fact.rule for fact in facts if isinstance(fact, MailReceived)]
    assert mails == ["overflow:level:2", "overflow:activity_type:lesson"][2 - places :]


# Receipts.


def test_a_receipt_loses_nothing() -> None:
    ore = Item("ore", max_stack=1, overflow=ItemOverflow.CONVERT, convert_to=(("coins", 1),))
    game = game_of(ore, inventory_capacity=1)
    contents = Reward(currencies=(("gems", 50),), items=(ItemAmount("ore", 3),))
    offer = Offer("pack", "", "", "", "", (), "offer:pack", contents, product_id="pack")
    game = replace(game, offers={"pack": offer}, offers_by_product={"pack": offer})
    game = currency(game, "gems", cap=20, overflow=CurrencyOverflow.DISCARD)
    world, _ = world_of(game)
    facts = world.run(redeem("p", "r", "pack", catalog=game)).facts
    (mail,) = [fact for fact in facts if isinstance(fact, MailReceived)]
    assert (mail.currencies, mail.items) == ((("gems", 30),), (("ore", 2),))
    assert {policy for *_, policy in overflowed(facts)} == {"mailbox"}


# Chance.


def test_a_table_that_runs_dry_ends_its_draws() -> None:
    table = table_of(entry("hat"), entry("cap"), duplicates=DuplicatePolicy.EXCLUDE)
    game = game_of(box(LootRoll("t", 5)), Item("hat"), Item("cap"), tables=[table])
    world, p = world_of(game, box=2)
    facts = world.run(p.open("box")).facts
    assert sorted(drawn(facts)) == ["cap", "hat"]
    assert overflowed(facts) == [("loot_table:t", "", 3, "discard")]
    with pytest.raises(NothingToDraw):
        world.run(p.open("box"))
    assert world.items("p")["box", ""] == 1


def test_a_table_that_is_dry_refuses_before_any_draw() -> None:
    dry = table_of(entry("hat"), duplicates=DuplicatePolicy.EXCLUDE, name="dry")
    game = game_of(
        box(LootRoll("t", 1), LootRoll("dry", 1)),
        Item("hat"),
        Item("rock"),
        tables=[table_of(entry("rock")), dry],
    )
    world, p = world_of(game, box=1, hat=1)
    world.random = NoChance(1)
    with pytest.raises(NothingToDraw):
        world.run(p.open("box"))


def test_what_waits_in_the_mail_is_not_drawn_again() -> None:
    table = table_of(entry("hat"), entry("cap"), duplicates=DuplicatePolicy.EXCLUDE)
    game = game_of(
        box(LootRoll("t", 2)), Item("hat"), Item("cap"), tables=[table], inventory_capacity=1
    )
    for seed in range(8):
        world, p = world_of(game, box=2)
        for _ in range(seed):
            world.random.below(2)
        facts = world.run(p.open("box")).facts
        (mail,) = [fact for fact in facts if isinstance(fact, MailReceived)]
        assert sorted(drawn(facts)) == ["cap", "hat"]
        assert sorted(mail.items) == [("cap", 1), ("hat", 1)]


# Sums.


def test_instances_of_a_command_are_bounded() -> None:
    game = game_of(
        box(items=(ItemAmount("a", 600), ItemAmount("b", 600))),
        Item("a", is_instanced=True),
        Item("b", is_instanced=True),
    )
    world, p = world_of(game, box=1)
    with pytest.raises(QuantityOutOfRange):
        world.run(p.open("box"))
    assert world.items("p") == {("box", ""): 1}


def test_drawn_instances_beyond_the_bound_are_claimed_bit_by_bit() -> None:
    game = game_of(
        box(LootRoll("t", 3)), Item("a", is_instanced=True), tables=[table_of(entry("a", 800))]
    )
    world, p = world_of(game, box=2)
    facts = world.run(p.open("box")).facts
    assert made(facts) == INSTANCES_MAX
    (mail,) = [fact for fact in facts if isinstance(fact, MailReceived)]
    assert mail.items == (("a", 1400),)
    outcomes = world.batch(p.claim(1), p.claim(1))
    assert [made(one.facts) for one in outcomes] == [1000, 400]  # type: ignore[union-attr]
    assert world.tables["mail"]["p", 1][7] != 0


def test_worth_beyond_the_greatest_number() -> None:
    rock = Item("rock", max_stack=1, overflow=ItemOverflow.CONVERT, convert_to=(("coins", 10**12),))
    game = game_of(
        rock,
        box(LootRoll("t", 1)),
        tables=[table_of(entry("rock", 10**12))],
        inventory_capacity=2,
    )
    world, p = world_of(game, box=1)
    with pytest.raises(QuantityOutOfRange):
        world.run(p.grant(rock=10**12))
    facts = world.run(p.open("box")).facts
    paid = [fact.amount for fact in facts if isinstance(fact, CurrencyChanged)]
    assert paid == [AMOUNT_MAX]


# Mail that is claimed in part.


def test_a_mail_is_claimed_as_far_as_there_is_room() -> None:
    game = game_of(Item("rock", max_stack=1), Item("dust", slotless=True), inventory_capacity=3)
    world, p = world_of(game, rock=1)
    world.run(p.post(rock=5, dust=7))
    first = world.run(p.claim(1, "first")).facts
    assert Counter({fact.item: fact.amount for fact in first}) == {"rock": 2, "dust": 7}
    assert world.tables["mail"]["p", 1][2] == (
        '{"items":[["rock",3]],"taken_items":[["rock",2],["dust",7]]}'
    )
    with pytest.raises(InventoryFull):
        world.run(p.claim(1))
    assert world.run(p.claim(1, "first")).facts == first


def test_a_mail_that_waits_in_part_keeps_its_place() -> None:
    game = game_of(
        Item("rock", max_stack=1), Item("dust"), inventory_capacity=2, mailbox_capacity=1
    )
    world, p = world_of(game)
    world.run(p.post(rock=5))
    world.run(p.claim(1))
    with pytest.raises(MailboxFull):
        world.run(p.post(dust=1))


def test_a_mail_above_a_players_limit_gives_what_it_may() -> None:
    world, p = world_of(game_of(Item("hat", limit_per_player=2)))
    world.run(p.post(hat=5))
    world.run(p.claim(1))
    assert world.items("p") == {("hat", ""): 2}


def test_what_the_catalog_forgot_blocks_nothing_else() -> None:
    world, p = world_of(game_of(Item("old"), Item("new")))
    world.run(p.post(old=1, new=1))
    world.snapshot = game_of(Item("new"), version=2)
    world.run(p.claim(1))
    assert world.items("p") == {("new", ""): 1}
