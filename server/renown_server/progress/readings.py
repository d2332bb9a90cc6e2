"""What a condition reads of the player's own values; pure."""

from __future__ import annotations

from renown_server.catalog.criteria import Condition, Subject
from renown_server.progress.standing import Standing


def reading(item: Condition, standing: Standing) -> int | None:
    """The value that a condition looks at as it stands; None if there is none yet."""
    match item.subject:
        case Subject.METRIC:
            value = standing.metric(item.key)
            # A counter that has never moved stands at 0.
            return 0 if value is None and item.derived else value
        case Subject.STAT if item.stat is not None:
            return standing.stat(item.stat)
        case Subject.STREAK:
            return standing.streak(item.key, best=item.best)
        case Subject.ITEM:
            return standing.item(item.key)
        case Subject.CURRENCY:
            return standing.currency(item.key)
        case Subject.ACHIEVEMENT:
            return standing.achievement(item.key)
        case Subject.BADGE:
            return standing.badge(item.key)
        case Subject.QUEST:
            return standing.quest(item.key)
        case _:
            return None
