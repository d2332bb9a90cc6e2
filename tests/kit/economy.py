"""The kit's game with an economy: things to own, to draw, to buy and to exchange, of each sort one.

`NOON` of tests.kit.times lies in the windows of the sale and the season, and after the pumpkin's.
"""

from __future__ import annotations

from renown_server.catalog.snapshot import CatalogSnapshot
from tests.kit.catalogs import GAME, snapshot_of

_SETTINGS = """\
settings:
  lateness_max: 72h
  economy:
    inventory_capacity: 10
    mail_lifetime: 1d
    mailbox_capacity: 5
    trade_lifetime_max: 24h
    trades_open_max: 3
"""
_CURRENCIES = """\
  - {code: coins, name: Coins, giftable: true}
  - {code: tokens, cap: 50, giftable: true, overflow: mailbox, gift_daily_max: 20,
     gift_receive_daily_max: 30, gift_fee_basis_points: 500}
  - {code: dust, cap: 10, overflow: discard}
"""
_LEVEL_REWARDS = """\
    - {level: 4, items: [{item_id: potion, quantity: 1}]}
    - {level: 6, currencies: [{currency: dust, amount: 1}], items: [{item_id: chest, quantity: 1}]}
"""
_ACTIVITIES = """\
  - {id: hunt, base_xp: 5, items: [{item_id: shard, quantity: 3}]}
  - {id: dig, base_xp: 5, loot: [{table_id: grab}]}
"""
_GOODS = """\
items:
  - {id: potion, kind: consumable, use: {effects: {xp: 10}}}
  - id: elixir
    kind: consumable
    min_level: 2
    use: {effects: {currencies: [{currency: coins, amount: 5}]}, cooldown: 60s}
  - {id: sword, kind: equipment, unique: true, slot: weapon, tradeable: true, giftable: true}
  - {id: shard, max_stack: 10, tradeable: true, giftable: true, tags: [crafting]}
  - {id: ticket, lifetime: 1h}
  - id: boost
    kind: power_up
    use: {effects: {multipliers: [{basis_points: 20000, duration: 10m}]}}
  - {id: chest, kind: container, use: {effects: {loot: [{table_id: chest}]}}}
  - id: vault
    kind: container
    use: {effects: {loot: [{table_id: vault}]}, keys: [{item_id: key, quantity: 1}]}
  - {id: key}
  - {id: frame, kind: cosmetic, cosmetic_kind: frame, rarity: epic, slot: frame}
  - {id: wand, kind: consumable, uses: 3, use: {effects: {xp: 5}}}
  - id: ore
    max_stack: 10
    tradeable: true
    overflow: convert
    convert_to: [{currency: coins, amount: 2}]
  - {id: scroll, max_stack: 10, overflow: mailbox}
  - {id: relic, limited: {quantity: 5, per_player: 1}}
  - {id: stamp, slotless: true}
  - id: torch
    kind: consumable
    use: {effects: {xp: 1}, environments: [cave], activities: [dig, explore]}
  - id: present
    kind: consumable
    use: {effects: {xp: 3, items: [{item_id: shard, quantity: 2}]}}
  - {id: pumpkin, limited: {available_until: 2026-11-01T00:00:00Z}}
loot_tables:
  - id: chest
    total_weight: 100
    entries:
      - {id: potion, weight: 50, reward: {items: [{item_id: potion, quantity: 2}]}}
      - {id: coins, weight: 45, reward: {currencies: [{currency: coins, amount: 10}]}}
      - {id: sword, weight: 5, reward: {items: [{item_id: sword, quantity: 1}]}}
  - id: vault                 # nothing is left for who owns all three
    duplicates: exclude
    pity: {after: 3, entries: [frame]}
    entries:
      - {id: frame, weight: 1, reward: {items: [{item_id: frame, quantity: 1}]}}
      - {id: wand, weight: 9, reward: {items: [{item_id: wand, quantity: 1}]}}
      - {id: elixir, weight: 90, reward: {items: [{item_id: elixir, quantity: 1}]}}
  - id: grab
    duplicates: convert
    duplicate_reward: [{currency: coins, amount: 7}]
    entries:
      - {id: frame, weight: 1, reward: {items: [{item_id: frame, quantity: 1}]}}
      - {id: xp, weight: 1, reward: {xp: 4, multipliers: [{basis_points: 15000, duration: 5m}]}}
      - {id: nothing, weight: 1}
offers:
  - id: potion
    contents: {items: [{item_id: potion, quantity: 1}]}
    prices:
      - currencies: [{currency: coins, amount: 10}]
      - currencies: [{currency: gems, amount: 1}]
  - id: bundle
    contents:
      xp: 50
      currencies: [{currency: gems, amount: 2}]
      items: [{item_id: potion, quantity: 3}, {item_id: sword, quantity: 1}]
    prices: [{currencies: [{currency: coins, amount: 100}]}]
  - id: limited
    contents: {items: [{item_id: shard, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 5}]}]
    stock: 3
  - id: daily
    contents: {items: [{item_id: potion, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 1}]}]
    limit_per_player: 2
    limit_window: daily
  - id: weekly
    contents: {items: [{item_id: elixir, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 1}]}]
    limit_per_player: 1
    limit_window: weekly
  - id: level5
    contents: {items: [{item_id: sword, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 20}]}]
    min_level: 5
  - id: sale
    contents: {items: [{item_id: shard, quantity: 2}]}
    prices: [{currencies: [{currency: coins, amount: 101}]}]
    discounts:
      - {basis_points: 1000}
      - basis_points: 2500
        starts_at: 2026-11-18T00:00:00Z
        ends_at: 2026-11-19T00:00:00Z
  - id: barter
    contents: {items: [{item_id: relic, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 10}, {currency: tokens, amount: 5}]}]
  - id: lucky
    contents: {loot: [{table_id: chest, rolls: 2}]}
    prices: [{currencies: [{currency: coins, amount: 15}]}]
  - {id: welcome, contents: {items: [{item_id: key, quantity: 1}]}, limit_per_player: 1}
  - id: season
    contents: {items: [{item_id: ticket, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 2}]}]
    available_from: 2026-11-18T00:00:00Z
    available_until: 2026-11-20T00:00:00Z
  - {id: gems_pack, contents: {currencies: [{currency: gems, amount: 50}]}, product_id: gems_50}
  - id: deal_a
    contents: {items: [{item_id: potion, quantity: 5}]}
    prices: [{currencies: [{currency: coins, amount: 25}]}]
    rotation: deals
    limit_per_player: 1
    limit_window: rotation
  - id: deal_b
    contents: {items: [{item_id: shard, quantity: 5}]}
    prices: [{currencies: [{currency: coins, amount: 25}]}]
    rotation: deals
    stock: 2
  - id: deal_c
    contents: {items: [{item_id: key, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 25}]}]
    rotation: deals
    rotation_weight: 2
  - id: deal_d
    contents: {items: [{item_id: boost, quantity: 1}]}
    prices: [{currencies: [{currency: coins, amount: 25}]}]
    rotation: deals
    rotation_weight: 4
rotations:
  - {id: deals, cron: 0 0 * * *, time_zone: Europe/Berlin, size: 2}
"""


def _economy() -> str:
    """`GAME`, its parts that an economy changes replaced."""
    text = GAME
    for old, new in (
        ("settings: {lateness_max: 72h}\n", _SETTINGS),
        ("  - {code: coins, name: Coins}\n", _CURRENCIES),
        ("bonuses:\n", f"{_LEVEL_REWARDS}bonuses:\n"),
        ("leaderboards:\n", f"{_ACTIVITIES}leaderboards:\n"),
    ):
        assert text.count(old) == 1, f"{old!r} stands in GAME once"
        text = text.replace(old, new)
    return text + _GOODS


ECONOMY = _economy()
"""The catalog as YAML."""


def economy_game(version: int = 1) -> CatalogSnapshot:
    """The catalog as decisions read it."""
    return snapshot_of(ECONOMY, version)
