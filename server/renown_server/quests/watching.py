"""What quests watch: which objectives a signal can move; pure."""

from __future__ import annotations

from collections.abc import Mapping

from renown_server.catalog.compile_listeners import watched
from renown_server.catalog.progression import WATCH_ALL, Progression, Quest, Watched
from renown_server.engine.signals import Signal

Key = tuple[int, str]
Watch = Mapping[Key, frozenset[str]]
"""Ids of objectives by what they watch: `Watched` value and key."""

_NOBODY: frozenset[str] = frozenset()


class _Index:
    """What the quests of one catalog watch, found out when it is first asked for."""

    __slots__ = ("by_quest", "progression")

    def __init__(self, progression: Progression) -> None:
        self.progression = progression
        self.by_quest: dict[str, Watch] = {}


_latest: list[_Index] = []
_KEPT_MAX = 2
"""Catalogs that are kept: while one follows the other, both are asked for."""


def watch_of(progression: Progression, quest: Quest) -> Watch:
    """What a quest of the catalog watches."""
    by_quest = _index_of(progression).by_quest
    known = by_quest.get(quest.id)
    if known is None:
        known = by_quest[quest.id] = _watch(quest)
    return known


def keys_of(signal: Signal) -> tuple[Key, ...]:
    """Under what those stand whom a signal can move."""
    kind = int(signal.kind)
    keys: tuple[Key, ...] = ((kind, signal.key), (kind, WATCH_ALL))
    if signal.activity is None:
        return keys
    activity = signal.activity
    metrics = dict.fromkeys([*activity.moved, *activity.received])
    return (*keys, *[(int(Watched.METRIC), metric) for metric in metrics])


def moved(watch: Watch, keys: tuple[Key, ...]) -> frozenset[str]:
    """The objectives that can be moved."""
    found = _NOBODY
    for key in keys:
        objectives = watch.get(key)
        if objectives is not None:
            found = found | objectives if found else objectives
    return found


def _index_of(progression: Progression) -> _Index:
    for index in _latest:
        if index.progression is progression:
            return index
    del _latest[_KEPT_MAX - 1 :]
    index = _Index(progression)
    _latest.insert(0, index)
    return index


def _watch(quest: Quest) -> Watch:
    found: dict[Key, set[str]] = {}
    for objective in quest.objectives:
        for kind, key in watched(objective.criteria):
            found.setdefault((int(kind), key), set()).add(objective.id)
    return {key: frozenset(objectives) for key, objectives in found.items()}
