"""A game with achievements of each sort, commands about them, and that no count is lost."""

from __future__ import annotations

import itertools
from typing import Any

from renown_server import reactions
from renown_server.achievements import commands, losing
from renown_server.achievements.commands import GrantBody, RevokeBody, ShowcaseBody
from renown_server.achievements.listing import Filters, Listing
from renown_server.achievements.plan import plan_of
from renown_server.achievements.takeback import Taking
from renown_server.achievements.views import View
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, Recorded, RequestKey
from renown_server.engine.facts import AchievementMilestoneReached, AchievementUnlocked
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.inventory.clawback import Policy
from renown_server.profile import metrics
from renown_server.profile.state import PlayerBook
from renown_server.progress.store import STATISTICS
from renown_server.progress.values import EarnedAchievement
from tests.kit.catalogs import snapshot_of
from tests.kit.odd import Odd
from tests.kit.pure import World

OPERATOR = "key:op"

GAME = """
name: achievements
settings:
  lateness_max: 72h
  progression: {points_currency: points, achievements_showcased_max: 2}
currencies: [{code: points}, {code: coins}]
metrics: [{id: lessons}, {id: hours, decimals: 1}, {id: score, aggregation: max}]
levels: {linear: {base: 100}, hard_cap: 20}
activity_types:
  - {id: lesson, counts: [lessons], metrics: [hours, score]}
  - {id: march, base_xp: 100}
  - {id: visit}
items: [{id: sword}, {id: shield}]
titles: [{id: sage}, {id: ghost, secret: true}]
streaks: [{id: daily, activity_types: [visit]}]
seasons: [{id: autumn, starts_at: 2026-09-01T00:00:00Z, ends_at: 2026-12-01T00:00:00Z}]
leaderboards: [{id: xp_all, source: xp, period: all_time}]
prestige: {level: 3, resets: [metrics]}
badges:
  - {id: medal, points_value: 2}
  - {id: pin, acquisition: {achievement: century}}
  - {id: shade, secret: true}
  - {id: veil, secret: true}
achievements:
  - id: century
    name: Century
    category: learning
    achievement_type: lessons
    points: 50
    display: {icon_locked: grey, icon_unlocked: gold}
    requirements: {conditions: [{metric: lessons, value: 100}]}
    milestones:
      - {percentage: 25, message: A quarter, reward: {currencies: [{currency: coins, amount: 1}]}}
      - {percentage: 75, reward: {currencies: [{currency: coins, amount: 3}]}}
    rewards: {xp: 40, currencies: [{currency: points, amount: 10}], badges: [medal],
              items: [{item_id: sword, quantity: 1}], titles: [sage], unlock_content: [hall]}
  - id: each_ten
    repeatable: true
    requirements: {conditions: [{metric: hours, value: 10}]}
    milestones: [{percentage: 50, reward: {currencies: [{currency: coins, amount: 1}]}}]
    rewards: {currencies: [{currency: points, amount: 2}]}
  - id: climber
    kind: tiered
    points: 5
    requirements: {conditions: [{metric: lessons}]}
    tiers:
      - {tier: 1, name: Bronze, requirement: 10}
      - {tier: 2, name: Silver, requirement: 20, reward_basis_points: 20000}
      - {tier: 3, name: Gold, requirement: 50, reward_basis_points: 35000}
    rewards: {currencies: [{currency: points, amount: 3}]}
  - id: maths
    progress_events: true
    requirements:
      conditions: [{activity_type: lesson, value: 3, context: [{key: subject, values: [maths]}]}]
  - {id: sharp, requirements: {type: threshold, conditions: [{metric: score, value: 90}]}}
  - id: armed
    requirements: {type: collection, conditions: [{item: sword}, {item: shield}]}
  - id: path
    requirements: {type: sequence, conditions: [{activity_type: visit}, {metric: lessons}]}
  - id: swift
    requirements:
      {type: time_limit, time_limit: 60s, conditions: [{activity_type: lesson, value: 2}]}
  - id: flawless
    repeatable: true
    requirements:
      {type: perfect, in_a_row: true, conditions: [{activity_type: lesson, value: 2}]}
  - {id: steady, requirements: {type: streak, conditions: [{streak: daily, value: 3}]}}
  - id: curious
    requirements:
      {type: unique, conditions: [{activity_type: lesson, distinct: subject, value: 2}]}
  - id: hidden
    secret: true
    progress_events: true
    category: shadows
    requirements: {conditions: [{activity_type: visit, value: 2}]}
    milestones: [{percentage: 50, reward: {currencies: [{currency: coins, amount: 100}]}}]
    rewards: {badges: [shade], titles: [ghost]}
  - {id: autumnal, season: autumn, requirements: {conditions: [{activity_type: visit}]}}
  - id: limited
    available_from: 2026-11-19T00:00:00Z
    available_until: 2026-11-20T00:00:00Z
    requirements: {conditions: [{activity_type: visit}]}
  - {id: phone, platform: ios, requirements: {conditions: [{activity_type: visit}]}}
  - id: scholar
    prerequisite_achievements: [hidden]
    requirements: {conditions: [{metric: lessons, value: 2}]}
  - {id: grown, level_requirement: 3, requirements: {conditions: [{metric: lessons}]}}
  - {id: level_two, kind: instant, requirements: {type: threshold,
      conditions: [{stat: level, value: 2}]}}
  - id: afresh
    reset_on_prestige: true
    requirements: {conditions: [{metric: lessons, value: 2}]}
    rewards: {titles: [sage]}
  - {id: after_century, requirements: {type: threshold, conditions: [{achievement: century}]}}
  - {id: generous, requirements: {conditions: [{currency: coins, value: 1000000}]},
     rewards: {achievements: [each_ten]}}
  - {id: old, status: retired, requirements: {conditions: [{activity_type: visit}]}}
  - {id: soon, status: upcoming, requirements: {conditions: [{activity_type: visit}]}}
"""

SEEKER = """\
  - id: seeker
    requirements:
      type: collection
      required: 1
      conditions: [{achievement: hidden}, {badge: shade}, {achievement: century}]
    milestones: [{percentage: 50, reward: {badges: [veil, medal]}}]
    rewards: {titles: [ghost, sage]}
"""
"""One that names secret things; to be put behind the game."""

SNAPSHOT = snapshot_of(GAME)

_numbers = itertools.count(1)


def new_world(snapshot: CatalogSnapshot = SNAPSHOT) -> World:
    """The game, with what follows from commands."""
    return World(snapshot, react=reactions.react)


def _command(kind: type[Command], body: Any, player_id: str = "p") -> Any:
    return kind(
        key=RequestKey(OPERATOR, body.request_id),
        players=(player_id,),
        principal=OPERATOR,
        body=body,
    )


def grant(achievement: str, tier: int = 0, player_id: str = "p") -> commands.GrantAchievement:
    """A GrantAchievement."""
    body = GrantBody(f"g-{next(_numbers)}", player_id, achievement, "test", tier)
    command: commands.GrantAchievement = _command(commands.GrantAchievement, body, player_id)
    return command


def revoke(
    achievement: str,
    *,
    take_rewards: bool = False,
    policy: Policy = Policy.DEBT,
    times: int = 0,
    player_id: str = "p",
) -> commands.RevokeAchievement:
    """A RevokeAchievement."""
    body = RevokeBody(
        f"v-{next(_numbers)}", player_id, achievement, "test", take_rewards, policy.value, times
    )
    command: commands.RevokeAchievement = _command(commands.RevokeAchievement, body, player_id)
    return command


def show(*achievements: str) -> commands.SetAchievementShowcase:
    """A SetAchievementShowcase."""
    body = ShowcaseBody(f"s-{next(_numbers)}", "p", achievements)
    command: commands.SetAchievementShowcase = _command(commands.SetAchievementShowcase, body)
    return command


def uncount(
    kind: str, taking: Taking, *, moved: dict[str, int] | None = None, **context: str
) -> Odd:
    """What revoking an activity of the player does to achievements."""

    def deed(work: Work) -> None:
        player = work.slice(PlayerBook).get("p")
        for metric, amount in (moved or {}).items():
            metrics.take_back(work, player, metric, amount, "revoke")
        view = ActivityView(kind, context, False, False, None, None, "", moved or {}, {})
        signal = Signal("p", SignalKind.ACTIVITY, kind, 1, work.now_us, "revoke", view)
        losing.on_revoked(work, signal, taking)

    return Odd(deed, "p")


def view_of(world: World, achievement: str, player_id: str = "p") -> View:
    """How far a player has come, as it is read."""
    body = commands.ProgressBody(player_id, achievement)
    return _read(world, commands.reading(commands.GetAchievementProgress, body)).result_as(View)


def list_of(world: World, **fields: Any) -> Listing:
    """A player's list, as it is read."""
    after, size = fields.pop("after", ""), fields.pop("size", 100)
    body = commands.ListBody("p", Filters(**fields), after, size)
    done = _read(world, commands.reading(commands.ListPlayerAchievements, body))
    return done.result_as(Listing)


def _read(world: World, command: Command) -> Recorded:
    """Runs a command and forgets it, as a simulation does."""
    before = world.state()
    done = world.run(command)
    for name, rows in world.tables.items():
        rows.clear()
        rows.update(before[name])
    return done


def earned(world: World, achievement: str, player_id: str = "p") -> EarnedAchievement:
    """What a player has earned of an achievement."""
    return world.earned(player_id).achievements.get(achievement, EarnedAchievement())


def unlocks(done: Recorded) -> list[tuple[str, int, int]]:
    """(achievement, times, tier) of what was unlocked, in order."""
    return [
        (fact.achievement, fact.times, fact.tier)
        for fact in done.facts
        if isinstance(fact, AchievementUnlocked)
    ]


def milestones(done: Recorded) -> list[tuple[str, int]]:
    """(achievement, percentage) of milestones reached, in order."""
    return [
        (fact.achievement, fact.percentage)
        for fact in done.facts
        if isinstance(fact, AchievementMilestoneReached)
    ]


def statistics(world: World, achievement: str) -> dict[str, int]:
    """The statistics of an achievement that are not 0, over all slots."""
    totals = dict.fromkeys(STATISTICS, 0)
    for (kind, name, _), row in world.tables["progress_statistics"].items():
        if (kind, name) == ("achievement", achievement):
            for column, value in zip(STATISTICS, row[3:], strict=True):
                totals[column] += value
    return {column: value for column, value in totals.items() if value}


def check_counts(world: World, players: tuple[str, ...] = ("p",)) -> None:
    """Checks that states, statistics and rows agree."""
    for definition in world.snapshot.progression.achievements.values():
        plan = plan_of(definition)
        states = {player: earned(world, definition.id, player) for player in players}
        counts = {player: plan.completions(state) for player, state in states.items()}
        found = statistics(world, definition.id)
        assert found.get("earned", 0) == sum(counts.values()), definition.id
        assert found.get("owners", 0) == sum(count > 0 for count in counts.values())
        assert found.get("time_us", 0) == sum(state.time_us for state in states.values())
        assert found.get("timed", 0) == sum(plan.timed(state) for state in states.values())
        rows = {key[::2] for key in world.tables["achievement_unlocks"] if key[1] == definition.id}
        assert rows == {
            (player, no) for player, count in counts.items() for no in range(1, count + 1)
        }, definition.id
        for state in states.values():
            assert 0 <= state.granted <= max(state.times, state.tier)
            assert state.times >= 0 <= state.time_us
            assert (state.times > 0) == (state.last_us > 0)
            assert plan.timed(state) or not state.time_us
