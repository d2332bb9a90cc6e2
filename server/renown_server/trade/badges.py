"""Badges in trades: how they are put away, and what they went for; pure."""

from __future__ import annotations

from typing import Protocol

from renown_server.badges import holding
from renown_server.engine.work import Work
from renown_server.progress.state import count
from renown_server.trade.state import Side


class PutBadge(Protocol):
    """Takes a badge from who gives it: `holding.escrow` or `holding.hand_out`."""

    def __call__(
        self,
        work: Work,
        player_id: str,
        badge_id: str,
        quantity: int,
        *,
        rule: str,
        counter_account: str,
    ) -> None:
        """Takes `quantity` of them."""


def count_badges(work: Work, given: Side, other: Side) -> None:
    """Counts the badges that one side gives, and what they went for.

    That is known only where nothing but copies of one badge were given for nothing but an amount
    of one currency.
    """
    for badge, quantity in given.badges:
        count(work, holding.KIND, badge, traded=quantity)
    if given.currencies or given.items or other.items or other.badges:
        return
    if len(given.badges) == 1 and len(other.currencies) == 1:
        ((badge, quantity),) = given.badges
        ((code, amount),) = other.currencies
        name = holding.value_id(badge, code)
        count(work, holding.VALUE, name, value_sum=amount, valued=quantity)
