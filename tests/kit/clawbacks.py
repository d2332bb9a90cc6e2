"""A game in which much follows from an activity, and that no count is lost by taking it back."""

from __future__ import annotations

from collections import Counter
from typing import Any

from renown_server import reactions
from renown_server.engine.command import Recorded
from renown_server.inventory.clawback import Policy
from renown_server.progress.store import STATISTICS
from renown_server.quests.tables import QuestOutcome
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.revocations import revoke
from tests.kit.times import SECOND

GAME = """
name: clawbacks
settings: {lateness_max: 72h, progression: {points_currency: points}}
currencies: [{code: coins}, {code: points}, {code: gems}]
metrics: [{id: lessons}, {id: hours}, {id: score, aggregation: max}]
levels:
  linear: {base: 100}
  hard_cap: 20
  rewards: [{every_levels: 1, currencies: [{currency: gems, amount: 1}]},
            {level: 3, titles: [third], unlock_content: [attic], badges: [cap]}]
activity_types:
  - {id: lesson, counts: [lessons], metrics: [hours, score]}
  - {id: march, base_xp: 100}
  - {id: visit}
  - {id: gala}
  - {id: find, items: [{item_id: ore, quantity: 1}]}
  - {id: earn, currencies: [{currency: coins, amount: 10}]}
items: [{id: ore, max_stack: 100}]
titles: [{id: third}, {id: sage}, {id: hero}]
leaderboards: [{id: xp_all, source: xp, period: all_time}]
streaks:
  - id: daily
    activity_types: [visit]
    daily_reward: {currencies: [{currency: points, amount: 5}]}
    milestones: [{days: 2, reward: {currencies: [{currency: gems, amount: 20}]}}]
badge_collections: [{id: pins, reward: {currencies: [{currency: gems, amount: 100}]}}]
badges:
  - {id: cap}
  - {id: medal, points_value: 2, collection: pins, acquisition: {max_per_player: 9}}
  - {id: pin, points_value: 3, acquisition: {achievement: three}}
  - {id: pair, points_value: 4, acquisition: {method: collection, badges_needed: [pin]}}
  - {id: miner, acquisition: {method: collection, items_needed: [{item_id: ore, quantity: 2}]}}
  - {id: fourth, acquisition: {method: milestone, level: 4}}
  - {id: guest, acquisition: {method: event, activity_types: [gala]}}
  - {id: helper, acquisition: {method: milestone, quests: [chore]}}
achievements:
  - id: three
    requirements: {conditions: [{metric: lessons, value: 3}]}
    milestones: [{percentage: 34, reward: {currencies: [{currency: coins, amount: 7}]}}]
    rewards: {xp: 250, currencies: [{currency: coins, amount: 50}], badges: [medal],
              titles: [sage], unlock_content: [hall], items: [{item_id: ore, quantity: 1}]}
  - id: each_ten
    repeatable: true
    requirements: {conditions: [{metric: hours, value: 10}]}
    milestones: [{percentage: 50, reward: {currencies: [{currency: coins, amount: 1}]}}]
    rewards: {currencies: [{currency: coins, amount: 2}]}
  - id: climber
    kind: tiered
    requirements: {conditions: [{metric: hours}]}
    tiers:
      - {tier: 1, name: Bronze, requirement: 5}
      - {tier: 2, name: Silver, requirement: 15, reward_basis_points: 20000}
      - {tier: 3, name: Gold, requirement: 30, reward_basis_points: 30000}
    rewards: {currencies: [{currency: points, amount: 3}]}
  - {id: maths, requirements: {conditions: [{activity_type: lesson, value: 2,
      context: [{key: subject, values: [maths]}]}]},
     rewards: {currencies: [{currency: coins, amount: 9}]}}
  - {id: after_three, prerequisite_achievements: [three],
     requirements: {conditions: [{metric: lessons, value: 2}]},
     rewards: {titles: [hero], achievements: [gift]}}
  - {id: gift, requirements: {conditions: [{activity_type: march, value: 1000}]},
     rewards: {currencies: [{currency: points, amount: 11}]}}
  - {id: level_four, requirements: {type: threshold, conditions: [{stat: level, value: 4}]},
     rewards: {currencies: [{currency: points, amount: 13}]}}
  - {id: sharp, requirements: {type: threshold, conditions: [{metric: score, value: 90}]},
     rewards: {currencies: [{currency: points, amount: 17}]}}
  - {id: busy, requirements: {conditions: [{activity_type: lesson, value: 2, time_frame: day}]},
     rewards: {currencies: [{currency: points, amount: 19}]}}
  - {id: rich, requirements: {conditions: [{currency: coins, value: 60}]},
     rewards: {currencies: [{currency: points, amount: 23}]}}
  - {id: steady, requirements: {type: streak, conditions: [{streak: daily, value: 2}]},
     rewards: {currencies: [{currency: points, amount: 29}]}}
  - {id: chores, requirements: {type: threshold, conditions: [{quest: chore}]},
     rewards: {currencies: [{currency: points, amount: 31}]}}
quests:
  - id: chore
    auto_start: true
    auto_claim: true
    objectives: [{id: walk, targets: [{activity_type: march, value: 2}]}]
    rewards: {guaranteed: {currencies: [{currency: coins, amount: 70}], titles: [hero]}}
    chain: {chain_id: c, next_quest: next}
  - {id: next, type: hidden, objectives: [{id: a, targets: [{activity_type: find}]}]}
  - id: open
    auto_start: true
    objectives:
      - {id: a, targets: [{metric: lessons, value: 3}],
         checkpoints: [{value: 2, reward: {currencies: [{currency: gems, amount: 300}]}}]}
      - {id: b, targets: [{activity_type: find, value: 2}]}
    rewards: {guaranteed: {currencies: [{currency: gems, amount: 1000}]}}
"""

SNAPSHOT = snapshot_of(GAME)


class Player:
    """A world with one player, `p`, and what it does in one line."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World(SNAPSHOT, react=reactions.react)
        self.world.run(create("p"))

    def do(self, kind: str, name: str, **fields: Any) -> Recorded:
        """Records an activity, a second later."""
        self.world.clock.value_us += SECOND
        return self.world.run(activity("p", kind, name, **fields))

    def revoke(self, name: str, policy: Policy = Policy.REFUSE) -> Recorded:
        """Takes it back, a second later."""
        self.world.clock.value_us += SECOND
        return self.world.run(revoke("p", name, policy))

    @property
    def achieved(self) -> dict[str, int]:
        """Achievements: how often, or up to which tier."""
        found = self.world.earned("p").achievements
        return {name: each.tier or each.times for name, each in found.items() if each.times}

    @property
    def badges(self) -> dict[str, int]:
        """Badges that are there."""
        return {
            name: each.count for name, each in self.world.earned("p").badges.items() if each.count
        }

    @property
    def wallet(self) -> dict[str, int]:
        """Balances that are not 0, less what is owed."""
        rows = self.world.tables["wallets"].items()
        return {key[1]: row[2] - row[5] for key, row in rows if row[2] - row[5]}

    @property
    def titles(self) -> set[str]:
        """Titles that may be worn."""
        return set(self.world.earned("p").honors.titles)

    @property
    def completed(self) -> dict[str, int]:
        """Quests that were completed, and how often."""
        return {
            name: each.times for name, each in self.world.earned("p").quests.items() if each.times
        }

    def state(self) -> dict[str, Any]:
        """All that can be compared with a player who did something else."""
        world, player = self.world, self.world.player("p")
        earned, progress = world.earned("p"), world.progress("p")
        return {
            "xp": (player.xp, player.lifetime_xp, player.level, player.reward_level),
            "metrics": player.metrics,
            "wallet": self.wallet,
            "items": {item: n for (item, _), n in world.items("p").items()},
            "scores": world.scores("p"),
            "achievements": {
                name: (each.times, each.tier, each.granted, set(each.milestones))
                for name, each in earned.achievements.items()
                if each.times or each.milestones
            },
            "badges": self.badges,
            "titles": self.titles,
            "contents": set(earned.honors.unlocks),
            "tallies": {name: each.counts for name, each in progress.tallies.items()},
            "quests": {name: sorted(run.done) for name, run in progress.quests.items() if run.done},
            "streaks": {
                name: (sorted(each.runs), each.longest, each.paid)
                for name, each in progress.streaks.items()
                if each.runs
            },
        }


def check_counts(world: World) -> None:
    """Statistics, rows of completions and what the player has agree; the books do, too."""
    earned = world.earned("p")
    sums: Counter[tuple[str, str, str]] = Counter()
    for (kind, name, _), row in world.tables["progress_statistics"].items():
        for column, value in zip(STATISTICS, row[3:], strict=True):
            sums[kind, name, column] += value
    for name, definition in world.snapshot.progression.achievements.items():
        state = earned.achievements.get(name)
        times = state.times if state else 0
        if definition.tiers:
            times = int(state is not None and state.tier >= definition.tiers[-1].tier)
        rows = [key[2] for key in world.tables["achievement_unlocks"] if key[1] == name]
        assert sorted(rows) == list(range(1, times + 1)), name
        assert sums["achievement", name, "earned"] == times, name
        assert sums["achievement", name, "owners"] == bool(times), name
        assert sums["achievement", name, "time_us"] >= 0
    for name in world.snapshot.progression.badges:
        owned = earned.badges.get(name)
        have = owned.count if owned else 0
        assert sums["badge", name, "earned"] == have, name
        assert sums["badge", name, "owners"] == bool(have), name
    for name in world.snapshot.progression.quests:
        record = earned.quests.get(name)
        times = record.times if record else 0
        assert sums["quest", name, "earned"] == times, name
        assert sums["quest", name, "owners"] == bool(times), name
        ended = Counter(key[3] for key in world.tables["quest_runs"] if key[1] == name)
        waiting = name in world.progress("p").quests
        claimed = ended[QuestOutcome.COMPLETED] - ended[QuestOutcome.REVOKED]
        assert claimed <= times <= claimed + waiting, name
    balances: Counter[str] = Counter()
    for currency, amount, after in world.postings("p"):
        balances[currency] += amount
        assert after == balances[currency] >= 0
    held = {key[1]: row[2] for key, row in world.tables["wallets"].items() if row[2]}
    assert +balances == Counter(held)
    assert world.sequences("p") == list(range(1, world.player("p").sequence + 1))
