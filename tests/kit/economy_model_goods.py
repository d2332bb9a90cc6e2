"""The kit's economy as plain dicts: its YAML read by nothing of the server's."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import yaml

from tests.kit.economy import ECONOMY

SECOND = 1_000_000
DAY = 86_400 * SECOND
AMOUNT_MAX = 2**53 - 1

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Pairs = list[tuple[str, int]]
Definition = dict[str, Any]


def duration_us(text: str) -> int:
    """`1h30m` in microseconds."""
    parts = re.findall(r"(\d+)([dhms])", text)
    return sum(int(number) * _UNITS[unit] for number, unit in parts) * SECOND


def moment_us(moment: datetime | date | None) -> int:
    """A moment of the YAML; 0 for none."""
    if moment is None:
        return 0
    assert isinstance(moment, datetime)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def pairs(amounts: list[Definition] | None, key: str, value: str) -> Pairs:
    """A list of amounts as (id, number)."""
    return [(each[key], each[value]) for each in amounts or []]


def reward_of(text: Definition | None) -> Definition:
    """What a definition gives."""
    text = text or {}
    return {
        "xp": text.get("xp", 0),
        "currencies": pairs(text.get("currencies"), "currency", "amount"),
        "items": pairs(text.get("items"), "item_id", "quantity"),
        "loot": [(each["table_id"], each.get("rolls", 1)) for each in text.get("loot", [])],
        "multipliers": [
            (each["basis_points"], duration_us(each["duration"]))
            for each in text.get("multipliers", [])
        ],
    }


def _item(text: Definition) -> Definition:
    use = text.get("use") or {}
    limited = text.get("limited") or {}
    uses = text.get("uses", 1)
    return {
        "kind": text.get("kind", "material"),
        "max_stack": text.get("max_stack", 1_000_000),
        "instanced": text.get("unique", False) or uses > 1,
        "slotless": text.get("slotless", False),
        "lifetime": duration_us(text.get("lifetime", "")),
        "uses": uses,
        "slot": text.get("slot", ""),
        "min_level": text.get("min_level", 0),
        "tradeable": text.get("tradeable", False),
        "giftable": text.get("giftable", False),
        "effects": reward_of(use.get("effects")),
        "cooldown": duration_us(use.get("cooldown", "")),
        "environments": use.get("environments", []),
        "activities": use.get("activities", []),
        "keys": pairs(use.get("keys"), "item_id", "quantity"),
        "limit": limited.get("quantity", 0),
        "per_player": limited.get("per_player", 0),
        "until": moment_us(limited.get("available_until")),
        "overflow": text.get("overflow", "refuse"),
        "convert_to": pairs(text.get("convert_to"), "currency", "amount"),
    }


def _table(text: Definition) -> Definition:
    pity = text.get("pity") or {}
    return {
        "entries": [
            (one["id"], one["weight"], reward_of(one.get("reward"))) for one in text["entries"]
        ],
        "after": pity.get("after", 0),
        "promised": pity.get("entries", []),
        "duplicates": text.get("duplicates", "allow"),
        "duplicate_reward": pairs(text.get("duplicate_reward"), "currency", "amount"),
    }


def _offer(text: Definition) -> Definition:
    return {
        "contents": reward_of(text["contents"]),
        "prices": [
            pairs(one["currencies"], "currency", "amount") for one in text.get("prices", [])
        ],
        "discounts": [
            (one["basis_points"], moment_us(one.get("starts_at")), moment_us(one.get("ends_at")))
            for one in text.get("discounts", [])
        ],
        "min_level": text.get("min_level", 0),
        "limit": text.get("limit_per_player", 0),
        "window": text.get("limit_window", "ever"),
        "stock": text.get("stock", 0),
        "from": moment_us(text.get("available_from")),
        "until": moment_us(text.get("available_until")),
        "rotation": text.get("rotation", ""),
        "product": text.get("product_id", ""),
    }


def _activity(text: Definition) -> Definition:
    return {
        "xp": text.get("base_xp", 0),
        "currencies": pairs(text.get("currencies"), "currency", "amount"),
        "items": pairs(text.get("items"), "item_id", "quantity"),
        "loot": [(each["table_id"], each.get("rolls", 1)) for each in text.get("loot", [])],
        "daily_cap": text.get("daily_cap", 0),
        "counts": text.get("counts", []),
    }


# A thousand palaces cost just what can be paid; a thousand towers more than any amount can say.
_DEAR = """\
offers:
  - id: palace
    contents: {items: [{item_id: stamp, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 9007199254740}]}]
  - id: tower
    contents: {items: [{item_id: stamp, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 9007199254741}]}]
"""
GAME = ECONOMY.replace("offers:\n", _DEAR)
"""The kit's economy with prices at the edge."""

_GAME: Definition = yaml.safe_load(GAME)
_SETTINGS: Definition = _GAME["settings"]["economy"]

CAPACITY: int = _SETTINGS["inventory_capacity"]
MAILBOX: int = _SETTINGS["mailbox_capacity"]
MAIL_LIFETIME = duration_us(_SETTINGS["mail_lifetime"])
TRADE_LIFETIME = duration_us(_SETTINGS["trade_lifetime_max"])
TRADES_OPEN: int = _SETTINGS["trades_open_max"]
CURRENCIES: dict[str, Definition] = {
    one["code"]: {
        "cap": one.get("cap", AMOUNT_MAX),
        "overflow": one.get("overflow", "refuse"),
        "giftable": one.get("giftable", False),
        "sent_max": one.get("gift_daily_max", 0),
        "received_max": one.get("gift_receive_daily_max", 0),
        "fee": one.get("gift_fee_basis_points", 0),
    }
    for one in _GAME["currencies"]
}
ITEMS = {one["id"]: _item(one) for one in _GAME["items"]}
TABLES = {one["id"]: _table(one) for one in _GAME["loot_tables"]}
OFFERS = {one["id"]: _offer(one) for one in _GAME["offers"]}
ACTIVITIES = {one["id"]: _activity(one) for one in _GAME["activity_types"]}
_LEVELS: Definition = _GAME["levels"]
LEVEL_XP: int = _LEVELS["linear"]["base"]
LEVEL_MAX: int = _LEVELS["hard_cap"]
SOFT_CAP_XP: int = (_LEVELS["soft_cap"] - 1) * LEVEL_XP
"""From here on half the XP counts, as `soft_cap_rate_basis_points` says."""


def level_rewards(level: int) -> Definition:
    """What reaching a level pays."""
    found: dict[str, dict[str, int]] = {"currencies": {}, "items": {}}
    for one in _LEVELS["rewards"]:
        if one.get("level") == level or (
            "every_levels" in one and level % one["every_levels"] == 0
        ):
            reward = reward_of(one)
            for kind, sums in found.items():
                for name, amount in reward[kind]:
                    sums[name] = sums.get(name, 0) + amount
    return {kind: list(sums.items()) for kind, sums in found.items()}
