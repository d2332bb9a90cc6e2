"""Definitions of quests as messages, parsed once a catalog, without what players may not know."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1 import reward_pb2
from renown_server.catalog.progression import Progression
from renown_server.catalog.quests import Quest
from renown_server.progress.redaction import keep, redact_conditions, redact_reward
from renown_server.progress.sight import Eyes
from renown_server.quests.seeking import Seeker


class Definitions:
    """The definitions of the catalog that was asked for last."""

    def __init__(self) -> None:
        self._progression = Progression()
        self._parsed: dict[str, tuple[pb.QuestDefinition, bool]] = {}
        self._order: tuple[Quest, ...] = ()

    def ordered(self, progression: Progression) -> tuple[Quest, ...]:
        """All quests, the highest priority first, then by id."""
        self._open(progression)
        return self._order

    def fill(self, message: pb.QuestDefinition, quest: Quest, seeker: Seeker) -> None:
        """Says what the catalog says of a quest, and the player may know."""
        progression = seeker.work.catalog.progression
        self._open(progression)
        known = self._parsed.get(quest.id)
        if known is None:
            parsed = pb.QuestDefinition.FromString(quest.wire)
            known = self._parsed[quest.id] = parsed, _names_secrets(parsed, progression)
        message.CopyFrom(known[0])
        if known[1]:
            _hide(message, seeker.eyes)

    def _open(self, progression: Progression) -> None:
        if self._progression is not progression:
            self._progression = progression
            self._parsed = {}
            self._order = tuple(
                sorted(progression.quests.values(), key=lambda quest: (-quest.priority, quest.id))
            )


def _names_secrets(message: pb.QuestDefinition, progression: Progression) -> bool:
    """Whether a definition names anything that not everybody may know."""
    asked = message.requirements
    names = {
        "achievement": {each.id for each in progression.achievements.values() if each.secret},
        "badge": {each.id for each in progression.badges.values() if each.secret},
        "quest": {each.id for each in progression.quests.values() if each.hidden},
    }
    titles = {each.id for each in progression.titles.values() if each.secret}
    quests = [*asked.quests_completed, message.chain.next_quest]
    quests += [branch.quest for branch in message.chain.branches]
    if names["quest"].intersection(quests) or names["achievement"].intersection(asked.achievements):
        return True
    for target in _targets(message):
        of = str(target.WhichOneof("of"))
        if of in names and getattr(target, of) in names[of]:
            return True
    return any(
        names["badge"].intersection(reward.badges)
        or names["achievement"].intersection(reward.achievements)
        or names["quest"].intersection(reward.unlock_quests)
        or titles.intersection(reward.titles)
        for reward in _rewards(message)
    )


def _hide(message: pb.QuestDefinition, eyes: Eyes) -> None:
    asked, chain = message.requirements, message.chain
    keep(asked.quests_completed, eyes.sees_quest)
    keep(asked.achievements, eyes.sees_achievement)
    redact_conditions(_targets(message), eyes)
    for reward in _rewards(message):
        redact_reward(reward, eyes)
    if chain.next_quest and not eyes.sees_quest(chain.next_quest):
        chain.next_quest = ""
    for branch in [each for each in chain.branches if not eyes.sees_quest(each.quest)]:
        chain.branches.remove(branch)


def _targets(message: pb.QuestDefinition) -> Iterator[pb.Condition]:
    for objective in message.objectives:
        yield from objective.targets


def _rewards(message: pb.QuestDefinition) -> Iterator[reward_pb2.Reward]:
    """All rewards that a definition holds; to ask for others would make them be there."""
    for objective in message.objectives:
        for checkpoint in objective.checkpoints:
            if checkpoint.HasField("reward"):
                yield checkpoint.reward
    rewards = message.rewards
    for name in ("guaranteed", "first_completion", "repeat"):
        if rewards.HasField(name):
            yield getattr(rewards, name)
    for chance in rewards.random:
        if chance.HasField("reward"):
            yield chance.reward
    for bonus in rewards.bonus:
        if bonus.HasField("reward"):
            yield bonus.reward
