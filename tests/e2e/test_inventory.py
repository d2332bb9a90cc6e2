"""Items and mail over the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import grpc
import pytest

import renown
from renown import errors
from renown.v1 import inventory_service_pb2 as pb
from tests.e2e.conftest import Running


async def owned(game: renown.Client, player: str) -> dict[str, int]:
    """Units by item."""
    found: dict[str, int] = {}
    async for item in game.inventory.items(player):
        found[item.item_id] = found.get(item.item_id, 0) + item.quantity
    return found


async def test_items_are_granted_and_listed(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    got = await game.inventory.grant(
        player, {"health_potion": 3, "wooden_sword": 1, "event_ticket": 2}, request_id=f"g-{player}"
    )
    assert [(c.item_id, c.quantity, c.quantity_after) for c in got.items] == [
        ("health_potion", 3, 3),
        ("wooden_sword", 1, 1),
        ("event_ticket", 2, 2),
    ]
    assert {(c.counter_account, c.reason) for c in got.items} == {
        ("issuance:grant", "request:GrantItems")
    }
    again = await game.inventory.grant(
        player, {"health_potion": 3, "wooden_sword": 1, "event_ticket": 2}, request_id=f"g-{player}"
    )
    assert again == got
    ticket, potion, sword = [item async for item in game.inventory.items(player)]
    assert (ticket.item_id, ticket.quantity) == ("event_ticket", 2)
    assert ticket.instance_id.startswith("x")
    assert ticket.expires_at == got.items[2].expires_at
    assert (potion.item_id, potion.instance_id, potion.kind) == (
        "health_potion",
        "",
        renown.ItemKind.CONSUMABLE,
    )
    assert sword.provenance is not None
    assert (sword.provenance.rule, sword.provenance.command_id) == (
        "request:GrantItems",
        f"g-{player}",
    )
    space = await game.inventory.space(player)
    assert (space.capacity, space.used_slots) == (100, 3)


async def test_pages_and_filters(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"wooden_sword": 7, "iron_ore": 60, "frame_gold": 1})
    everything = [item async for item in game.inventory.items(player, page_size=2)]
    keys = [(item.item_id, item.instance_id) for item in everything]
    assert keys == sorted(set(keys))
    assert len(keys) == 9
    await game.inventory.equip(player, "wooden_sword", instance_id=keys[4][1])
    await game.inventory.equip(player, "frame_gold")
    pages = game.inventory.items
    swords = [item async for item in pages(player, item_id="wooden_sword", page_size=3)]
    assert len(swords) == 7
    worn = [item async for item in pages(player, equipped_only=True, page_size=1)]
    assert [(i.item_id, i.instance_id, i.slot) for i in worn] == [
        ("frame_gold", "", "frame"),
        ("wooden_sword", keys[4][1], "weapon"),
    ]
    cosmetics = [item async for item in pages(player, kind=renown.ItemKind.COSMETIC)]
    assert [item.item_id for item in cosmetics] == ["frame_gold"]
    assert cosmetics[0].cosmetic_kind is renown.CosmeticKind.FRAME
    kind = renown.ItemKind.EQUIPMENT
    assert not [i async for i in pages(player, kind=kind, item_id="frame_gold")]
    assert len([i async for i in pages(player, kind=kind, item_id="wooden_sword")]) == 7
    with pytest.raises(errors.InvalidPageToken):
        await pages(player, page_token="forged").collect()


async def test_consuming_gives_effects_and_cools_down(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"health_potion": 2, "xp_scroll": 3})
    got = await game.inventory.consume(player, "health_potion", request_id=f"u-{player}")
    assert got.xp == 5
    assert [(c.currency, c.amount, c.counter_account) for c in got.currencies] == [
        ("coins", 5, "issuance:item")
    ]
    assert [(c.item_id, c.quantity, c.counter_account) for c in got.items] == [
        ("health_potion", -1, "sink:use")
    ]
    assert await game.inventory.consume(player, "health_potion", request_id=f"u-{player}") == got
    with pytest.raises(errors.ItemCooldown) as refused:
        await game.inventory.consume(player, "health_potion")
    potion = (await game.inventory.items(player).collect())[0]
    assert potion.available_at is not None
    assert refused.value.item == "health_potion"
    got = await game.inventory.consume(player, "xp_scroll", quantity=3)
    assert got.xp == 300
    assert await owned(game, player) == {"health_potion": 1}
    assert (await game.wallets.get(player)).balances[0].amount >= 5


async def test_power_ups_double_what_follows(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"double_xp": 2, "xp_scroll": 1})
    got = await game.inventory.activate(player, "double_xp")
    assert [(m.source, m.basis_points) for m in got.multipliers] == [("item:double_xp", 20000)]
    item = (await game.inventory.items(player).collect())[0]
    assert item.active_until == got.multipliers[0].ends_at
    assert (await game.inventory.consume(player, "xp_scroll")).xp == 200


async def test_containers_are_drawn_and_recorded(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"wooden_chest": 60, "golden_chest": 1})
    got = await game.inventory.open(player, "wooden_chest", quantity=50, request_id="o-" + player)
    assert len(got.draws) == 50
    assert {draw.total_weight for draw in got.draws} == {100}
    entries = [("coins", 50), ("iron_ore", 30), ("health_potion", 15), ("golden_key", 5)]
    for draw in got.draws:
        roll = draw.roll
        for name, weight in entries:
            if roll < weight:
                assert draw.entry_id == name
                break
            roll -= weight
    again = await game.inventory.open(player, "wooden_chest", quantity=50, request_id="o-" + player)
    assert again == got
    row = await sql.fetchrow("SELECT * FROM draws WHERE player_id = $1", player)
    assert row["command_id"] == "o-" + player
    assert [draw["roll"] for draw in json.loads(row["draws"])] == [d.roll for d in got.draws]
    keys = sum(draw.entry_id == "golden_key" for draw in got.draws)
    if not keys:
        with pytest.raises(errors.InsufficientItems):
            await game.inventory.open(player, "golden_chest")
        await game.inventory.grant(player, {"golden_key": 1})
    opened = await game.inventory.open(player, "golden_chest")
    assert [c.item_id for c in opened.items[:2]] == ["golden_chest", "golden_key"]
    assert opened.draws[0].table_id == "golden_chest"


async def test_mail_is_listed_and_claimed(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await game.players.create(player)
    for number in range(2):
        await game.inventory.grant(
            player, {"iron_ore": number + 1}, to_mailbox=True, description=f"Number {number}"
        )
    got = await game.inventory.grant(
        player, {"iron_ore": 3}, to_mailbox=True, description="Number 2"
    )
    assert not got.items
    assert [mail.message for mail in got.mail] == ["Number 2"]
    listed = [mail async for mail in game.inventory.mailbox(player, page_size=2)]
    assert listed[0] == got.mail[0]
    assert [(mail.mail_id, mail.message) for mail in listed] == [
        ("3", "Number 2"),
        ("2", "Number 1"),
        ("1", "Number 0"),
    ]
    claimed = await asyncio.gather(
        *[game.inventory.claim(player, "2", request_id=f"c-{player}") for _ in range(20)]
    )
    assert all(answer == claimed[0] for answer in claimed)
    assert [(c.quantity, c.counter_account) for c in claimed[0].items] == [(2, "mail:2")]
    with pytest.raises(errors.MailClaimed):
        await game.inventory.claim(player, "2")
    with pytest.raises(errors.MailNotFound):
        await game.inventory.claim(player, "4")
    await sql.execute("UPDATE mail SET expires_us = 1 WHERE player_id = $1 AND mail_no = 1", player)
    with pytest.raises(errors.MailExpired):
        await game.inventory.claim(player, "1")
    assert [mail.mail_id async for mail in game.inventory.mailbox(player)] == ["3"]
    listed = [mail async for mail in game.inventory.mailbox(player, include_claimed=True)]
    assert [(mail.mail_id, mail.claimed_at is None) for mail in listed] == [
        ("3", True),
        ("2", False),
    ]
    assert await owned(game, player) == {"iron_ore": 2}


async def test_equipping_and_taking_off(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"wooden_sword": 2, "iron_ore": 1, "avatar_fox": 1})
    first, second = [i async for i in game.inventory.items(player, item_id="wooden_sword")]
    done = await game.inventory.equip(player, "wooden_sword", instance_id=first.instance_id)
    assert done.equipped.instance_id == first.instance_id
    assert done.unequipped is None
    done = await game.inventory.equip(
        player, "wooden_sword", instance_id=second.instance_id, request_id=f"e-{player}"
    )
    assert done.unequipped is not None
    assert done.unequipped.instance_id == first.instance_id
    again = await game.inventory.equip(
        player, "wooden_sword", instance_id=second.instance_id, request_id=f"e-{player}"
    )
    assert again == done
    with pytest.raises(errors.NotEquippable):
        await game.inventory.equip(player, "iron_ore")
    off = await game.inventory.unequip(player, "weapon")
    assert off is not None
    assert (off.slot, off.item_id, off.instance_id) == (
        "weapon",
        "wooden_sword",
        second.instance_id,
    )
    assert await game.inventory.unequip(player, "weapon") is None


async def test_definitions_say_what_there_is(game: renown.Client, player: str) -> None:
    every = [item async for item in game.inventory.definitions(page_size=5)]
    ids = [item.item_id for item in every]
    assert ids == sorted(ids)
    assert {"health_potion", "wooden_sword", "golden_chest"} <= set(ids)
    potions = [item async for item in game.inventory.definitions(tag="potion")]
    assert [item.item_id for item in potions] == ["health_potion"]
    chests = game.inventory.definitions(kind=renown.ItemKind.CONTAINER)
    assert {item.item_id async for item in chests} >= {"golden_chest", "wooden_chest"}
    before = await game.inventory.definition("emote_wave")
    assert ("loot_table", "golden_chest", 150_000) in [
        (source.type, source.id, source.probability_ppm) for source in before.sources
    ]
    await game.players.create(player)
    await game.inventory.grant(player, {"emote_wave": 1, "xp_scroll": 2})
    await game.inventory.consume(player, "xp_scroll")
    after = await game.inventory.definition("emote_wave")
    assert after.statistics.distributed == before.statistics.distributed + 1
    assert after.statistics.active == before.statistics.active + 1
    scroll = await game.inventory.definition("xp_scroll")
    assert scroll.item.purchasable
    assert scroll.item.effects.xp == 100
    assert scroll.statistics.used >= 1
    assert 0 < scroll.statistics.popularity_ppm <= 1_000_000


Refused = tuple[Callable[[renown.Client, str], Awaitable[Any]], type[errors.RenownError]]

REFUSED: dict[str, Refused] = {
    "list": (lambda g, p: g.inventory.space(p + "x"), errors.PlayerNotFound),
    "mailbox": (lambda g, p: g.inventory.mailbox(p + "x").collect(), errors.PlayerNotFound),
    "grant to nobody": (
        lambda g, p: g.inventory.grant(p + "x", {"iron_ore": 1}),
        errors.PlayerNotFound,
    ),
    "unknown grant": (lambda g, p: g.inventory.grant(p, {"nothing": 1}), errors.UnknownItem),
    "zero": (lambda g, p: g.inventory.grant(p, {"iron_ore": 0}), errors.InvalidArgument),
    "too many": (
        lambda g, p: g.inventory.grant(p, {"iron_ore": 10**12 + 1}),
        errors.InvalidArgument,
    ),
    "limit": (lambda g, p: g.inventory.grant(p, {"frame_gold": 2}), errors.ItemLimit),
    "none": (lambda g, p: g.inventory.consume(p, "xp_scroll"), errors.InsufficientItems),
    "unknown use": (lambda g, p: g.inventory.consume(p, "nothing"), errors.ItemNotFound),
    "material": (lambda g, p: g.inventory.consume(p, "iron_ore"), errors.NotUsable),
    "no power-up": (lambda g, p: g.inventory.activate(p, "xp_scroll"), errors.NotUsable),
    "no container": (lambda g, p: g.inventory.open(p, "xp_scroll"), errors.NotUsable),
    "cools down": (
        lambda g, p: g.inventory.consume(p, "health_potion", quantity=2),
        errors.InvalidArgument,
    ),
    "too many chests": (
        lambda g, p: g.inventory.open(p, "wooden_chest", quantity=101),
        errors.InvalidArgument,
    ),
    "mail": (lambda g, p: g.inventory.claim(p, "7"), errors.MailNotFound),
    "no mail": (lambda g, p: g.inventory.claim(p, "x"), errors.InvalidArgument),
    "unknown definition": (lambda g, p: g.inventory.definition("nothing"), errors.ItemNotFound),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused(game: renown.Client, player: str, name: str) -> None:
    await game.players.create(player)
    ask, error = REFUSED[name]
    with pytest.raises(error):
        await ask(game, player)
    assert await owned(game, player) == {}


async def test_an_item_twice_in_a_grant(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    request = pb.GrantItemsRequest(request_id=f"t-{player}", player_id=player)
    request.items.add(item_id="iron_ore", quantity=1)
    request.items.add(item_id="iron_ore", quantity=2)
    with pytest.raises(grpc.aio.AioRpcError, match=r"items\[1\].item_id: 'iron_ore' stands twice"):
        await game.raw.inventory.GrantItems(request)


async def test_a_player_uses_its_own(game: renown.Client, running: Running, player: str) -> None:
    await game.players.create(player)
    await game.players.create(player + "b")
    await game.inventory.grant(player, {"xp_scroll": 1})
    issued = await game.auth.issue_player_token(player)
    async with renown.connect(running.address, token=issued.token) as me:
        assert [item.item_id async for item in me.inventory.items()] == ["xp_scroll"]
        assert (await me.inventory.consume("", "xp_scroll")).xp == 100
        assert not [mail async for mail in me.inventory.mailbox()]
        assert [item.item_id async for item in me.inventory.definitions(tag="potion")]
        for refused in (
            me.inventory.space(player + "b"),
            me.inventory.consume(player + "b", "xp_scroll"),
            me.inventory.grant(player, {"xp_scroll": 1}),
        ):
            with pytest.raises(errors.PermissionDenied):
                await refused


async def test_a_race_for_the_last_one(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    await game.inventory.grant(player, {"xp_scroll": 10})
    outcomes = await asyncio.gather(
        *[game.inventory.consume(player, "xp_scroll") for _ in range(30)], return_exceptions=True
    )
    assert sum(isinstance(outcome, errors.InsufficientItems) for outcome in outcomes) == 20
    assert sum(getattr(outcome, "xp", 0) for outcome in outcomes) == 1000
    assert await owned(game, player) == {}
    assert (await game.players.get(player)).experience.total_xp == 1000


async def test_listings_gathered_together_keep_apart(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    players = [f"{player}-{number}" for number in range(6)]
    for number, name in enumerate(players):
        await game.players.create(name)
        await game.inventory.grant(
            name, {"iron_ore": number + 1, "event_ticket": 1, "avatar_fox": 1}
        )
        await game.inventory.equip(name, "avatar_fox")
    await sql.execute(
        "UPDATE items SET expires_us = 1 WHERE player_id = $1 AND item_id = 'event_ticket'",
        players[0],
    )
    pages = game.inventory.items
    everything, ore, worn, missing = await asyncio.gather(
        asyncio.gather(*[pages(name).collect() for name in players]),
        asyncio.gather(*[pages(name, item_id="iron_ore").collect() for name in players]),
        asyncio.gather(*[pages(name, equipped_only=True).collect() for name in players]),
        asyncio.gather(pages(player).collect(), return_exceptions=True),
    )
    assert [len(found) for found in everything] == [2, 3, 3, 3, 3, 3]
    assert [[item.quantity for item in found] for found in ore] == [[n] for n in range(1, 7)]
    assert {tuple(item.item_id for item in found) for found in worn} == {("avatar_fox",)}
    assert isinstance(missing[0], errors.PlayerNotFound)
