"""Slots that are equipped, and mail that is claimed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from renown_server.catalog.goods import Item, ItemOverflow
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.facts import CurrencyChanged, ItemChanged, ItemEquipped, MailClaimed
from renown_server.engine.work import NotLoaded
from renown_server.errors import (
    BalanceCap,
    InsufficientItems,
    InventoryFull,
    ItemLimit,
    ItemNotFound,
    LevelTooLow,
    MailboxFull,
    MailExpired,
    MailNotFound,
    NotEquippable,
    UnknownCurrency,
)
from renown_server.errors import MailClaimed as ClaimedBefore
from renown_server.inventory.equip import Slot
from renown_server.inventory.mail_state import WAITING_MAX
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import economy_game
from tests.kit.inventory import Player, game_of
from tests.kit.pure import World
from tests.kit.times import HOUR, NOON

DAY = 24 * HOUR


def world_of(catalog: CatalogSnapshot | None = None, **items: int) -> tuple[World, Player]:
    world = World(catalog or economy_game())
    world.run(create("p"))
    p = Player(world.snapshot)
    if items:
        world.run(p.grant(**items))
    return world, p


def equipped(world: World) -> dict[str, list[str]]:
    row = world.tables["bags"]["p"]
    return dict(json.loads(row[4]))


def test_a_unit_of_a_stack_is_equipped() -> None:
    world, p = world_of(frame=2)
    done = world.run(p.equip("frame"))
    assert done.facts == [ItemEquipped("request:EquipItem", "frame", "frame")]
    assert done.result_as(Slot) == Slot("frame", ("frame", ""))
    assert equipped(world) == {"frame": ["frame", ""]}


def test_the_next_one_replaces_it() -> None:
    world, p = world_of(sword=2)
    first, second = sorted(instance for _, instance in world.items("p"))
    world.run(p.equip("sword", first))
    done = world.run(p.equip("sword", second))
    assert done.facts == [ItemEquipped("request:EquipItem", "weapon", "sword", second)]
    assert done.result_as(Slot) == Slot("weapon", ("sword", second), ("sword", first))
    assert equipped(world) == {"weapon": ["sword", second]}


def test_the_same_one_again_changes_nothing() -> None:
    world, p = world_of(frame=1)
    world.run(p.equip("frame"))
    done = world.run(p.equip("frame"))
    assert not done.facts
    assert done.result_as(Slot) == Slot("frame", ("frame", ""))


def test_without_an_instance_the_first_one_is_equipped() -> None:
    world, p = world_of(sword=3)
    done = world.run(p.equip("sword"))
    first = min(instance for _, instance in world.items("p"))
    assert done.result_as(Slot).after == ("sword", first)


def test_what_can_not_be_equipped() -> None:
    hat = Item("hat", slot="head", min_level=2)
    world, p = world_of(game_of(hat, Item("stone"), Item("cap", slot="head")), hat=1, stone=1)
    for item, instance, error in (
        ("nothing", "", ItemNotFound),
        ("stone", "", NotEquippable),
        ("hat", "", LevelTooLow),
        ("cap", "", InsufficientItems),
        ("cap", "ff", ItemNotFound),
    ):
        before = {k: v for k, v in world.state().items() if k != "requests"}
        with pytest.raises(error):
            world.run(p.equip(item, instance))
        assert before == {k: v for k, v in world.state().items() if k != "requests"}
    world.run(activity("p", "reading", metrics={"hours": 200}))
    world.run(p.equip("hat"))


def test_a_slot_is_emptied_once() -> None:
    world, p = world_of(frame=1)
    world.run(p.equip("frame"))
    done = world.run(p.unequip("frame"))
    assert done.facts == [ItemEquipped("request:UnequipItem", "frame")]
    assert done.result_as(Slot) == Slot("frame", before=("frame", ""))
    done = world.run(p.unequip("frame"))
    assert not done.facts
    assert done.result_as(Slot) == Slot("frame")


def test_an_item_whose_slot_has_changed_is_in_one_slot() -> None:
    world, p = world_of(game_of(Item("hat", slot="head")), hat=1)
    world.run(p.equip("hat"))
    world.snapshot = game_of(Item("hat", slot="hand"), version=2)
    facts = world.run(p.equip("hat")).facts
    assert facts == [
        ItemEquipped("request:EquipItem", "head"),
        ItemEquipped("request:EquipItem", "hand", "hat"),
    ]
    assert equipped(world) == {"hand": ["hat", ""]}


def test_a_mail_is_claimed_once() -> None:
    world, p = world_of()
    world.run(p.post("For you", potion=3, sword=1))
    done = world.run(p.claim(1, "c"))
    assert done.facts[0] == ItemChanged("request:GrantItems", "potion", 3, 3, "mail:1")
    assert done.facts[2:] == [MailClaimed("request:GrantItems", 1)]
    assert world.run(p.claim(1, "c")).facts == done.facts
    assert sum(world.items("p").values()) == 4
    with pytest.raises(ClaimedBefore) as raised:
        world.run(p.claim(1))
    assert raised.value.refusal.metadata == {"mail_id": "1"}
    assert world.tables["item_statistics"]["potion"][1] == 3
    assert world.tables["mail"]["p", 1][4:] == ("For you", NOON, NOON + DAY, NOON)


def test_a_mail_sent_and_claimed_in_one_batch() -> None:
    world, p = world_of()
    world.batch(p.post(potion=1), p.claim(1), p.post(potion=1), p.claim(2), p.claim(2))
    assert world.items("p") == {("potion", ""): 2}
    assert [row[7] for row in world.tables["mail"].values()] == [NOON, NOON]


@pytest.mark.parametrize("mail_no", [0, 2, 10**18 - 1])
def test_a_mail_that_is_not_there(mail_no: int) -> None:
    world, p = world_of()
    world.run(p.post(potion=1))
    with pytest.raises(MailNotFound):
        world.run(p.claim(mail_no))


def test_what_a_mail_holds_is_asked_for_at_once() -> None:
    names = [f"item{number}" for number in range(300)]
    world, p = world_of(game_of(*[Item(name, slotless=True) for name in names]))
    world.run(p.post(**dict.fromkeys(names, 1)))
    claim = p.claim(1)
    work = world.open([claim])
    work.begin(claim.principal)
    with pytest.raises(NotLoaded) as found:
        claim.decide(work)
    assert (found.value.part, len(found.value.keys)) == ("items", 300)
    world.run(claim)
    assert len(world.items("p")) == 300


def test_mail_of_another_player() -> None:
    world, p = world_of()
    world.run(create("q"))
    world.run(p.post(potion=1))
    with pytest.raises(MailNotFound):
        world.run(Player(world.snapshot, "q").claim(1))


@pytest.mark.parametrize(("waited", "there"), [(DAY - 1, True), (DAY, False)])
def test_mail_expires(waited: int, there: bool) -> None:
    world, p = world_of()
    world.run(p.post(potion=1))
    world.clock.value_us += waited
    if there:
        world.run(p.claim(1))
    else:
        with pytest.raises(MailExpired):
            world.run(p.claim(1))
        assert not world.items("p")


@pytest.mark.parametrize("overflow", list(ItemOverflow))
def test_what_finds_no_room_stays_in_the_mail(overflow: ItemOverflow) -> None:
    coin = Item("coin", max_stack=1, overflow=overflow, convert_to=(("coins", 1),))
    world, p = world_of(game_of(coin, Item("rock"), inventory_capacity=3))
    world.run(p.grant(coin=3))
    world.run(p.post(rock=1, coin=2))
    before = world.state()
    with pytest.raises(InventoryFull) as raised:
        world.run(p.claim(1))
    assert raised.value.refusal.metadata == {"capacity": "3", "used": "3", "needed": "1"}
    before["requests"] = world.tables["requests"]
    assert world.state() == before


def test_a_players_limit_holds_for_mail() -> None:
    world, p = world_of()
    world.run(p.post(relic=1))
    world.run(p.grant(relic=1))
    with pytest.raises(ItemLimit):
        world.run(p.claim(1))


def test_the_games_limit_was_counted_when_it_was_sent() -> None:
    relic = Item("relic", limit_quantity=1)
    world, p = world_of(game_of(relic))
    world.run(p.post(relic=1))
    world.run(p.claim(1))
    assert world.items("p") == {("relic", ""): 1}
    assert world.tables["stock"]["item:relic"][2] == 1


def test_money_by_mail_finds_room_or_stays() -> None:
    world, p = world_of()
    world.run(credit("p", tokens=50))
    world.run(p.grant(ore=100))
    world.snapshot = ore_becomes_tokens(world.snapshot)
    world.run(p.grant(ore=20))
    assert world.tables["mail"]["p", 1][2] == '{"currencies":[["tokens",20]]}'
    with pytest.raises(BalanceCap):
        world.run(p.claim(1))
    world.run(debit("p", tokens=19))
    done = world.run(p.claim(1, "part"))
    assert done.facts == [CurrencyChanged("overflow:tokens", "tokens", 19, 50, "mail:1")]
    row = world.tables["mail"]["p", 1]
    assert row[2] == '{"currencies":[["tokens",1]],"taken_currencies":[["tokens",19]]}'
    assert row[7] == 0
    world.run(debit("p", tokens=1))
    assert world.run(p.claim(1, "part")).facts == done.facts
    assert world.balance("p", "tokens") == 49
    assert isinstance(world.run(p.claim(1)).facts[-1], MailClaimed)
    assert world.balance("p", "tokens") == 50
    assert world.tables["mail"]["p", 1][2] == '{"currencies":[["tokens",20]]}'


def ore_becomes_tokens(catalog: CatalogSnapshot) -> CatalogSnapshot:
    """A currency that overflows into the mailbox, for an item that overflows into it."""
    ore = replace(catalog.items["ore"], convert_to=(("tokens", 1),))
    return replace(catalog, items={**catalog.items, "ore": ore})


def test_claimed_money_is_a_posting() -> None:
    world, p = world_of()
    world.run(credit("p", tokens=45))
    world.run(p.grant(ore=100))
    world.snapshot = ore_becomes_tokens(world.snapshot)
    world.run(p.grant(ore=12))
    assert world.balance("p", "tokens") == 50
    world.run(debit("p", tokens=7))
    facts = world.run(p.claim(1)).facts
    assert facts[0] == CurrencyChanged("overflow:tokens", "tokens", 7, 50, "mail:1")


def test_mail_with_what_the_catalog_no_longer_defines() -> None:
    world, p = world_of(game_of(Item("old")))
    world.run(p.post(old=1))
    world.snapshot = game_of(version=2)
    with pytest.raises(ItemNotFound):
        world.run(p.claim(1))
    world.snapshot = game_of(Item("old"), version=3)
    world.run(p.claim(1))


def test_money_that_is_no_longer_defined_waits() -> None:
    world, p = world_of()
    world.run(p.post(potion=1))
    row = world.tables["mail"]["p", 1]
    world.tables["mail"]["p", 1] = (*row[:2], '{"currencies":[["shells",1]]}', *row[3:])
    with pytest.raises(UnknownCurrency):
        world.run(p.claim(1))


def test_a_claim_makes_a_place_in_the_mailbox() -> None:
    world, p = world_of()
    for _ in range(5):
        world.run(p.post(potion=1))
    with pytest.raises(MailboxFull):
        world.run(p.post(potion=1))
    full, claimed, sent = world.batch(p.post(potion=1), p.claim(2), p.post(potion=1))
    assert isinstance(full, MailboxFull)
    assert not isinstance(claimed, BaseException)
    assert [fact.mail_no for fact in sent.facts] == [6]  # type: ignore[union-attr]


def test_no_mailbox_is_without_end() -> None:
    world, p = world_of(game_of(Item("x"), mailbox_capacity=100_000))
    world.batch(*[p.post(x=1) for _ in range(WAITING_MAX)])
    with pytest.raises(MailboxFull) as raised:
        world.run(p.post(x=1))
    assert raised.value.refusal.metadata == {"capacity": str(WAITING_MAX)}


def test_a_claim_up_to_the_greatest_number() -> None:
    world, p = world_of(game_of(Item("dust")))
    world.run(p.post(dust=2))
    world.run(p.grant(dust=AMOUNT_MAX - 2))
    world.run(p.claim(1))
    assert world.items("p") == {("dust", ""): AMOUNT_MAX}
