"""Definitions of quests as messages, parsed once a catalog, without what players may not know."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1 import reward_pb2
from renown_server.catalog.progression import Progression, Quest
from renown_server.quests.seeking import Seeker

Knows = Callable[[str], bool]


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
            _hide(message, seeker)

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


def _hide(message: pb.QuestDefinition, seeker: Seeker) -> None:
    asked = message.requirements
    _keep(asked.quests_completed, seeker.knows_quest)
    _keep(asked.achievements, seeker.knows_achievement)
    knows: dict[str, Knows] = {
        "achievement": seeker.knows_achievement,
        "badge": seeker.knows_badge,
        "quest": seeker.knows_quest,
    }
    for target in _targets(message):
        of = str(target.WhichOneof("of"))
        if of in knows and not knows[of](getattr(target, of)):
            target.ClearField("of")
    for reward in _rewards(message):
        _keep(reward.badges, seeker.knows_badge)
        _keep(reward.achievements, seeker.knows_achievement)
        _keep(reward.unlock_quests, seeker.knows_quest)
        _keep(reward.titles, seeker.knows_title)
    chain = message.chain
    if chain.next_quest and not seeker.knows_quest(chain.next_quest):
        chain.next_quest = ""
    for branch in [each for each in chain.branches if not seeker.knows_quest(each.quest)]:
        chain.branches.remove(branch)


def _keep(names: object, knows: Knows) -> None:
    """Leaves out names that are not known."""
    kept = [name for name in names if knows(name)]  # type: ignore[attr-defined]
    if len(kept) < len(names):  # type: ignore[arg-type]
        names[:] = kept  # type: ignore[index]


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
