"""A game with quests of each sort, and commands about them in one line."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from renown_server import reactions
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, Recorded
from renown_server.engine.facts import ActivityRecorded, MetricMoved, decode_facts
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerBook
from renown_server.progress.store import STATISTICS
from renown_server.progress.values import QuestRecord, QuestRun
from renown_server.quests import commands, rules
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.views import RunView
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import GAME_SERVER, activity, create
from tests.kit.odd import Odd
from tests.kit.pure import World

HEAD = """
name: quests
settings:
  lateness_max: 72h
  economy: {inventory_capacity: 4, mailbox_capacity: 2}
  progression: {quests_active_max: 3}
currencies: [{code: coins}, {code: gems, cap: 100}]
metrics:
  - {id: lessons}
  - {id: hours, decimals: 1}
  - {id: best, aggregation: max}
levels: {linear: {base: 100}, hard_cap: 20}
activity_types:
  - {id: lesson, counts: [lessons]}
  - {id: study, metrics: [hours, best]}
  - {id: visit}
  - {id: climb, base_xp: 100}
  - {id: mine, items: [{item_id: ore, quantity: 1}], currencies: [{currency: coins, amount: 5}]}
items:
  - {id: ore, max_stack: 100}
  - {id: sword, kind: equipment, slot: hand, max_stack: 1}
  - {id: relic, max_stack: 1}
loot_tables:
  - id: chest
    entries: [{id: gem, weight: 1, reward: {currencies: [{currency: gems, amount: 1}]}}]
titles: [{id: hero, name: Hero}, {id: ghost, name: Ghost, secret: true}]
achievements:
  - {id: scholar, requirements: {conditions: [{metric: lessons, value: 3}]}}
  - {id: sly, secret: true, requirements: {conditions: [{metric: lessons, value: 50}]}}
badges:
  - {id: medal, acquisition: {max_per_player: 9}}
  - {id: shade, secret: true}
quests:
"""

LESSON = "{id: learn, targets: [{metric: lessons, value: 2}]}"


def game(quests: str) -> CatalogSnapshot:
    """The game with these quests, a YAML list indented by two."""
    return snapshot_of(HEAD + quests)


_numbers = itertools.count(1)


class Site:
    """A world with one player, `p`.

    Args:
        quests: its quests; see `game`.
        fields: of the player.

    Attributes:
        catalog: the game.
        world: the world.
        facts: those about quests of the latest request about one.
    """

    def __init__(self, quests: str, **fields: str) -> None:
        self.catalog = game(quests)
        self.world = World(self.catalog, react=reactions.react)
        self.world.run(create("p", **fields))
        self.facts: list[Any] = []

    def do(self, kind: str = "lesson", activity_id: str = "", **fields: Any) -> list[Any]:
        """Records an activity; its facts about quests."""
        return facts_of(self.world.run(activity("p", kind, activity_id, **fields)))

    def _body(self, quest: str, request_id: str) -> commands.QuestBody:
        return commands.QuestBody(request_id or f"q-{next(_numbers)}", "p", quest)

    def start(self, quest: str, request_id: str = "") -> RunView:
        """A StartQuest."""
        body = self._body(quest, request_id)
        return self._view(commands.start_quest(body, GAME_SERVER, self.catalog))

    def claim(self, quest: str, request_id: str = "") -> RunView:
        """A ClaimQuestReward."""
        body = self._body(quest, request_id)
        return self._view(commands.claim_quest_reward(body, GAME_SERVER, self.catalog))

    def abandon(self, quest: str) -> RunView:
        """An AbandonQuest."""
        body = self._body(quest, "")
        return self._view(commands.about_player(commands.AbandonQuest, body, GAME_SERVER))

    def advance(self, quest: str, objective: str, amount: int = 1, **context: str) -> RunView:
        """An AdvanceObjective."""
        pairs = tuple(sorted(context.items()))
        body = commands.AdvanceBody(f"q-{next(_numbers)}", "p", quest, objective, amount, pairs)
        return self._view(commands.about_player(commands.AdvanceObjective, body, GAME_SERVER))

    def rate(self, quest: str, rating: int) -> commands.Rated:
        """A RateQuest."""
        body = commands.RateBody(f"q-{next(_numbers)}", "p", quest, rating)
        command = commands.about_player(commands.RateQuest, body, GAME_SERVER)
        return self.world.run(command).result_as(commands.Rated)

    def _view(self, command: Command) -> RunView:
        done = self.world.run(command)
        self.facts = facts_of(done)
        return done.result_as(RunView)

    def deed(self, deed: Callable[[Work], Any]) -> Recorded:
        """Whatever a function does."""
        return self.world.run(Odd(deed, "p"))

    def pass_time(self) -> list[Any]:
        """What the timekeeper does."""
        return facts_of(
            self.deed(lambda work: rules.pass_time(work, work.slice(PlayerBook).get("p")))
        )

    def reset(self) -> None:
        """What a prestige does to quests."""
        self.deed(lambda work: rules.reset(work, work.slice(PlayerBook).get("p")))

    def revoke(self, activity_id: str) -> tuple[rules.LostQuest, ...]:
        """What a revocation does to quests; of activities that moved lessons only."""
        row = self.world.tables["activities"]["p", activity_id]
        facts = decode_facts(row[9])
        moved = {fact.metric: fact.amount for fact in facts if isinstance(fact, MetricMoved)}
        recorded = next(fact for fact in facts if isinstance(fact, ActivityRecorded))
        view = ActivityView(recorded.activity_type, {}, False, False, None, None, "", moved, moved)
        when_us = recorded.occurred_at_us
        signal = Signal(
            "p", SignalKind.ACTIVITY, view.activity_type, 1, when_us, recorded.rule, view
        )
        record = rules.Revoked((signal,), facts, row[7])
        lost: list[tuple[rules.LostQuest, ...]] = []

        def deed(work: Work) -> None:
            player = work.slice(PlayerBook).get("p")
            lost.append(rules.revoke_activity(work, player, record))

        self.deed(deed)
        return lost[-1]

    @property
    def runs(self) -> dict[str, QuestRun]:
        """Attempts that have not ended."""
        return self.world.progress("p").quests

    def record(self, quest: str) -> QuestRecord:
        """What was done of a quest."""
        return self.world.earned("p").quests.get(quest, QuestRecord())

    def ended(self, quest: str) -> list[QuestOutcome]:
        """How attempts ended, in order."""
        rows = sorted(key for key in self.world.tables["quest_runs"] if key[1] == quest)
        return [QuestOutcome(row[3]) for row in rows]

    def statistics(self, quest: str) -> dict[str, int]:
        """A quest's statistics, but for what is 0."""
        sums = [0] * len(STATISTICS)
        for key, row in self.world.tables["progress_statistics"].items():
            if key[:2] == ("quest", quest):
                sums = [old + new for old, new in zip(sums, row[3:], strict=True)]
        return {name: value for name, value in zip(STATISTICS, sums, strict=True) if value}

    def at(self, now_us: int) -> None:
        """Sets the time."""
        self.world.clock.value_us = now_us


def facts_of(done: Recorded) -> list[Any]:
    """The facts about quests of a command."""
    return [fact for fact in done.facts if fact.__struct_config__.tag.startswith("quest.")]
