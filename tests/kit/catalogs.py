"""A small game with round numbers, for tests of rules."""

from __future__ import annotations

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.decode import decode
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.validate import validate
from renown_server.catalog.yaml_tree import parse_yaml

GAME = """
name: kit
settings: {lateness_max: 72h}
currencies:
  - {code: coins, name: Coins}
  - {code: gems, name: Gems, cap: 100}
metrics:
  - {id: lessons}
  - {id: hours, decimals: 1}
  - {id: pages}
levels:                       # a level each 100 XP
  linear: {base: 100}
  hard_cap: 20
  soft_cap: 10
  soft_cap_rate_basis_points: 5000
  rewards:
    - {every_levels: 1, currencies: [{currency: coins, amount: 10}]}
    - {every_levels: 5, currencies: [{currency: gems, amount: 1}]}
bonuses:
  perfect_basis_points: 15000
  speed_basis_points: 12000
  first_try_basis_points: 11000
boosts:
  - id: friday
    factor_basis_points: 20000
    starts_at: 2026-11-20T00:00:00Z
    ends_at: 2026-11-21T00:00:00Z
    activity_types: [boosted]
activity_types:
  - id: lesson
    base_xp: 25
    currencies: [{currency: coins, amount: 10}]
    counts: [lessons]
  - {id: boosted, base_xp: 10}
  - {id: marathon, base_xp: 450}
  - id: reading
    metrics: [hours, pages]
    xp_per_unit: [{metric: hours, amount: 5}, {metric: pages, amount: 2_000_000}]
    currency_per_unit: [{metric: hours, currency: coins, amount: 2}]
  - {id: task, xp_range: {min: 10, max: 50}}
  - id: course
    xp_range:
      {min: 100, max: 500, context_key: difficulty, by_context: {easy: 100, hard: 500}}
  - {id: quiz, base_xp: 20, cooldown: 60s}
  - {id: daily, currencies: [{currency: coins, amount: 25}], daily_cap: 2}
  - {id: login, base_xp: 20, daily_xp_cap: 50}
  - {id: gift, currencies: [{currency: gems, amount: 40}]}
  - {id: wave}
leaderboards:
  - {id: xp_all, source: xp, period: all_time}
  - {id: xp_week, source: xp, period: weekly}
  - {id: lessons_tokyo, source: metric, metric: lessons, period: weekly, time_zone: Asia/Tokyo}
  - {id: hours_best, source: metric, metric: hours, period: all_time, aggregation: max}
  - {id: high, source: direct, period: all_time, aggregation: max}
  - {id: laps, source: direct, period: all_time, aggregation: min, order: ascending}
  - {id: mood, source: direct, period: weekly, aggregation: latest}
"""


def catalog_of(text: str = GAME) -> Catalog:
    """A catalog from YAML in which nothing is wrong."""
    tree = parse_yaml(text)
    assert tree is not None
    catalog = Catalog()
    refused = decode(tree, catalog).refused
    assert not refused, refused
    findings = list(validate(catalog))
    assert not findings, findings
    return catalog


def snapshot_of(text: str = GAME, version: int = 1) -> CatalogSnapshot:
    """The same, as decisions read it."""
    return compile_catalog(catalog_of(text), version)
