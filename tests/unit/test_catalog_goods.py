"""The snapshot's share of the economy: what players own, draw and buy."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from renown.v1 import catalog_pb2 as pb
from renown.v1 import inventory_service_pb2 as inventory_pb
from renown_server.catalog import goods
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.goods import ItemAmount, ItemSource, LootRoll, Reward, TimedMultiplier
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.snapshot import CatalogSnapshot, CurrencyOverflow
from tests.kit.catalogs import snapshot_of
from tests.kit.economy import economy_game
from tests.kit.times import DAY, HOUR, MINUTE, SECOND, us

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def game() -> CatalogSnapshot:
    return economy_game(3)


@pytest.fixture(scope="module")
def starter() -> CatalogSnapshot:
    return compile_catalog(load_catalog(ROOT / "catalogs/starter"), 1)


def test_settings(game: CatalogSnapshot) -> None:
    assert game.economy == goods.Economy(
        inventory_capacity=10,
        mail_lifetime_us=DAY,
        mailbox_capacity=5,
        trade_lifetime_max_us=24 * HOUR,
        trades_open_max=3,
        new_account_hold_us=0,
    )


def test_a_silent_catalog_has_the_defaults() -> None:
    snapshot = snapshot_of("name: silent")
    assert snapshot.economy == goods.Economy(
        inventory_capacity=0,
        mail_lifetime_us=30 * DAY,
        mailbox_capacity=200,
        trade_lifetime_max_us=72 * HOUR,
        trades_open_max=20,
        new_account_hold_us=0,
    )
    assert not snapshot.items
    assert not snapshot.item_sources
    assert not snapshot.offers_by_product


def test_currencies(game: CatalogSnapshot) -> None:
    tokens, coins = game.currencies["tokens"], game.currencies["coins"]
    assert tokens.overflow is CurrencyOverflow.MAILBOX
    assert (tokens.gift_daily_max, tokens.gift_receive_daily_max) == (20, 30)
    assert tokens.gift_fee_bp == 500
    assert game.currencies["dust"].overflow is CurrencyOverflow.DISCARD
    assert coins.overflow is CurrencyOverflow.REFUSE
    assert (coins.gift_daily_max, coins.gift_receive_daily_max, coins.gift_fee_bp) == (0, 0, 0)


def test_items(game: CatalogSnapshot) -> None:
    assert list(game.items) == sorted(game.items)
    assert game.items["key"] == goods.Item(id="key")
    assert game.items["elixir"] == goods.Item(
        id="elixir",
        kind=goods.ItemKind.CONSUMABLE,
        min_level=2,
        use=goods.ItemUse(effects=Reward(currencies=(("coins", 5),)), cooldown_us=60 * SECOND),
    )
    assert game.items["ore"] == goods.Item(
        id="ore",
        max_stack=10,
        tradeable=True,
        overflow=goods.ItemOverflow.CONVERT,
        convert_to=(("coins", 2),),
    )
    frame, ticket, relic = (game.items[name] for name in ("frame", "ticket", "relic"))
    assert (frame.cosmetic_kind, frame.rarity, frame.slot) == (
        inventory_pb.COSMETIC_KIND_FRAME,
        inventory_pb.RARITY_EPIC,
        "frame",
    )
    assert ticket.lifetime_us == HOUR
    assert (relic.limit_quantity, relic.limit_per_player) == (5, 1)
    assert game.items["pumpkin"].available_until_us == us("2026-11-01T00:00:00+00:00")
    assert game.items["shard"].tags == ("crafting",)
    assert game.items["stamp"].slotless


@pytest.mark.parametrize(
    ("item", "instanced", "uses", "max_stack"),
    [
        ("sword", True, 1, 1),
        ("wand", True, 3, 1),
        ("shard", False, 1, 10),
        ("potion", False, 1, goods.MAX_STACK_DEFAULT),
    ],
)
def test_what_is_unique_or_used_often_is_instanced(
    game: CatalogSnapshot, item: str, instanced: bool, uses: int, max_stack: int
) -> None:
    found = game.items[item]
    assert (found.is_instanced, found.uses, found.max_stack) == (instanced, uses, max_stack)


def test_uses(game: CatalogSnapshot) -> None:
    vault, torch, boost = (game.items[name].use for name in ("vault", "torch", "boost"))
    assert vault is not None
    assert torch is not None
    assert boost is not None
    assert vault.effects.loot == (LootRoll("vault", 1),)
    assert vault.keys == (ItemAmount("key", 1),)
    assert torch.environments == {"cave"}
    assert torch.activities == {"dig", "explore"}
    assert boost.effects == Reward(multipliers=(TimedMultiplier(20000, 10 * MINUTE),))
    assert game.items["sword"].use is None


def test_loot_tables(game: CatalogSnapshot) -> None:
    vault, grab = game.loot_tables["vault"], game.loot_tables["grab"]
    assert [(entry.id, entry.weight) for entry in vault.entries] == [
        ("frame", 1),
        ("wand", 9),
        ("elixir", 90),
    ]
    assert vault.total_weight == 100
    assert vault.pity_after == 3
    assert vault.pity_entries == {"frame"}
    assert vault.duplicates is goods.DuplicatePolicy.EXCLUDE
    assert grab.duplicates is goods.DuplicatePolicy.CONVERT
    assert grab.duplicate_reward == (("coins", 7),)
    assert grab.pity_after == 0
    assert not grab.pity_entries
    assert grab.entries[1].reward == Reward(xp=4, multipliers=(TimedMultiplier(15000, 5 * MINUTE),))
    assert grab.entries[2].reward.is_empty
    assert game.loot_tables["chest"].duplicates is goods.DuplicatePolicy.ALLOW


def test_offers(game: CatalogSnapshot) -> None:
    potion, bundle, sale = (game.offers[name] for name in ("potion", "bundle", "sale"))
    assert potion.rule == "offer:potion"
    assert potion.prices == ((("coins", 10),), (("gems", 1),))
    assert (potion.stock, potion.limit_per_player) == (0, 0)
    assert potion.limit_window is goods.LimitWindow.EVER
    assert bundle.contents == Reward(
        xp=50,
        currencies=(("gems", 2),),
        items=(ItemAmount("potion", 3), ItemAmount("sword", 1)),
    )
    assert sale.discounts == (
        goods.Discount(1000),
        goods.Discount(2500, us("2026-11-18T00:00:00+00:00"), us("2026-11-19T00:00:00+00:00")),
    )
    season = game.offers["season"]
    assert season.available_until_us - season.available_from_us == 2 * DAY
    assert game.offers["barter"].prices == ((("coins", 10), ("tokens", 5)),)
    assert game.offers["limited"].stock == 3
    assert game.offers["level5"].min_level == 5
    assert game.offers["lucky"].contents.loot == (LootRoll("chest", 2),)
    assert game.offers["daily"].limit_window is goods.LimitWindow.DAILY
    assert game.offers_by_product == {"gems_50": game.offers["gems_pack"]}


def test_a_rotation_knows_its_offers(game: CatalogSnapshot) -> None:
    assert game.rotations["deals"] == goods.Rotation(
        id="deals",
        name="",
        cron="0 0 * * *",
        zone=ZoneInfo("Europe/Berlin"),
        size=2,
        offers=(("deal_a", 1), ("deal_b", 1), ("deal_c", 2), ("deal_d", 4)),
    )


def test_levels_and_activities_give_items(game: CatalogSnapshot) -> None:
    assert game.levels.items == {4: (("potion", 1),), 6: (("chest", 1),)}
    assert game.levels.rewards[6] == (("coins", 10), ("dust", 1))
    assert game.activity_types["hunt"].items == (ItemAmount("shard", 3),)
    assert game.activity_types["dig"].loot == (LootRoll("grab", 1),)


def test_items_that_meet_at_a_level_add_up() -> None:
    rewards = (
        "{every_levels: 2, items: [{item_id: a, quantity: 1}]},"
        "{level: 4, items: [{item_id: b, quantity: 5}, {item_id: a, quantity: 2}]},"
        "{level: 2, currencies: [{currency: c, amount: 1}]}"
    )
    snapshot = snapshot_of(
        "{name: g, currencies: [{code: c}], items: [{id: a}, {id: b}],"
        f"levels: {{linear: {{base: 1}}, hard_cap: 5, rewards: [{rewards}]}}}}"
    )
    assert snapshot.levels.items == {2: (("a", 1),), 4: (("a", 3), ("b", 5))}
    assert snapshot.levels.rewards == {2: (("c", 1),)}


def test_where_items_come_from(game: CatalogSnapshot) -> None:
    certain = 1_000_000
    assert game.item_sources["elixir"] == (
        ItemSource("loot_table", "vault", 900_000),
        ItemSource("offer", "weekly", certain),
    )
    assert game.item_sources["frame"] == (
        ItemSource("loot_table", "grab", 333_333),
        ItemSource("loot_table", "vault", 10_000),
    )
    assert game.item_sources["shard"] == (
        ItemSource("activity_type", "hunt", certain),
        ItemSource("item", "present", certain),
        ItemSource("offer", "deal_b", certain),
        ItemSource("offer", "limited", certain),
        ItemSource("offer", "sale", certain),
    )
    assert game.item_sources["chest"] == (ItemSource("level", "6", certain),)
    assert game.item_sources["stamp"] == ()
    assert list(game.item_sources) == list(game.items)


def test_several_entries_that_give_an_item_add_up() -> None:
    snapshot = snapshot_of(
        "{name: g, items: [{id: a}], loot_tables: [{id: t, entries: ["
        "{id: one, weight: 1, reward: {items: [{item_id: a, quantity: 1}]}},"
        "{id: two, weight: 1, reward: {items: [{item_id: a, quantity: 2}]}},"
        "{id: none, weight: 1}]}]}"
    )
    # Two thirds, rounded down once.
    assert snapshot.item_sources["a"] == (ItemSource("loot_table", "t", 666_666),)


def test_levels_are_sources_in_their_order() -> None:
    snapshot = snapshot_of(
        "{name: g, items: [{id: a}], levels: {linear: {base: 1}, hard_cap: 10,"
        " rewards: [{every_levels: 5, items: [{item_id: a, quantity: 1}]},"
        " {level: 2, items: [{item_id: a, quantity: 1}]}]}}"
    )
    assert [source.id for source in snapshot.item_sources["a"]] == ["2", "5", "10"]


def test_the_starter(starter: CatalogSnapshot) -> None:
    assert starter.economy == goods.Economy(inventory_capacity=100)
    coins = starter.currencies["coins"]
    assert (coins.overflow, coins.gift_fee_bp) == (CurrencyOverflow.MAILBOX, 500)
    assert {kind for item in starter.items.values() for kind in [item.kind]} == set(goods.ItemKind)
    assert starter.loot_tables["wooden_chest"].total_weight == 100
    assert starter.loot_tables["golden_chest"].pity_after == 9
    assert starter.offers_by_product["gems_100"].id == "gem_pack_small"
    assert starter.rotations["daily_deals"].size == 2
    assert len(starter.rotations["daily_deals"].offers) == 4
    assert not any(t.items or t.loot for t in starter.activity_types.values())
    assert not starter.levels.items


def test_the_bench_catalog_sells_and_uses_without_limits() -> None:
    bench = compile_catalog(load_catalog(ROOT / "tests/bench/catalog"), 1)
    potion, offer = bench.items["potion"], bench.offers["potion_offer"]
    assert potion.use == goods.ItemUse(effects=Reward(currencies=(("coins", 1),)))
    assert (offer.prices, offer.contents.items) == (((("coins", 1),),), (ItemAmount("potion", 1),))
    assert (offer.limit_per_player, offer.stock, offer.min_level) == (0, 0, 0)
    assert bench.items["gem_shard"].tradeable
    assert {f"item_{number:03}" for number in range(100)} <= set(bench.items)
    assert bench.economy.inventory_capacity == 0


def test_a_snapshot_cannot_change(game: CatalogSnapshot) -> None:
    with pytest.raises(FrozenInstanceError):
        game.items["ore"].max_stack = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        game.items["gold"] = game.items["ore"]  # type: ignore[index]
    with pytest.raises(TypeError):
        game.item_sources["ore"] = ()  # type: ignore[index]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (goods.ItemKind, inventory_pb.ItemKind),
        (goods.ItemOverflow, inventory_pb.ItemOverflow),
        (goods.DuplicatePolicy, pb.DuplicatePolicy),
        (goods.LimitWindow, pb.LimitWindow),
        (CurrencyOverflow, pb.CurrencyOverflow),
    ],
)
def test_our_enums_have_the_values_of_the_contract(ours: type, theirs: object) -> None:
    words = enum_words(theirs.DESCRIPTOR)  # type: ignore[attr-defined]
    assert {item.name.lower(): item.value for item in ours} == words  # type: ignore[attr-defined]
