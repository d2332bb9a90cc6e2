"""Revocations as messages: a pure function of the facts that are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from renown.v1 import revocation_pb2 as pb
from renown_server.engine import facts
from renown_server.engine.facts import Fact
from renown_server.events import goods, progress
from renown_server.wire.timestamps import to_timestamp


def revocation(
    done: Iterable[Any], *, revoked_us: int, already_revoked: bool = False
) -> pb.Revocation:
    """What was taken back.

    Args:
        done: the facts of the revocation.
        revoked_us: when it was revoked, microseconds since 1970; 0 if it was only tried.
        already_revoked: whether another request had done it before.
    """
    message = pb.Revocation(already_revoked=already_revoked)
    for fact in done:
        add = _ADDERS.get(type(fact))
        if add is not None:
            add(message, fact)
    if revoked_us:
        message.revoked_at.CopyFrom(to_timestamp(revoked_us))
    return message


def _add_xp(message: pb.Revocation, fact: facts.XpAdjusted) -> None:
    if not message.level_before:
        message.level_before = fact.level_before
    message.xp += fact.amount
    message.level = fact.level


def _add_metric(message: pb.Revocation, fact: facts.MetricMoved) -> None:
    message.metrics.add(metric=fact.metric, amount=fact.amount, total=fact.total)


def _add_currency(message: pb.Revocation, fact: facts.CurrencyChanged) -> None:
    goods.fill_currency_change(message.currencies.add(), fact)


def _add_item(message: pb.Revocation, fact: facts.ItemChanged) -> None:
    goods.fill_item_change(message.items.add(), fact)


def _add_score(message: pb.Revocation, fact: facts.ScoreChanged) -> None:
    goods.fill_score_change(message.scores.add(), fact)


def _add_debt(message: pb.Revocation, fact: facts.DebtChanged) -> None:
    message.debts.append(goods.debt(fact))


def _add_progress(message: pb.Revocation, fact: Fact) -> None:
    progress.add_change(message.progress, fact)


_ADDERS: dict[type[Fact], Callable[[pb.Revocation, Any], None]] = {
    **dict.fromkeys(progress.CHANGES, _add_progress),
    facts.XpAdjusted: _add_xp,
    facts.MetricMoved: _add_metric,
    facts.CurrencyChanged: _add_currency,
    facts.ItemChanged: _add_item,
    facts.ScoreChanged: _add_score,
    facts.DebtChanged: _add_debt,
}
