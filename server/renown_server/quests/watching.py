"""What quests watch: which objectives a signal can move; pure."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.catalog.progression import WATCH_ALL, Watched
from renown_server.engine.signals import Signal
from renown_server.quests.plan import Key, Watch

_METRIC = int(Watched.METRIC)
_NOBODY: frozenset[str] = frozenset()


def keys_of(signal: Signal) -> tuple[Key, ...]:
    """Under what those stand whom a signal can move."""
    kind, activity = signal.kind, signal.activity
    keys: tuple[Key, ...] = ((kind, signal.key), (kind, WATCH_ALL))
    if activity is None:
        return keys
    metrics: Iterable[str] = activity.moved
    if activity.received:
        metrics = dict.fromkeys([*activity.moved, *activity.received])
    return (*keys, *[(_METRIC, metric) for metric in metrics])


def moved(watch: Watch, keys: tuple[Key, ...]) -> frozenset[str]:
    """The objectives that can be moved."""
    found = _NOBODY
    for key in keys:
        objectives = watch.get(key)
        if objectives is not None:
            found = found | objectives if found else objectives
    return found
