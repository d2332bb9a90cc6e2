"""The commands of quests. Their results are attempts as they stand afterwards."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.catalog.quests import Quest
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work
from renown_server.inventory.commands import Reaching
from renown_server.inventory.reach import Reach
from renown_server.quests import rules
from renown_server.quests.runs import player_of
from renown_server.quests.seeking import Seeker
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.views import RunView, latest_view, paid_view

_PACKED = ("progress", "earned")


class QuestBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decoded request about a quest."""

    request_id: str
    player_id: str
    quest_id: str


def _seeker(work: Work, player_id: str) -> Seeker:
    return Seeker(work, player_of(work, player_id))


class StartQuest(Reaching):
    """Begins a quest."""

    __slots__ = ()

    method = "StartQuest"
    parts = _PACKED
    body: QuestBody

    def decide(self, work: Work) -> RunView:
        """Begins it, and looks what of it is done already."""
        body = self.body
        player = player_of(work, body.player_id)
        run = rules.start(work, player, body.quest_id)
        quest = work.catalog.progression.quests[body.quest_id]
        return latest_view(Seeker(work, player), quest, run)


def start_quest(body: QuestBody, principal: str, catalog: CatalogSnapshot) -> StartQuest:
    """The command of a StartQuest."""
    reach = Reach(catalog)
    quest = catalog.progression.quests.get(body.quest_id)
    for needed in quest.items if quest is not None else ():
        reach.add_item(needed.item)
    return StartQuest(reach=reach, player_id=body.player_id, principal=principal, body=body)


class ClaimQuestReward(Reaching):
    """Takes the reward of a completed quest."""

    __slots__ = ()

    method = "ClaimQuestReward"
    parts = _PACKED
    body: QuestBody

    def decide(self, work: Work) -> RunView:
        """Pays it."""
        body = self.body
        seeker = _seeker(work, body.player_id)
        quest = seeker.find(body.quest_id)
        return paid_view(seeker, quest, rules.claim(work, body.player_id, quest))


def claim_quest_reward(
    body: QuestBody, principal: str, catalog: CatalogSnapshot
) -> ClaimQuestReward:
    """The command of a ClaimQuestReward."""
    reach = Reach(catalog)
    quest = catalog.progression.quests.get(body.quest_id)
    if quest is not None:
        _add_rewards(reach, quest)
    return ClaimQuestReward(reach=reach, player_id=body.player_id, principal=principal, body=body)


def _add_rewards(reach: Reach, quest: Quest) -> None:
    for reward in (quest.guaranteed, quest.first_completion, quest.repeat):
        if reward is not None:
            reach.add_reward(reward)
    for _, reward in quest.bonus:
        reach.add_reward(reward)
    for _, reward in quest.random:
        reach.add_reward(reward)
    if quest.random:
        reach.parts.add("mailboxes")


class AbandonQuest(Command):
    """Gives up a quest."""

    __slots__ = ()

    method = "AbandonQuest"
    parts = _PACKED
    body: QuestBody

    def decide(self, work: Work) -> RunView:
        """Ends the attempt. One at a quest that the catalog has lost can be ended as well."""
        body = self.body
        seeker = _seeker(work, body.player_id)
        if body.quest_id not in seeker.runs:
            seeker.find(body.quest_id)
        run = rules.abandon(work, body.player_id, body.quest_id)
        return RunView(
            body.quest_id,
            run.attempt,
            QuestOutcome.ABANDONED.value,
            started_us=run.started_us,
            ended_us=work.now_us,
        )


class AdvanceBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an AdvanceObjective; `context` is sorted by its keys."""

    request_id: str
    player_id: str
    quest_id: str
    objective_id: str
    amount: int = 1
    context: tuple[tuple[str, str], ...] = ()


class AdvanceObjective(Command):
    """Moves an objective by hand."""

    __slots__ = ()

    method = "AdvanceObjective"
    parts = _PACKED
    body: AdvanceBody

    def decide(self, work: Work) -> RunView:
        """Moves it, and completes what is done by that."""
        body = self.body
        player = player_of(work, body.player_id)
        quest = Seeker(work, player).find(body.quest_id)
        run = rules.advance(work, player, quest, body.objective_id, body.amount, dict(body.context))
        return latest_view(Seeker(work, player), quest, run)


class RateBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a RateQuest."""

    request_id: str
    player_id: str
    quest_id: str
    rating: int


class Rated(msgspec.Struct, frozen=True):
    """A rating, and the one that it replaces; 0 if there was none."""

    rating: int
    previous: int


class RateQuest(Command):
    """Rates a quest."""

    __slots__ = ()

    method = "RateQuest"
    parts = ("earned", "progress")
    body: RateBody

    def decide(self, work: Work) -> Rated:
        """Replaces the player's rating."""
        body = self.body
        quest = _seeker(work, body.player_id).find(body.quest_id)
        previous = rules.rate(work, body.player_id, quest.id, body.rating)
        return Rated(body.rating, previous)


def about_player(kind: type[Command], body: Any, principal: str) -> Command:
    """A command of one player that needs no more than the player's rows."""
    return kind(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
    )
