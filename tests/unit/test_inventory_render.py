"""What players and commands are told of items."""

from __future__ import annotations

import msgspec
from google.protobuf.json_format import MessageToDict

from renown.v1 import inventory_service_pb2 as pb
from renown_server.catalog.goods import Item, ItemKind
from renown_server.engine import facts
from renown_server.engine.command import Recorded
from renown_server.inventory.definitions import (
    INT64_MAX,
    item_view,
    reward_message,
    statistics_message,
)
from renown_server.inventory.queries import ItemFigures, ItemsPage
from renown_server.inventory.render import fill_items, fill_rewards
from renown_server.inventory.state import Owner, Provenance
from renown_server.profile.state import Multiplier
from tests.kit.economy import economy_game
from tests.kit.inventory import consumable, game_of
from tests.kit.times import HOUR, MINUTE, NOON

DONE = Recorded(NOON, 7, 1, [])


def test_every_kind_of_fact_that_rewards_tell() -> None:
    happened = [
        facts.MailClaimed("m", 1),
        facts.XpGained("r", 5, 5, 105, 1, 2),
        facts.LevelUp("level_curve", 2),
        facts.XpGained("r", 200, 100, 305, 2, 4),
        facts.CurrencyChanged("r", "coins", -3, 4, "sink:x"),
        facts.ItemChanged("r", "hat", 1, 1, "mail:1", "ab", NOON + HOUR),
        facts.ItemUsed("r", "hat"),
        facts.LootDrawn("r", "t", 3, 10, "e", 2, True, False, ("f",)),
        facts.MultiplierGranted("r", "item:x", 20000, NOON, NOON + HOUR, HOUR),
        facts.RewardOverflowed("r", 3, "mailbox", item="hat"),
        facts.MailReceived("o", 4, NOON + HOUR, (("coins", 1),), (("hat", 3),), "Hi"),
    ]
    message = pb.RewardsReceived()
    fill_rewards(message, happened, DONE)
    told = MessageToDict(message, preserving_proto_field_name=True)
    assert told == {
        "xp": "205",
        "level": 4,
        "level_ups": [{"level": 2}],
        "currencies": [
            {
                "currency": "coins",
                "amount": "-3",
                "balance_after": "4",
                "counter_account": "sink:x",
                "reason": "r",
            }
        ],
        "items": [
            {
                "item_id": "hat",
                "instance_id": "ab",
                "quantity": "1",
                "quantity_after": "1",
                "counter_account": "mail:1",
                "reason": "r",
                "expires_at": "2026-11-18T13:00:00Z",
            }
        ],
        "draws": [
            {
                "table_id": "t",
                "catalog_version": "7",
                "roll": "3",
                "total_weight": "10",
                "entry_id": "e",
                "pity_before": "2",
                "guaranteed": True,
                "excluded": ["f"],
            }
        ],
        "multipliers": [
            {
                "source": "item:x",
                "basis_points": "20000",
                "starts_at": "2026-11-18T12:00:00Z",
                "ends_at": "2026-11-18T13:00:00Z",
            }
        ],
        "mail": [
            {
                "mail_id": "4",
                "currencies": [{"currency": "coins", "amount": "1"}],
                "items": [{"item_id": "hat", "quantity": "3"}],
                "reason": "o",
                "message": "Hi",
                "sent_at": "2026-11-18T12:00:00Z",
                "expires_at": "2026-11-18T13:00:00Z",
            }
        ],
    }


def test_items_as_they_are_listed() -> None:
    catalog = game_of(
        consumable("boost", kind=ItemKind.POWER_UP, use_cooldown_us=HOUR),
        Item("frame", kind=ItemKind.COSMETIC, cosmetic_kind=2),
    )
    history = Provenance("offer:x", "c-1", NOON - HOUR, (Owner("bob", NOON - MINUTE, "gift"),))
    page = ItemsPage(
        4,
        (),
        {"boost": NOON - MINUTE, "frame": NOON, "gone": NOON},
        {("frame", "ab"): "frame"},
        (
            Multiplier("item:boost", 20000, NOON - HOUR, NOON + MINUTE),
            Multiplier("item:boost", 30000, NOON - HOUR, NOON + HOUR),
            Multiplier("item:boost", 30000, NOON - HOUR, NOON),
            Multiplier("offer:frame", 20000, NOON - HOUR, NOON + HOUR),
        ),
        [
            (1, "boost", "", 3, NOON, 0, 0, ""),
            (1, "frame", "ab", 1, NOON + 1, NOON + HOUR, 2, msgspec.json.encode(history).decode()),
            (1, "gone", "", 9, NOON, 0, 0, ""),
            (1, "more", "", 9, NOON, 0, 0, ""),
        ],
    )
    response = pb.ListItemsResponse()
    fill_items(response, page, 3, catalog, NOON)
    boost, frame, gone = MessageToDict(response, preserving_proto_field_name=True)["items"]
    assert boost == {
        "item_id": "boost",
        "quantity": "3",
        "kind": "ITEM_KIND_POWER_UP",
        "acquired_at": "2026-11-18T12:00:00Z",
        "available_at": "2026-11-18T12:59:00Z",
        "active_until": "2026-11-18T13:00:00Z",
    }
    assert frame == {
        "item_id": "frame",
        "instance_id": "ab",
        "quantity": "1",
        "kind": "ITEM_KIND_COSMETIC",
        "cosmetic_kind": "COSMETIC_KIND_FRAME",
        "acquired_at": "2026-11-18T12:00:00.000001Z",
        "expires_at": "2026-11-18T13:00:00Z",
        "uses_remaining": 2,
        "slot": "frame",
        "provenance": {
            "rule": "offer:x",
            "command_id": "c-1",
            "created_at": "2026-11-18T11:00:00Z",
            "owners": [{"player_id": "bob", "until": "2026-11-18T11:59:00Z", "how": "gift"}],
        },
    }
    assert gone == {
        "item_id": "gone",
        "quantity": "9",
        "acquired_at": "2026-11-18T12:00:00Z",
    }


def test_statistics() -> None:
    none = statistics_message(ItemFigures(0, 0, 0, 0, 0))
    assert none == pb.ItemStatistics()
    some = statistics_message(ItemFigures(10, 3, 2, 100, 40))
    assert (some.active, some.average_hold_s, some.popularity_ppm) == (5, 33, 250_000)
    # An item that another definition had under this id may have been used more often.
    assert statistics_message(ItemFigures(1, 3, 0, 1, 1)).active == 0
    assert statistics_message(ItemFigures(2**70, 1, 0, 2**70, 2**70)).distributed == INT64_MAX


def test_definitions() -> None:
    catalog = economy_game()
    torch = item_view(catalog, catalog.items["torch"])
    assert (list(torch.environments), list(torch.activities)) == (["cave"], ["dig", "explore"])
    assert (torch.uses, torch.purchasable) == (0, False)
    wand = item_view(catalog, catalog.items["wand"])
    assert (wand.uses, wand.unique, wand.max_stack) == (3, False, 1)
    elixir = item_view(catalog, catalog.items["elixir"])
    assert (elixir.cooldown_s, elixir.min_level, elixir.purchasable) == (60, 2, True)
    relic = item_view(catalog, catalog.items["relic"])
    assert (relic.limit_quantity, relic.limit_per_player) == (5, 1)
    assert not relic.HasField("available_until")
    assert item_view(catalog, catalog.items["pumpkin"]).available_until.seconds == 1_793_491_200
    boost = reward_message(catalog.items["boost"].use.effects)  # type: ignore[union-attr]
    assert MessageToDict(boost)["multipliers"] == [{"basisPoints": 20000, "duration": "600s"}]
