"""What a revocation moved, added up; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from renown_server.engine.facts import CurrencyChanged, DebtChanged, ItemChanged, XpAdjusted


def sums(facts: Iterable[Any]) -> dict[str, str]:
    """The sums as the audit keeps them, such as `currency.coins` and `debt.sword`."""
    totals: dict[str, int] = {}
    for fact in facts:
        key = _key(fact)
        if key:
            totals[key] = totals.get(key, 0) + fact.amount
    return {key: str(total) for key, total in sorted(totals.items())}


def _key(fact: Any) -> str:
    match fact:
        case XpAdjusted():
            return "xp"
        case CurrencyChanged():
            return f"currency.{fact.currency}"
        case ItemChanged():
            return f"item.{fact.item}"
        case DebtChanged():
            return f"debt.{fact.currency or fact.item}"
        case _:
            return ""
