"""Items that are given: room, limits, and what finds neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renown_server.catalog.goods import Item, ItemOverflow
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    ItemEquipped,
    MailReceived,
    RewardOverflowed,
)
from renown_server.errors import (
    InsufficientItems,
    InvalidArgument,
    InventoryFull,
    ItemLimit,
    MailboxFull,
    PlayerNotFound,
    QuantityOutOfRange,
    RenownError,
    UnknownItem,
)
from tests.kit.commands import create
from tests.kit.economy import economy_game
from tests.kit.inventory import Player, consumable, game_of
from tests.kit.pure import World
from tests.kit.times import HOUR, MINUTE, NOON


def world_of(catalog: object = None) -> tuple[World, Player]:
    world = World(catalog or economy_game())  # type: ignore[arg-type]
    world.run(create("p"))
    return world, Player(world.snapshot)


def slots(world: World, player: str = "p") -> int:
    row = world.tables["bags"].get(player)
    return int(row[1]) if row else 0


def test_a_grant_names_its_other_side() -> None:
    world, p = world_of()
    assert world.run(p.grant(potion=3)).facts == [
        ItemChanged("request:GrantItems", "potion", 3, 3, "issuance:grant")
    ]
    assert world.run(p.grant(potion=1, shard=2)).facts[0].quantity_after == 4
    assert world.items("p") == {("potion", ""): 4, ("shard", ""): 2}
    assert world.tables["item_statistics"]["potion"][1:5] == (4, 0, 0, 0)


def test_instances_have_ids_and_a_history() -> None:
    world, p = world_of()
    done = world.run(p.grant("r-9", sword=2, wand=1))
    instances = [fact.instance for fact in done.facts]
    assert len(set(instances)) == 3
    assert all(len(instance) == 16 for instance in instances)
    rows = [row for key, row in world.tables["items"].items() if key[0] == "p"]
    assert [row[3] for row in rows] == [1, 1, 1]
    assert '"command_id":"r-9"' in rows[0][8]
    assert [row[6] for row in rows] == [0, 0, 3]


@pytest.mark.parametrize(
    ("items", "error", "field"),
    [
        ((("potion", 1), ("nothing", 1)), UnknownItem, "items[1].item_id"),
        ((("potion", 1), ("shard", 1), ("potion", 2)), InvalidArgument, "items[2].item_id"),
    ],
)
def test_a_list_that_is_wrong(
    items: tuple[tuple[str, int], ...], error: type[RenownError], field: str
) -> None:
    world, p = world_of()
    before = world.state()
    for to_mailbox in (False, True):
        with pytest.raises(error) as raised:
            world.run(p.grant_pairs(items, to_mailbox=to_mailbox))
        assert raised.value.refusal.violations[0][0] == field
    assert world.state() == before


def test_the_player_must_exist() -> None:
    world, _ = world_of()
    with pytest.raises(PlayerNotFound):
        world.run(Player(world.snapshot, "nobody").grant(potion=1))


@pytest.mark.parametrize(
    ("quantity", "taken"), [(1, 1), (9, 1), (10, 1), (11, 2), (99, 10), (100, 10)]
)
def test_slots_by_max_stack(quantity: int, taken: int) -> None:
    world, p = world_of()
    world.run(p.grant(shard=quantity))
    assert slots(world) == taken


def test_up_to_the_last_place_of_the_last_slot() -> None:
    world, p = world_of()
    world.run(p.grant(shard=95))
    world.run(p.grant(shard=5))
    with pytest.raises(InventoryFull) as raised:
        world.run(p.grant(shard=1))
    assert raised.value.refusal.metadata == {"capacity": "10", "used": "10", "needed": "1"}
    world.run(p.grant(stamp=AMOUNT_MAX))
    assert slots(world) == 10


def test_slots_of_an_earlier_definition_are_not_lost() -> None:
    world, p = world_of()
    before = world.snapshot
    world.snapshot = replace(
        before, items={**before.items, "shard": replace(before.items["shard"], max_stack=1)}
    )
    world.run(p.grant(shard=9))
    assert slots(world) == 9
    world.snapshot = before
    world.run(p.grant(shard=11))
    # Two for the shards, and one each for the others.
    world.run(p.grant(sword=8))
    assert slots(world) == 10
    with pytest.raises(InventoryFull):
        world.run(p.grant(sword=1))


def test_a_partial_fit_is_refused_as_a_whole() -> None:
    world, p = world_of()
    world.run(p.grant(sword=9))
    before = world.state()
    with pytest.raises(InventoryFull):
        world.run(p.grant("r", potion=1, shard=11))
    before["requests"] = world.tables["requests"]
    assert world.state() == before
    world.run(p.grant(shard=10))


def test_without_room_to_the_mailbox() -> None:
    world, p = world_of()
    world.run(p.grant(sword=9))
    facts = world.run(p.grant(scroll=25)).facts
    assert facts == [
        ItemChanged("request:GrantItems", "scroll", 10, 10, "issuance:grant"),
        RewardOverflowed("request:GrantItems", 15, "mailbox", item="scroll"),
        MailReceived("overflow:scroll", 1, NOON + 24 * HOUR, items=(("scroll", 15),)),
    ]
    assert world.items("p")["scroll", ""] == 10
    assert world.tables["item_statistics"]["scroll"][1] == 10


def test_without_room_into_money() -> None:
    world, p = world_of()
    world.run(p.grant(sword=9))
    facts = world.run(p.grant(ore=12)).facts
    assert facts == [
        ItemChanged("request:GrantItems", "ore", 10, 10, "issuance:grant"),
        RewardOverflowed("request:GrantItems", 2, "convert", item="ore"),
        CurrencyChanged("convert:ore", "coins", 4, 4, "convert:ore"),
    ]


def test_mail_without_end_is_refused() -> None:
    world, p = world_of()
    world.run(p.grant(sword=10))
    for _ in range(5):
        world.run(p.grant(scroll=1))
    with pytest.raises(MailboxFull):
        world.run(p.grant(scroll=1))
    with pytest.raises(MailboxFull):
        world.run(p.post(potion=1))
    world.clock.value_us += 24 * HOUR
    assert world.run(p.post(potion=1)).facts[0].mail_no == 6


def test_a_refused_mail_leaves_no_trace_in_its_batch() -> None:
    world, p = world_of()
    world.run(p.grant(sword=10))
    refused, sent = world.batch(p.grant(scroll=1, potion=1), p.post(shard=2))
    assert isinstance(refused, InventoryFull)
    assert [fact.mail_no for fact in sent.facts] == [1]  # type: ignore[union-attr]
    assert list(world.tables["mail"]) == [("p", 1)]


def test_a_limit_for_everybody() -> None:
    world, p = world_of()
    world.run(create("q"))
    world.run(create("r"))
    world.run(p.grant(relic=1))
    world.run(Player(world.snapshot, "q").post(relic=4))
    with pytest.raises(ItemLimit) as raised:
        world.run(Player(world.snapshot, "r").grant(relic=1))
    assert raised.value.refusal.metadata == {"item": "relic", "limit": "5", "remaining": "0"}
    assert world.tables["stock"]["item:relic"] == ("item:relic", 5, 5)


def test_a_limit_for_each_player() -> None:
    world, p = world_of()
    world.run(p.grant(relic=1))
    with pytest.raises(ItemLimit) as raised:
        world.run(p.grant(relic=1))
    assert raised.value.refusal.metadata == {"item": "relic", "limit": "1", "remaining": "0"}
    assert world.tables["stock"]["item:relic"][2] == 1


def test_a_season_that_is_over() -> None:
    world, p = world_of()
    with pytest.raises(ItemLimit):
        world.run(p.grant(pumpkin=1))


@pytest.mark.parametrize("last", [1, 2, AMOUNT_MAX])
def test_a_stack_up_to_the_greatest_number(last: int) -> None:
    world, p = world_of(game_of(Item("dust")))
    if last < AMOUNT_MAX:
        world.run(p.grant(dust=AMOUNT_MAX - last))
    world.run(p.grant(dust=last))
    assert world.items("p") == {("dust", ""): AMOUNT_MAX}
    with pytest.raises(QuantityOutOfRange):
        world.run(p.grant(dust=1))
    assert world.items("p") == {("dust", ""): AMOUNT_MAX}


def test_what_passes_the_greatest_number_follows_the_policy() -> None:
    world, p = world_of(game_of(Item("dust", overflow=ItemOverflow.MAILBOX)))
    world.run(p.grant(dust=AMOUNT_MAX - 1))
    facts = world.run(p.grant(dust=3)).facts
    assert [facts[0].amount, facts[1].amount, facts[2].items] == [1, 2, (("dust", 2),)]


@pytest.mark.parametrize("to_mailbox", [False, True])
def test_too_many_instances(to_mailbox: bool) -> None:
    world, p = world_of(game_of(Item("gem", is_instanced=True, max_stack=1, unique=True)))
    with pytest.raises(QuantityOutOfRange):
        world.run(p.grant_pairs((("gem", 1001),), to_mailbox=to_mailbox))
    world.run(p.grant_pairs((("gem", 1000),), to_mailbox=to_mailbox))


def test_stacks_that_expire_share_a_minute() -> None:
    world, p = world_of()
    world.run(p.grant(ticket=1))
    world.clock.value_us += 1
    world.run(p.grant(ticket=1))
    world.run(p.grant(ticket=1))
    first, second = NOON + HOUR, NOON + HOUR + MINUTE
    assert world.items("p") == {("ticket", f"x{first}"): 1, ("ticket", f"x{second}"): 2}
    world.clock.value_us = first
    facts = world.run(p.grant(ticket=1)).facts
    assert facts == [
        ItemChanged(
            "request:GrantItems",
            "ticket",
            1,
            1,
            "issuance:grant",
            f"x{first + HOUR}",
            first + HOUR,
        )
    ]


def test_what_has_expired_makes_room() -> None:
    world, p = world_of()
    world.run(p.grant(ticket=3, sword=9))
    with pytest.raises(InventoryFull):
        world.run(p.grant(potion=1))
    world.clock.value_us += HOUR
    facts = world.run(p.grant(potion=1)).facts
    assert facts[0].counter_account == "sink:expired"
    assert facts[0].amount == -3
    assert facts[1].item == "potion"
    assert slots(world) == 10
    assert world.tables["item_statistics"]["ticket"][1:4] == (3, 0, 3)


def test_a_full_bag_takes_more_of_a_stack_that_expires_then() -> None:
    world, p = world_of()
    world.run(p.grant(sword=9, ticket=1))
    world.run(p.grant(ticket=1))
    assert slots(world) == 10


def test_what_expires_is_no_longer_worn() -> None:
    world, p = world_of(game_of(Item("hat", slot="head", lifetime_us=HOUR)))
    world.run(p.grant(hat=1))
    world.run(p.equip("hat"))
    world.clock.value_us += 2 * HOUR
    with pytest.raises(InsufficientItems):
        world.run(p.equip("hat"))
    world.run(p.grant(hat=1))
    gone, emptied, worn = world.run(p.equip("hat")).facts
    assert (gone.amount, gone.counter_account) == (-1, "sink:expired")
    assert emptied == ItemEquipped("expiry:hat", "head")
    assert worn.instance == f"x{NOON + 3 * HOUR}"


def test_an_item_that_is_no_longer_defined_is_kept() -> None:
    world, p = world_of(game_of(consumable("potion")))
    world.run(p.grant(potion=3))
    world.snapshot = game_of(Item("other"), version=2)
    with pytest.raises(UnknownItem):
        world.run(Player(world.snapshot).grant(potion=1))
    assert world.items("p") == {("potion", ""): 3}


def test_the_same_request_again() -> None:
    world, p = world_of()
    first = world.run(p.grant("again", sword=1))
    second = world.run(p.grant("again", sword=1))
    assert second.facts == first.facts
    assert second.replayed
    assert len(world.items("p")) == 1
