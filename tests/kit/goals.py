"""What the starter game lacks and examples need: something of each sort to achieve.

It listens only to activities of its own, so that what the starter game's earn stays as it is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

STARTER = Path(__file__).parents[2] / "catalogs/starter"

POOL = 6
"""How many streaks there are to repair, and quests to start, to abandon and to claim."""

_GAME = """
metrics: [{id: deeds}]
activity_types:
  - {id: deed, metrics: [deeds]}
  - {id: vow}
  - {id: pledge}
  - {id: chore}
titles: [{id: novice, name: Novice}, {id: sage, name: Sage, rarity: epic}]
achievements:
  - id: good_deed
    name: Good deed
    category: kindness
    achievement_type: deeds
    tags: [kind]
    requirements: {conditions: [{metric: deeds}]}
    rewards:
      titles: [novice, sage]
      unlock_content: [garden, hall]
      badges: [patron]
      multipliers: [{basis_points: 11000, duration: 24h}]
  - id: each_deed                 # a deed that counts 50 earns it 50 times
    name: Each deed
    category: kindness
    achievement_type: deeds
    tags: [kind]
    repeatable: true
    requirements: {conditions: [{metric: deeds}]}
    rewards: {badges: [helper, sprout]}
badge_categories: [{id: kindness, name: Kindness}]
badge_collections: [{id: trees, name: Trees}, {id: virtues, name: Virtues}]
badges:
  - {id: helper, name: Helper, category: kindness, rarity: rare, collection: virtues,
     acquisition: {method: purchase, cost: [{currency: coins, amount: 1}], max_per_player: 10000,
                   giftable: true, tradeable: true}}
  - {id: patron, name: Patron, category: kindness, rarity: rare, collection: virtues,
     acquisition: {method: purchase, cost: [{currency: coins, amount: 1}], max_per_player: 10000}}
  - {id: sprout, name: Sprout, collection: trees, acquisition: {max_per_player: 10000},
     evolution: {next_badge: oak}}
  - {id: oak, name: Oak, collection: trees, acquisition: {max_per_player: 10000}}
prestige: {level: 1, max: 1000}
"""
_STREAK = """
  - id: {name}
    activity_types: [{counts}]
    freeze: {{days_per_month_max: 31, ahead_max_days: 60}}
    repair: {{window_days: 7, missed_days_max: 5, price: [{{currency: coins, amount: 1}}]}}"""
_QUEST = """
  - {{id: {name}, type: side, category: village, auto_start: {by_itself},
     objectives: [{{id: work, targets: [{{activity_type: chore, value: {value}}}]}}]}}"""


def _quests() -> str:
    """One that goes on for ever, and pools: to start, to abandon, and completed to claim."""
    kinds = [("errand", "false", 1000), ("favor", "true", 1), ("labor", "true", 1000)]
    pools = [
        _QUEST.format(name=f"{kind}_{number}", by_itself=by_itself, value=value)
        for kind, by_itself, value in kinds
        for number in range(POOL)
    ]
    first = _QUEST.format(name="career", by_itself="true", value=10**15)
    return "\nquests:" + first + "".join(pools)


def _streaks() -> str:
    names = [(f"vow_{number}", "vow") for number in range(POOL)]
    names += [("pledge_0", "pledge"), ("pledge_1", "pledge")]
    return "\nstreaks:" + "".join([_STREAK.format(name=one, counts=kind) for one, kind in names])


def write_game(folder: Path) -> Path:
    """Writes the starter game with these goals to a folder that is not there yet."""
    # Here everybody may start over at once; a catalog has one way to do so.
    shutil.copytree(STARTER, folder, ignore=shutil.ignore_patterns("prestige.yaml"))
    (folder / "goals.yaml").write_text(_GAME + _streaks() + _quests() + "\n")
    return folder
