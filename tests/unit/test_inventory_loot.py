"""Draws: their chances, their promises, and that each can be made again from its record."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.goods import (
    DuplicatePolicy,
    Item,
    ItemAmount,
    ItemKind,
    LootEntry,
    LootRoll,
    LootTable,
    Reward,
)
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    LootDrawn,
    MailReceived,
    RewardOverflowed,
    decode_facts,
)
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.work import Work
from renown_server.errors import MailboxFull, NothingToDraw
from renown_server.inventory.loot import PPM, chances, draw, odds_ppm
from renown_server.inventory.reach import Reach
from renown_server.inventory.state import CommonBook
from renown_server.inventory.store import BagsPart, ItemsPart
from tests.kit.commands import create
from tests.kit.economy import economy_game
from tests.kit.inventory import OPEN, Player, consumable, game_of
from tests.kit.pure import World

CHI_SQUARE_999 = {2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52, 6: 22.46, 9: 27.88}
"""What chi-square stays below in 999 of 1,000 runs, by degrees of freedom."""


def table_of(*weights: int, **fields: Any) -> LootTable:
    """Entries a, b, c, … that give nothing."""
    entries = tuple(LootEntry(chr(97 + i), weight) for i, weight in enumerate(weights))
    return LootTable("t", "", "", entries, sum(weights), **fields)


def drawn_by(table: LootTable, times: int, seed: int = 7) -> list[LootDrawn]:
    """The records of so many draws by a player who owns nothing."""
    work = Work(catalog=game_of(tables=[table]), now_us=1, random=SeededRandomness(seed))
    ItemsPart().open(work)
    work.attach(CommonBook())
    BagsPart().absorb(work, ["p"], [])
    work.begin("test")
    for _ in range(times):
        draw(work, "p", table, rule="test")
    return list(work.facts["p"])  # type: ignore[arg-type]


def recomputed(table: LootTable, fact: LootDrawn) -> str:
    """The entry that a record's roll hits, from the table and the record alone."""
    left = [
        (entry.id, entry.weight)
        for entry in table.entries
        if entry.id not in fact.excluded and (not fact.guaranteed or entry.id in table.pity_entries)
    ]
    assert sum(weight for _, weight in left) == fact.total_weight
    roll = fact.roll
    assert 0 <= roll < fact.total_weight
    for name, weight in left:
        if roll < weight:
            return name
        roll -= weight
    raise AssertionError("beyond the weights")


@pytest.mark.parametrize("weights", [(50, 45, 5), (1, 1, 1, 1), (600, 300, 90, 9, 1), (1, 99_999)])
def test_chi_square_over_100_000_draws(weights: tuple[int, ...]) -> None:
    table = table_of(*weights)
    counts = Counter(fact.entry for fact in drawn_by(table, 100_000))
    expected = {entry.id: entry.weight / table.total_weight * 100_000 for entry in table.entries}
    if min(expected.values()) >= 5:
        square = sum((counts[name] - n) ** 2 / n for name, n in expected.items())
        assert square < CHI_SQUARE_999.get(len(weights) - 1, 10.83)
    else:
        assert counts["a"] <= 10


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=64))
def test_odds_add_up_to_one_million(weights: list[int]) -> None:
    odds = odds_ppm(tuple(weights))
    assert sum(odds) == (PPM if any(weights) else 0)
    total = sum(weights)
    for share, weight in zip(odds, weights, strict=True):
        assert total == 0 or abs(share * total - weight * PPM) < total
        assert weight or not share


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 1000), min_size=2, max_size=6),
    st.integers(1, 12),
    st.integers(0, 10**6),
)
def test_pity_never_passes_its_bound(weights: list[int], after: int, seed: int) -> None:
    table = table_of(*weights, pity_after=after, pity_entries=frozenset({"a"}))
    misses = 0
    for fact in drawn_by(table, 200, seed):
        assert fact.pity_before == misses <= after
        assert fact.guaranteed == (misses == after)
        assert recomputed(table, fact) == fact.entry
        misses = 0 if fact.entry == "a" else misses + 1


def test_a_guarantee_that_is_owned_is_no_guarantee() -> None:
    table = table_of(
        1,
        9,
        pity_after=2,
        pity_entries=frozenset({"a"}),
        duplicates=DuplicatePolicy.EXCLUDE,
    )
    assert chances(table, 2, (False, False)).guaranteed
    found = chances(table, 2, (True, False))
    assert (found.weights, found.guaranteed) == ((0, 9), False)
    found = chances(table, 2, (False, False), frozenset({"a"}))
    assert (found.weights, found.guaranteed) == ((0, 9), False)


def test_every_record_of_real_draws_can_be_made_again() -> None:
    catalog = economy_game()
    world = World(dataclasses.replace(catalog, economy=game_of().economy))
    world.run(create("p"))
    p = Player(world.snapshot)
    world.run(p.grant(chest=100, vault=3, key=3))
    world.run(p.open("chest", 100))
    for _ in range(3):
        world.run(p.open("vault"))
    facts = [
        fact
        for row in world.tables["draws"].values()
        for fact in decode_facts(row[3])
        if isinstance(fact, LootDrawn)
    ]
    assert len(facts) == 103
    for fact in facts:
        assert recomputed(catalog.loot_tables[fact.table], fact) == fact.entry
    assert sorted(fact.entry for fact in facts[100:]) == ["elixir", "frame", "wand"]
    assert [len(fact.excluded) for fact in facts[100:]] == [0, 1, 2]


def test_the_records_row_names_its_command() -> None:
    world = World(economy_game())
    world.run(create("p"))
    p = Player(world.snapshot)
    world.run(p.grant(chest=2))
    done = world.run(p.use(OPEN, "chest", 2, "my-open"))
    place = next(i for i, fact in enumerate(done.facts) if isinstance(fact, LootDrawn))
    ((key, row),) = world.tables["draws"].items()
    assert key == ("p", done.first_sequence + place)
    assert row[2] == "my-open"
    assert decode_facts(row[3]) == [fact for fact in done.facts if isinstance(fact, LootDrawn)]
    assert row[5] == world.snapshot.version


def test_who_owns_everything_draws_nothing() -> None:
    world = World(economy_game())
    world.run(create("p"))
    p = Player(world.snapshot)
    world.run(p.grant(vault=1, key=1, frame=1, wand=1, elixir=1))
    before = world.state()
    with pytest.raises(NothingToDraw):
        world.run(p.open("vault"))
    before["requests"] = world.tables["requests"]
    assert world.state() == before


def box_of(*entries: LootEntry, rolls: int = 1, **fields: Any) -> tuple[Item, LootTable]:
    """A container and its table."""
    table = LootTable("t", "", "", entries, sum(entry.weight for entry in entries), **fields)
    loot = Reward(loot=(LootRoll("t", rolls),))
    return consumable("box", loot, kind=ItemKind.CONTAINER), table


def opened(catalog: CatalogSnapshot, quantity: int = 1, **items: int) -> tuple[World, list[Any]]:
    world = World(catalog)
    world.run(create("p"))
    p = Player(catalog)
    world.run(p.grant(**items))
    return world, world.run(p.open("box", quantity)).facts


def test_a_duplicate_is_turned_into_money() -> None:
    hat = LootEntry("hat", 1, Reward(items=(ItemAmount("hat", 1),)))
    box, table = box_of(hat, duplicates=DuplicatePolicy.CONVERT, duplicate_reward=(("coins", 7),))
    world, facts = opened(game_of(box, Item("hat"), tables=[table]), 3, box=3)
    assert [fact.duplicate for fact in facts if isinstance(fact, LootDrawn)] == [False, True, True]
    assert facts[-1] == CurrencyChanged("loot_table:t", "coins", 7, 14, "issuance:loot")
    assert world.items("p") == {("hat", ""): 1}


def test_an_expired_item_is_no_duplicate() -> None:
    hat = LootEntry("hat", 1, Reward(items=(ItemAmount("hat", 1),)))
    box, table = box_of(hat, duplicates=DuplicatePolicy.EXCLUDE)
    catalog = game_of(box, Item("hat", lifetime_us=60_000_000), tables=[table])
    world, _ = opened(catalog, box=3)
    with pytest.raises(NothingToDraw):
        world.run(Player(catalog).open("box"))
    world.clock.value_us += 60_000_000
    world.run(Player(catalog).open("box"))


def test_what_is_drawn_and_finds_no_room_is_sent_in_one_mail() -> None:
    rock = LootEntry("rock", 1, Reward(items=(ItemAmount("rock", 2),)))
    gems = LootEntry("gems", 1, Reward(currencies=(("gems", 60),)))
    box, table = box_of(rock, gems)
    catalog = game_of(box, Item("rock", max_stack=1), tables=[table], inventory_capacity=2)
    world, facts = opened(catalog, 20, box=20)
    mails = [fact for fact in facts if isinstance(fact, MailReceived)]
    assert len(mails) == 1
    assert mails[0].rule == "overflow:item:box"
    drawn = Counter(fact.entry for fact in facts if isinstance(fact, LootDrawn))
    assert mails[0].items == (("rock", 2 * drawn["rock"] - 2),)
    assert mails[0].currencies == (("gems", 60 * drawn["gems"] - 100),)
    assert world.balance("p", "gems") == 100
    policies = {fact.policy for fact in facts if isinstance(fact, RewardOverflowed)}
    assert policies == {"mailbox"}


def test_without_a_place_for_that_mail_nothing_is_drawn() -> None:
    box, table = box_of(LootEntry("nothing", 1))
    catalog = game_of(box, tables=[table], mailbox_capacity=1)
    world = World(catalog)
    world.run(create("p"))
    p = Player(catalog)
    world.run(p.grant(box=2))
    world.run(p.open("box"))
    world.run(p.post(box=1))
    with pytest.raises(MailboxFull):
        world.run(p.open("box"))


def test_what_the_game_gives_no_more_of_is_not_drawn() -> None:
    relic = LootEntry("relic", 99, Reward(items=(ItemAmount("relic", 1),)))
    box, table = box_of(relic, LootEntry("nothing", 1))
    catalog = game_of(box, Item("relic", limit_quantity=2), tables=[table])
    world, facts = opened(catalog, 50, box=50)
    draws = [fact for fact in facts if isinstance(fact, LootDrawn)]
    assert sum(fact.entry == "relic" for fact in draws) == 2
    assert draws[-1].excluded == ("relic",)
    assert draws[-1].total_weight == 1
    assert world.tables["stock"]["item:relic"][2] == 2


def test_chance_is_asked_when_everything_is_there() -> None:
    """What a draw gives need not be loaded one by one, the command running again each time."""
    entries = [
        LootEntry(f"i{n}", 1, Reward(items=(ItemAmount(f"i{n}", 1),), xp=n)) for n in range(5)
    ]
    box, table = box_of(*entries, rolls=3)
    items = [Item(f"i{n}") for n in range(5)]
    catalog = game_of(box, *items, tables=[table], inventory_capacity=3)
    world = World(catalog)
    world.run(create("p"))
    p = Player(catalog)
    world.run(p.grant(box=10))
    asked: list[int] = []

    class Counting(SeededRandomness):
        def below(self, bound: int) -> int:
            asked.append(bound)
            return super().below(bound)

    world.random = Counting(3)
    command = p.open("box", 10)
    command.reach = Reach(catalog)  # As if it had been made by a catalog without any of this.
    done = world.run(command)
    assert len(asked) == 30 == sum(isinstance(fact, LootDrawn) for fact in done.facts)


def test_all_that_is_drawn_and_given_adds_up() -> None:
    world = World(economy_game())
    world.run(create("p"))
    p = Player(world.snapshot)
    world.run(p.grant(chest=40))
    for _ in range(8):
        world.run(p.open("chest", 5))
    facts = [fact for row in world.tables["requests"].values() for fact in decode_facts(row[9])]
    moved: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if isinstance(fact, ItemChanged):
            moved[fact.item, fact.instance] += fact.amount
    assert {key: n for key, n in moved.items() if n} == world.items("p")
