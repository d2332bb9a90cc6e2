"""What can be wrong with the objectives of a quest."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import progression_pb2 as pb
from renown_server.catalog.problems import Finding, Path, nearest
from renown_server.catalog.validate_basics import Known, check_rising, repeated
from renown_server.catalog.validate_criteria import check_targets
from renown_server.catalog.validate_cycles import cycles
from renown_server.catalog.validate_rewards import check_reward


def check_objectives(path: Path, quest: pb.QuestDefinition, known: Known) -> Iterator[Finding]:
    """Checks what each objective asks for and pays, and that all can be done in turn."""
    at = (*path, "objectives")
    for index, item in enumerate(quest.objectives):
        here = (*at, index)
        yield from check_targets(here, item, known)
        yield from _check_checkpoints(here, item, known)
        yield from _check_unlocks(here, quest, item)
    ids = [item.id for item in quest.objectives]
    for index, _ in repeated(ids):
        yield Finding((*at, index, "id"), f"`{ids[index]}` is taken", "choose another id")
    graph = {item.id: list(item.unlocks) for item in quest.objectives}
    for cycle in cycles(graph):
        yield Finding(
            (*at, ids.index(cycle[0]), "unlocks"),
            f"leads back to itself: {' → '.join(cycle)}",
            "remove one of them: none could be started",
        )
    if quest.objectives and all(item.optional for item in quest.objectives):
        yield Finding(at, "all are optional: nothing has to be done", "let one be needed")


def _check_checkpoints(path: Path, item: pb.ObjectiveDefinition, known: Known) -> Iterator[Finding]:
    at = (*path, "checkpoints")
    yield from check_rising(at, "value", [each.value for each in item.checkpoints])
    single = len(item.targets) == 1
    goal = (item.targets[0].value or 1) if single else len(item.targets)
    what = "the target asks for" if single else "targets there are"
    for index, each in enumerate(item.checkpoints):
        yield from check_reward((*at, index, "reward"), each.reward, known)
        if each.value >= goal > 0:
            yield Finding(
                (*at, index, "value"),
                f"is {each.value}, not below the {goal} {what}",
                "lower it, or pay at the end",
            )


def _check_unlocks(
    path: Path, quest: pb.QuestDefinition, item: pb.ObjectiveDefinition
) -> Iterator[Finding]:
    others = {each.id: each for each in quest.objectives}
    for index, name in enumerate(item.unlocks):
        at, other = (*path, "unlocks", index), others.get(name)
        if other is None:
            yield unknown_objective(at, name, quest)
        elif other.order < item.order and not other.optional:
            yield Finding(
                at,
                f"`{name}` comes first by its order, {other.order}, and has to be done:"
                " neither could be started",
                f"give it an order of {item.order} or more",
            )


def unknown_objective(path: Path, name: str, quest: pb.QuestDefinition) -> Finding:
    """Says that a name is no objective of a quest."""
    meant = nearest(name, [item.id for item in quest.objectives])
    return Finding(
        path,
        f"`{name}` is no objective of this quest",
        f"did you mean {meant}?" if meant else "name one of its objectives",
    )
