"""Definitions that lead back to themselves: nobody could begin, or nothing would end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown.v1.reward_pb2 import Reward
from renown_server.catalog.compile_quests import follow_ups
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.validate_endless import check_endless


def cycles(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Ways that lead back to where they begin; its first node stands at both ends of each.

    Nodes that lead nowhere need not be in `graph`. Of ways that share nodes some are left out:
    there is at least one as long as there are any.
    """
    done: set[str] = set()
    for root in graph:
        if root in done:
            continue
        way, ahead = [root], [iter(graph[root])]
        on_way = {root}
        # Without recursion: a chain may be as long as the catalog.
        while way:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                on_way.discard(way[-1])
                done.add(way.pop())
            elif name in on_way:
                yield [*way[way.index(name) :], name]
            elif name not in done and name in graph:
                way.append(name)
                on_way.add(name)
                ahead.append(iter(graph[name]))


def check_cycles(catalog: Catalog) -> Iterator[Finding]:
    """Finds what asks for itself, becomes itself, or rewards itself, by way of others."""
    yield from _prerequisites(catalog)
    yield from _evolutions(catalog)
    yield from _quests(catalog)
    yield from _rewards(catalog)
    yield from check_endless(catalog)


def _prerequisites(catalog: Catalog) -> Iterator[Finding]:
    places = {item.id: index for index, item in enumerate(catalog.achievements)}
    graph = {item.id: item.prerequisite_achievements for item in catalog.achievements}
    for cycle in cycles(graph):
        yield Finding(
            ("achievements", places[cycle[0]], "prerequisite_achievements"),
            f"leads back to itself: {' → '.join(cycle)}",
            "remove one of them: none could be earned",
        )


def _evolutions(catalog: Catalog) -> Iterator[Finding]:
    places = {item.id: index for index, item in enumerate(catalog.badges)}
    graph = {
        item.id: [item.evolution.next_badge]
        for item in catalog.badges
        if item.HasField("evolution")
    }
    for cycle in cycles(graph):
        yield Finding(
            ("badges", places[cycle[0]], "evolution", "next_badge"),
            f"leads back to itself: {' → '.join(cycle)}",
            "let one of them evolve no further",
        )


def _quests(catalog: Catalog) -> Iterator[Finding]:
    places = {item.id: index for index, item in enumerate(catalog.quests)}
    graph = {item.id: list(item.requirements.quests_completed) for item in catalog.quests}
    for item in catalog.quests:
        for name in follow_ups(item):
            if name in graph:
                graph[name].append(item.id)
    for cycle in cycles(graph):
        yield Finding(
            ("quests", places[cycle[0]]),
            f"waits for itself: {' → '.join(cycle)}",
            "look at quests_completed and chains: none could be started",
        )


def _rewards(catalog: Catalog) -> Iterator[Finding]:
    """What is given gives again, or is watched by what gives it."""
    places: dict[str, Path] = {}
    graph: dict[str, list[str]] = {}
    # Quests pay when they are claimed; only those that do so by themselves go on.
    paying = [item for item in catalog.quests if item.auto_claim]
    for kind, name, ids in (
        ("achievement", "achievements", [item.id for item in catalog.achievements]),
        ("badge", "badges", [item.id for item in catalog.badges]),
        ("collection", "badge_collections", [item.id for item in catalog.badge_collections]),
        ("quest", "quests", [item.id for item in catalog.quests]),
    ):
        for index, each in enumerate(ids):
            places.setdefault(f"{kind} {each}", (name, index))
            graph.setdefault(f"{kind} {each}", [])
    for source, target in (
        *_of_achievements(catalog.achievements),
        *_of_badges(catalog),
        *_of_quests(paying),
    ):
        if source in graph:
            graph[source].append(target)
    for cycle in cycles(graph):
        yield Finding(
            places[cycle[0]],
            f"gives what leads back to it: {' → '.join(cycle)}",
            "take one of them out of a reward, or of what is asked for",
        )


def _of_achievements(items: Iterable[pb.AchievementDefinition]) -> Iterator[tuple[str, str]]:
    for item in items:
        here = f"achievement {item.id}"
        for given in (item.rewards, *(each.reward for each in item.milestones)):
            yield from ((here, target) for target in _given(given))
        watched = _watched(item.requirements.conditions)
        # What watches itself is told so at its condition.
        yield from ((source, here) for source in watched if source != here)


def _of_badges(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for item in catalog.badges:
        here, how = f"badge {item.id}", item.acquisition
        yield here, f"collection {item.collection}"
        if how.method in (pb.BADGE_METHOD_UNSPECIFIED, pb.BADGE_METHOD_ACHIEVEMENT):
            yield f"achievement {how.achievement}", here
        elif how.method == pb.BADGE_METHOD_COLLECTION:
            needed = (name for name in how.badges_needed if name != item.id)
            yield from ((f"badge {name}", here) for name in needed)
        elif how.method in (pb.BADGE_METHOD_MILESTONE, pb.BADGE_METHOD_CHALLENGE):
            yield from ((f"quest {name}", here) for name in how.quests)
    for collection in catalog.badge_collections:
        here = f"collection {collection.id}"
        yield from ((here, target) for target in _given(collection.reward))


def _of_quests(items: Iterable[pb.QuestDefinition]) -> Iterator[tuple[str, str]]:
    for item in items:
        here, paid = f"quest {item.id}", item.rewards
        extras = [each.reward for each in paid.random]
        extras += [each.reward for each in paid.bonus]
        for given in (paid.guaranteed, paid.first_completion, paid.repeat, *extras):
            yield from ((here, target) for target in _given(given))
        for objective in item.objectives:
            extras = [each.reward for each in objective.checkpoints]
            yield from ((here, target) for given in extras for target in _given(given))
            yield from ((source, here) for source in _watched(objective.targets))


def _given(reward: Reward) -> Iterator[str]:
    yield from (f"achievement {name}" for name in reward.achievements)
    yield from (f"badge {name}" for name in reward.badges)


def _watched(conditions: Iterable[pb.Condition]) -> Iterator[str]:
    for item in conditions:
        of = item.WhichOneof("of")
        if of in ("achievement", "badge", "quest"):
            yield f"{of} {getattr(item, of)}"
