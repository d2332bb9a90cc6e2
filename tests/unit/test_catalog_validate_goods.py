"""Every way in which items, loot, offers and rotations can be wrong, with the words people get."""

from pathlib import Path

import pytest

from renown_server.catalog.check import check

BASE = """\
name: game
currencies: [{code: coins, giftable: true}, {code: gems, premium: true}]
levels: {linear: {base: 100}, hard_cap: 10}
items: [{id: ore}, {id: sword, unique: true}]
loot_tables:
  - {id: chest, entries: [{id: ore, weight: 1, reward: {items: [{item_id: ore, quantity: 1}]}}]}
offers:
  - {id: deal, contents: {xp: 1}, rotation: deals, limit_per_player: 1}
rotations: [{id: deals, cron: 0 0 * * *, size: 1}]
"""
MOMENT = "write it like 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00"
RANGE = "must be greater than or equal to {} and less than or equal to {}"


def problems(folder: Path, text: str, base: str = BASE) -> list[str]:
    """What is wrong with `text` on top of `base`, without file and line."""
    (folder / "base.yaml").write_text(base)
    (folder / "game.yaml").write_text(text)
    found = [str(problem) for problem in check(folder)]
    assert all(line.startswith("game.yaml:") for line in found), found
    return [line.split(": ", 1)[1] for line in found]


def item(text: str) -> str:
    return f"items: [{{id: a, {text}}}]"


def effects(text: str) -> str:
    return item(f"kind: consumable, use: {{effects: {{{text}}}}}")


def table(text: str, entries: str = "{id: x, weight: 1}, {id: y, weight: 9}") -> str:
    return f"loot_tables: [{{id: a, entries: [{entries}], {text}}}]"


def offer(text: str) -> str:
    return f"offers: [{{id: a, contents: {{xp: 1}}, {text}}}]"


def price(*currencies: str) -> str:
    return (
        "{currencies: ["
        + ", ".join(f"{{currency: {code}, amount: 1}}" for code in currencies)
        + "]}"
    )


def rotation(text: str) -> str:
    """A rotation and an offer of it."""
    return (
        f"rotations: [{{id: a, {text}}}]\n"
        "offers: [{id: a, contents: {xp: 1}, prices: [" + price("coins") + "], rotation: a}]"
    )


SCHEMA = [
    (
        item("max_stack: 1_000_000_000_001"),
        f"items[0].max_stack: is 1000000000001 ({RANGE.format(0, 10**12)})",
    ),
    (
        "activity_types: [{id: b, items: [{item_id: ore}]}]",
        f"activity_types[0].items[0].quantity: is 0 ({RANGE.format(1, 10**12)})",
    ),
    (
        table("total_weight: 0", "{id: x, weight: 0}"),
        f"loot_tables[0].entries[0].weight: is 0 ({RANGE.format(1, 10**9)})",
    ),
    ("loot_tables: [{id: a}]", "loot_tables[0].entries: must contain at least 1 item(s)"),
    (
        "currencies: [{code: b, giftable: true, gift_fee_basis_points: 10001}]",
        f"currencies[0].gift_fee_basis_points: is 10001 ({RANGE.format(0, 10000)})",
    ),
    (
        "settings: {economy: {inventory_capacity: -1}}",
        f"settings.economy.inventory_capacity: is -1 ({RANGE.format(0, 100000)})",
    ),
    (
        "settings: {economy: {mail_lifetime: 5s}}",
        "settings.economy.mail_lifetime: must be greater than or equal to 60s and less than or"
        " equal to 31622400s",
    ),
    (
        item("slot: Hand"),
        "items[0].slot: `Hand` is not allowed (use up to 64 of a-z, 0-9, _ . and -)",
    ),
    ("offers: [{id: a}]", "offers[0]: has no contents (value is required)"),
    (
        offer("product_id: a b"),
        "offers[0].product_id: `a b` is not allowed (use up to 128 letters, digits and marks of"
        " ASCII)",
    ),
    (
        effects("multipliers: [{basis_points: 20000}]"),
        "items[0].use.effects.multipliers[0]: has no duration (value is required)",
    ),
    (
        effects("multipliers: [{basis_points: 10000, duration: 1s}]"),
        "items[0].use.effects.multipliers[0].basis_points: is 10000"
        f" ({RANGE.format(10001, 1000000)})",
    ),
]

ITEMS = [
    ("items: [{id: ore}]", "items[0].id: `ore` is taken (choose another id)"),
    ("items: [{}]", "items[0].id: is missing (use 1 to 64 of a-z, 0-9, _ . and -)"),
    # kinds
    (
        item("kind: consumable"),
        "items[0].use: is missing: a consumable is used"
        " (say what it gives: `use: {effects: {xp: 10}}`)",
    ),
    (
        item("kind: power_up"),
        "items[0].use: is missing: a power-up is used"
        " (say what it gives: `use: {effects: {xp: 10}}`)",
    ),
    (
        item("kind: container"),
        "items[0].use: is missing: a container is used"
        " (say what it gives: `use: {effects: {xp: 10}}`)",
    ),
    (
        item("kind: power_up, use: {effects: {xp: 1}}"),
        "items[0].use.effects.multipliers: is missing: a power-up acts for a while"
        " (add one, or change the kind to consumable)",
    ),
    (
        item("kind: container, use: {effects: {xp: 1}}"),
        "items[0].use.effects.loot: is missing: what is in a container is drawn"
        " (name a loot table, or change the kind to consumable)",
    ),
    (
        item("kind: container, use: {}"),
        "items[0].use.effects.loot: is missing: what is in a container is drawn"
        " (name a loot table, or change the kind to consumable)",
    ),
    (
        item("use: {effects: {xp: 1}}"),
        "items[0].use: is only for consumables, power-ups and containers"
        " (remove it, or change the kind)",
    ),
    (
        item("kind: equipment, slot: hand, use: {effects: {xp: 1}}"),
        "items[0].use: is only for consumables, power-ups and containers"
        " (remove it, or change the kind)",
    ),
    (
        item("kind: cosmetic"),
        "items[0].cosmetic_kind: is missing (write one of avatar, frame, theme, emote, effect)",
    ),
    (
        item("cosmetic_kind: frame"),
        "items[0].cosmetic_kind: is only for `kind: cosmetic` (remove it, or change the kind)",
    ),
    (
        item("kind: equipment"),
        "items[0].slot: is missing (name where it is worn, such as weapon)",
    ),
    # counts
    (item("uses: 3"), "items[0].uses: has no effect without use (remove it, or set use)"),
    (
        item("unique: true, max_stack: 2"),
        "items[0].max_stack: is 2, but with `unique` each one takes a slot of its own"
        " (remove it, or unique)",
    ),
    (
        item("kind: consumable, uses: 2, use: {effects: {xp: 1}}, max_stack: 5"),
        "items[0].max_stack: is 5, but with `uses` each one takes a slot of its own"
        " (remove it, or uses)",
    ),
    (
        item("limited: {available_until: tomorrow}"),
        f"items[0].limited.available_until: `tomorrow` is no RFC 3339 moment ({MOMENT})",
    ),
    (
        item("min_level: 11"),
        "items[0].min_level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    # overflow
    (
        item("overflow: convert"),
        "items[0].convert_to: is missing"
        " (say what one is worth: `convert_to: [{currency: …, amount: 1}]`)",
    ),
    (
        item("overflow: mailbox, convert_to: [{currency: coins, amount: 1}]"),
        "items[0].convert_to: has no effect without `overflow: convert`"
        " (set it, or remove convert_to)",
    ),
    (
        item("overflow: convert, convert_to: [{currency: coin, amount: 1}]"),
        "items[0].convert_to[0].currency: `coin` is not defined under currencies"
        " (did you mean coins?)",
    ),
    # what using one gives and takes
    (
        effects("currencies: [{currency: coins, amount: 1}, {currency: coins, amount: 2}]"),
        "items[0].use.effects.currencies[1].currency: `coins` is given twice (add the amounts up)",
    ),
    (
        effects("items: [{item_id: swort, quantity: 1}]"),
        "items[0].use.effects.items[0].item_id: `swort` is not defined under items"
        " (did you mean sword?)",
    ),
    (
        effects("items: [{item_id: ore, quantity: 1}, {item_id: ore, quantity: 2}]"),
        "items[0].use.effects.items[1].item_id: `ore` is given twice (add the quantities up)",
    ),
    (
        effects("items: [{item_id: ore, quantity: 5000}, {item_id: sword, quantity: 1001}]"),
        "items[0].use.effects.items[1].quantity: makes 1001 instances"
        " (give at most 1000 at once, or an item without `unique` and `uses`)",
    ),
    (
        "activity_types: [{id: b, items: [{item_id: sword, quantity: 600}, "
        "{item_id: wand, quantity: 401}]}]\nitems: [{id: wand, kind: consumable, uses: 2, "
        "use: {effects: {xp: 1}}}]",
        "activity_types[0].items[1].quantity: makes 1001 instances"
        " (give at most 1000 at once, or an item without `unique` and `uses`)",
    ),
    (
        effects("loot: [{table_id: chets}]"),
        "items[0].use.effects.loot[0].table_id: `chets` is not defined under loot_tables"
        " (did you mean chest?)",
    ),
    (
        effects("loot: [{table_id: chest}, {table_id: chest}]"),
        "items[0].use.effects.loot[1].table_id: `chest` is given twice (add the rolls up)",
    ),
    (
        effects("multipliers: [{basis_points: 20000, duration: 0s}]"),
        "items[0].use.effects.multipliers[0].duration: is out of range"
        " (use a duration between 1s and 366d)",
    ),
    (
        effects("multipliers: [{basis_points: 20000, duration: 367d}]"),
        "items[0].use.effects.multipliers[0].duration: is out of range"
        " (use a duration between 1s and 366d)",
    ),
    (
        item("kind: consumable, use: {keys: [{item_id: a, quantity: 1}]}"),
        "items[0].use.keys[0].item_id: would be its own key"
        " (name another item: one is used up anyway)",
    ),
    (
        item("kind: consumable, use: {keys: [{item_id: key, quantity: 1}]}"),
        "items[0].use.keys[0].item_id: `key` is not defined under items"
        " (define it under items, or use another)",
    ),
]

LOOT = [
    (
        "loot_tables: [{id: chest, entries: [{id: x, weight: 1}]}]",
        "loot_tables[0].id: `chest` is taken (choose another id)",
    ),
    (
        table("name: a", "{id: x, weight: 1}, {id: x, weight: 1}"),
        "loot_tables[0].entries[1].id: `x` is taken (choose another id)",
    ),
    (
        table("total_weight: 11"),
        "loot_tables[0].total_weight: is 11, but the weights add up to 10"
        " (change a weight, or set it to 10)",
    ),
    (
        table("name: a", "{id: x, weight: 1, reward: {loot: [{table_id: chest}]}}"),
        "loot_tables[0].entries[0].reward.loot: what is drawn can't draw again"
        " (give a container, or list what it would draw here)",
    ),
    (
        table("name: a", "{id: x, weight: 1, reward: {items: [{item_id: oar, quantity: 1}]}}"),
        "loot_tables[0].entries[0].reward.items[0].item_id: `oar` is not defined under items"
        " (did you mean ore?)",
    ),
    (
        table("pity: {after: 3, entries: [xx]}"),
        "loot_tables[0].pity.entries[0]: `xx` is no entry of this table (did you mean x?)",
    ),
    (
        table("pity: {after: 3, entries: [none]}"),
        "loot_tables[0].pity.entries[0]: `none` is no entry of this table"
        " (name one of its entries)",
    ),
    (
        table("pity: {after: 3, entries: [y, x]}"),
        "loot_tables[0].pity.entries: lists all entries of the table: no draw would ever miss"
        " (leave out what is common, or remove pity)",
    ),
    (
        table("duplicates: convert"),
        "loot_tables[0].duplicate_reward: is missing"
        " (say what a duplicate is worth: `[{currency: …, amount: 1}]`)",
    ),
    (
        table("duplicates: exclude, duplicate_reward: [{currency: coins, amount: 1}]"),
        "loot_tables[0].duplicate_reward: has no effect without `duplicates: convert`"
        " (set it, or remove duplicate_reward)",
    ),
    (
        table("duplicates: convert, duplicate_reward: [{currency: gem, amount: 1}]"),
        "loot_tables[0].duplicate_reward[0].currency: `gem` is not defined under currencies"
        " (did you mean gems?)",
    ),
]

OFFERS = [
    (
        "offers: [{id: deal, contents: {xp: 1}}]",
        "offers[0].id: `deal` is taken (choose another id)",
    ),
    (
        "offers: [{id: a, contents: {}}]",
        "offers[0].contents: gives nothing (say what is sold, such as `xp: 10`)",
    ),
    (
        "offers: [{id: a, contents: {items: [{item_id: ores, quantity: 1}]}}]",
        "offers[0].contents.items[0].item_id: `ores` is not defined under items"
        " (did you mean ore?)",
    ),
    (
        offer(f"prices: [{price('coin')}]"),
        "offers[0].prices[0].currencies[0].currency: `coin` is not defined under currencies"
        " (did you mean coins?)",
    ),
    (
        offer(f"prices: [{price('coins', 'coins')}]"),
        "offers[0].prices[0].currencies[1].currency: `coins` is given twice (add the amounts up)",
    ),
    (
        offer(f"prices: [{price('coins')}, {price('gems')}, {price('coins')}]"),
        "offers[0].prices[2]: is paid in the same as prices[0] (keep one)",
    ),
    (
        offer(f"prices: [{price('coins', 'gems')}, {price('gems', 'coins')}]"),
        "offers[0].prices[1]: is paid in the same as prices[0] (keep one)",
    ),
    (
        offer("prices: [{currencies: []}]"),
        "offers[0].prices[0].currencies: must contain at least 1 item(s)",
    ),
    (
        offer("product_id: p, discounts: [{basis_points: 100}]"),
        "offers[0].discounts: there is no price to lower (add prices, or remove discounts)",
    ),
    (
        offer("limit_per_player: 1, discounts: [{basis_points: 100}]"),
        "offers[0].discounts: there is no price to lower (add prices, or remove discounts)",
    ),
    (
        offer(f"prices: [{price('coins')}], discounts: [{{basis_points: 1, starts_at: now}}]"),
        f"offers[0].discounts[0].starts_at: `now` is no RFC 3339 moment ({MOMENT})",
    ),
    (
        offer(
            f"prices: [{price('coins')}], discounts: [{{basis_points: 1,"
            " starts_at: 2026-12-24T00:00:00Z, ends_at: 2026-12-24T00:00:00Z}]"
        ),
        "offers[0].discounts[0].ends_at: is not after starts_at (let the window have a length)",
    ),
    (
        offer(f"prices: [{price('coins')}], discounts: [{{}}]"),
        f"offers[0].discounts[0].basis_points: is 0 ({RANGE.format(1, 10000)})",
    ),
    (
        offer("available_from: 2026-12-25T00:00:00Z, available_until: 2026-12-24T00:00:00Z"),
        "offers[0].available_until: is not after available_from (let the window have a length)",
    ),
    (
        offer("available_until: 2026-13-01T00:00:00Z"),
        f"offers[0].available_until: `2026-13-01T00:00:00Z` is no RFC 3339 moment ({MOMENT})",
    ),
    (
        offer("min_level: 11"),
        "offers[0].min_level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        offer("limit_window: daily"),
        "offers[0].limit_window: has no effect without limit_per_player"
        " (set limit_per_player, or remove it)",
    ),
    (
        offer("limit_per_player: 1, limit_window: rotation"),
        "offers[0].limit_window: counts turns of a rotation, of which it has none"
        " (set rotation, or change it)",
    ),
    (
        offer("rotation_weight: 2"),
        "offers[0].rotation_weight: has no effect without rotation (set rotation, or remove it)",
    ),
    (
        offer("rotation: deal"),
        "offers[0].rotation: `deal` is not defined under rotations (did you mean deals?)",
    ),
    (
        "offers: [{id: a, contents: {xp: 1}, product_id: p},"
        " {id: b, contents: {xp: 1}, product_id: p}]",
        "offers[1].product_id: `p` sells `a` already"
        " (a product buys one offer: make it a bundle, or choose another product)",
    ),
]

ROTATIONS = [
    (
        "rotations: [{id: deals, cron: 0 0 * * *, size: 1}]",
        "rotations[0].id: `deals` is taken (choose another id)",
    ),
    (
        "rotations: [{id: empty, cron: 0 0 * * *, size: 1}]",
        "rotations[0]: has no offers (write `rotation: empty` in some, or remove it)",
    ),
    (
        rotation("cron: 0 0 * * *, size: 2"),
        "rotations[0].size: is 2, above the number of its offers, 1 (lower it, or add offers)",
    ),
    (rotation("cron: 0 0 * * *"), f"rotations[0].size: is 0 ({RANGE.format(1, 200)})"),
    (rotation("size: 1"), "rotations[0].cron: is missing (write it)"),
    (
        rotation("cron: 0 0 0 * * *, size: 1"),
        "rotations[0].cron: `0 0 0 * * *` has not five fields"
        " (write it like `0 0 * * *`: each day)",
    ),
    (
        rotation("cron: 0 24 * * *, size: 1"),
        "rotations[0].cron: `0 24 * * *` is no schedule: bad hour"
        " (write it like `0 0 * * *`: each day)",
    ),
    (
        rotation("cron: 0 0 30 2 *, size: 1"),
        "rotations[0].cron: `0 0 30 2 *` is no schedule: bad day-of-month"
        " (write it like `0 0 * * *`: each day)",
    ),
    (
        rotation("cron: '0 0 */31 2 MON#5', size: 1"),
        "rotations[0].cron: `0 0 */31 2 MON#5` never comes (write it like `0 0 * * *`: each day)",
    ),
    (
        rotation("cron: 0 0 * * *, size: 1, time_zone: Europe/Bern"),
        "rotations[0].time_zone: `Europe/Bern` is no IANA time zone"
        " (write it like Europe/Berlin, or remove it for UTC)",
    ),
]

GIVERS = [
    (
        "currencies: [{code: b, gift_daily_max: 1}]",
        "currencies[0].gift_daily_max: has no effect without giftable"
        " (set `giftable: true`, or remove it)",
    ),
    (
        "currencies: [{code: b, gift_fee_basis_points: 1}]",
        "currencies[0].gift_fee_basis_points: has no effect without giftable"
        " (set `giftable: true`, or remove it)",
    ),
    (
        "activity_types: [{id: b, items: [{item_id: or, quantity: 1}]}]",
        "activity_types[0].items[0].item_id: `or` is not defined under items (did you mean ore?)",
    ),
    (
        "activity_types: [{id: b, loot: [{table_id: vault}]}]",
        "activity_types[0].loot[0].table_id: `vault` is not defined under loot_tables"
        " (define it under loot_tables, or use another)",
    ),
    (
        "activity_types: [{id: b, client_reportable: true, cooldown: 1m, daily_cap: 1,"
        " items: [{item_id: ore, quantity: 1}]}]",
        "activity_types[0].client_reportable: players could give themselves items"
        " (remove items, or let the game server report it)",
    ),
    (
        "activity_types: [{id: b, client_reportable: true, cooldown: 1m, daily_cap: 1,"
        " loot: [{table_id: chest}]}]",
        "activity_types[0].client_reportable: players could give themselves loot"
        " (remove loot, or let the game server report it)",
    ),
]


@pytest.mark.parametrize(
    ("text", "problem"), [*SCHEMA, *ITEMS, *LOOT, *OFFERS, *ROTATIONS, *GIVERS]
)
def test_each_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


CURVE = "levels: {linear: {base: 100}, hard_cap: 10, rewards: [%s]}"


@pytest.mark.parametrize(
    ("reward", "problem"),
    [
        (
            "level: 2",
            "levels.rewards[0]: gives nothing (set currencies, items, badges or the like)",
        ),
        (
            "level: 2, items: [{item_id: or, quantity: 1}]",
            "levels.rewards[0].items[0].item_id: `or` is not defined under items"
            " (did you mean ore?)",
        ),
        (
            "level: 2, items: [{item_id: ore, quantity: 1}, {item_id: ore, quantity: 1}]",
            "levels.rewards[0].items[1].item_id: `ore` is given twice (add the quantities up)",
        ),
    ],
)
def test_each_problem_of_a_level_reward(tmp_path: Path, reward: str, problem: str) -> None:
    base = BASE.replace("levels: {linear: {base: 100}, hard_cap: 10}\n", "")
    assert problems(tmp_path, CURVE % f"{{{reward}}}", base) == [problem]


def test_without_levels_only_the_first_is_reached(tmp_path: Path) -> None:
    base = BASE.replace("levels: {linear: {base: 100}, hard_cap: 10}\n", "")
    assert problems(tmp_path, item("min_level: 1"), base) == []
    assert problems(tmp_path, item("min_level: 2"), base) == [
        "items[0].min_level: level 2 is never reached (add levels)"
    ]


@pytest.mark.parametrize(
    "text",
    [
        # A box, even one that gives back the like of it.
        effects("items: [{item_id: a, quantity: 1}]"),
        effects("loot: [{table_id: chest, rolls: 100}], multipliers: []"),
        # What it does, the game itself may know.
        item("kind: consumable, use: {}"),
        item("kind: consumable, uses: 3, unique: true, max_stack: 1, use: {effects: {xp: 1}}"),
        item("unique: true, lifetime: 1h, tradeable: true, giftable: true"),
        item("kind: cosmetic, cosmetic_kind: theme, slot: theme"),
        item("overflow: convert, convert_to: [{currency: gems, amount: 1}]"),
        item("min_level: 10, limited: {}"),
        item(
            "kind: container, use: {effects: {loot: [{table_id: chest}]},"
            " keys: [{item_id: ore, quantity: 2}]}"
        ),
        table("total_weight: 10, duplicates: exclude, pity: {after: 1, entries: [x]}"),
        table("name: a", "{id: only, weight: 1}"),
        table(
            "name: a", "{id: x, weight: 1, reward: {xp: 1, items: [{item_id: ore, quantity: 1}]}}"
        ),
        offer(f"prices: [{price('coins')}], discounts: [{{basis_points: 10000}}]"),
        offer(f"prices: [{price('coins')}, {price('coins', 'gems')}, {price('gems')}]"),
        offer(f"product_id: com.game.gems-100, prices: [{price('coins')}], stock: 1"),
        offer("limit_per_player: 1, limit_window: ever, available_from: 2026-12-24T00:00:00Z"),
        offer("rotation: deals, rotation_weight: 5, limit_per_player: 1, limit_window: rotation"),
        rotation("cron: '*/5 * * * *', size: 1, time_zone: Asia/Kolkata"),
        rotation("cron: 30 4 * * mon, size: 1"),
        rotation("cron: 0 0 29 2 *, size: 1"),
        "activity_types: [{id: b, items: [{item_id: ore, quantity: 1}],"
        " loot: [{table_id: chest, rolls: 2}]}]",
        "currencies: [{code: b, giftable: true, gift_daily_max: 5, gift_receive_daily_max: 5,"
        " gift_fee_basis_points: 10000, overflow: discard}]",
        "settings: {economy: {inventory_capacity: 1, mail_lifetime: 1m, mailbox_capacity: 1,"
        " trade_lifetime_max: 1s, trades_open_max: 1, new_account_hold: 0s}}",
    ],
)
def test_what_is_allowed(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []
