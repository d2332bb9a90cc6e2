"""Criteria, signals and standings for tests of what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from renown_server.catalog.availability import Window
from renown_server.catalog.criteria import (
    ANY_ACTIVITY,
    Condition,
    Criteria,
    Logic,
    RequirementType,
    Stat,
    Subject,
)
from renown_server.catalog.progression import DAY_US, Progression, Season
from renown_server.catalog.snapshot import (
    CatalogSnapshot,
    Metric,
    MetricAggregation,
    empty_snapshot,
)
from renown_server.currency.state import Balance, WalletBook
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerState
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook
from tests.kit.times import NOON

PLAYER = "p"


def catalog(*, lateness_us: int = 3 * DAY_US, **seasons: tuple[int, int]) -> CatalogSnapshot:
    """A game with a metric of each aggregation, named after it; `hours` has two decimals."""
    metrics = {
        how.name.lower(): Metric(how.name.lower(), how.name, 0, 1, how) for how in MetricAggregation
    }
    metrics["hours"] = Metric("hours", "Hours", 2, 100)
    return replace(
        empty_snapshot(),
        lateness_max_us=lateness_us,
        metrics=metrics,
        progression=Progression(
            seasons={key: Season(key, key, Window(*span)) for key, span in seasons.items()}
        ),
    )


def standing(
    game: CatalogSnapshot | None = None,
    *,
    now_us: int = NOON,
    zone: str = "UTC",
    items: Mapping[str, int] | None = None,
    metrics: Mapping[str, int] | None = None,
    coins: int = 0,
) -> Standing:
    """A player and what is theirs; the rest is set through `work.slice(ProgressBook)`."""
    work = Work(catalog=game or catalog(), now_us=now_us, random=SeededRandomness(1))
    book = ProgressBook()
    book.absorb_progress(PLAYER)
    book.absorb_earned(PLAYER)
    work.attach(book)
    wallets = WalletBook()
    wallets.by_key[PLAYER, "coins"] = Balance(PLAYER, "coins", coins)
    work.attach(wallets)
    work.begin("game")
    player = PlayerState(PLAYER)
    player.time_zone = zone
    player.metrics.update(metrics or {})
    owned = dict(items or {})
    return Standing(work, player, lambda _work, _player, item: owned.get(item, 0))


def condition(subject: Subject = Subject.ACTIVITY, key: str = "quiz", **fields: Any) -> Condition:
    """A condition; `filters` as a mapping from key to values."""
    filters = {name: frozenset(values) for name, values in fields.pop("filters", {}).items()}
    among = frozenset(fields.pop("among", ()))
    return Condition(
        place=0, subject=subject, key=key, filters=tuple(filters.items()), among=among, **fields
    )


def any_activity(**fields: Any) -> Condition:
    """A condition on activities of every type."""
    return condition(Subject.ACTIVITY, ANY_ACTIVITY, **fields)


def stat(which: Stat, value: int) -> Condition:
    """A condition on something counted anyway."""
    return condition(Subject.STAT, which.name, stat=which, value=value)


def criteria(
    *conditions: Condition,
    type: RequirementType = RequirementType.COUNTER,
    **fields: Any,
) -> Criteria:
    """Criteria, with the places of their conditions filled in as the compiler does."""
    placed = tuple(replace(item, place=place) for place, item in enumerate(conditions))
    in_order = type is RequirementType.SEQUENCE
    fields.setdefault("logic", Logic.SEQUENCE if in_order else Logic.ALL)
    if type is RequirementType.COLLECTION:
        fields.setdefault("required", len(placed))
    return Criteria(type=type, conditions=placed, **fields)


def activity(
    kind: str = "quiz",
    at_us: int = NOON,
    *,
    perfect: bool = False,
    time_us: int | None = None,
    expected_us: int | None = None,
    reference: str = "",
    moved: Mapping[str, int] | None = None,
    **context: str,
) -> Signal:
    """The signal of an activity."""
    view = ActivityView(
        activity_type=kind,
        context=context,
        perfect=perfect,
        first_try=False,
        time_us=time_us,
        expected_us=expected_us,
        reference_id=reference,
        moved=moved or {},
        received=moved or {},
    )
    return Signal(PLAYER, SignalKind.ACTIVITY, kind, 1, at_us, f"activity_type:{kind}", view)


def signal(kind: SignalKind, key: str = "", amount: int = 1, at_us: int = NOON) -> Signal:
    """Another signal."""
    return Signal(PLAYER, kind, key, amount, at_us, "test")
