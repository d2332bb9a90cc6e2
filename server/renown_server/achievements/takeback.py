"""Why achievements are taken back, and what becomes of what they gave; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from renown_server.catalog.achievements import Achievement
from renown_server.engine.work import Work
from renown_server.inventory import ungiving
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_units import Paid, Unit
from renown_server.inventory.ungiving import Gift, Source

__all__ = ["Gift", "Taking", "take_gifts"]


@dataclass(frozen=True, slots=True)
class Taking:
    """Why achievements are taken, and what about the things that they gave.

    Attributes:
        rule: names the cause in facts.
        name: the request or activity: the other side of what moves is `clawback:<name>`.
        rewards: whether rewards are taken.
        policy: what to do about what is spent.
        paid: what the record that is revoked has paid itself: that is reversed by its facts, and
            by who revokes it. None if no record is revoked.
    """

    rule: str
    name: str
    rewards: bool = True
    policy: Policy = Policy.DEBT
    paid: Paid | None = None

    def claim(self, unit: Unit, times: int) -> int:
        """Says that a unit is lost; returns how many of them the revoked record has paid."""
        return self.paid.claim(unit, times) if self.paid is not None and times > 0 else 0

    def others(self, unit: Unit, gift: Gift) -> Gift:
        """What others have paid of a gift whose unit is lost: the record pays for itself."""
        times = gift.times - self.claim(unit, gift.times)
        return Gift(gift.reward, times=times, scale_bp=gift.scale_bp)


def take_gifts(
    work: Work,
    player_id: str,
    definition: Achievement,
    gifts: Iterable[Gift],
    taking: Taking,
    at_us: int,
) -> None:
    """Takes back money, items, XP, multipliers, titles and contents, at today's amounts.

    Args:
        work: the batch.
        player_id: whose.
        definition: what gave them.
        gifts: what it gave.
        taking: why, and how.
        at_us: when it was given: the period of boards that count XP.

    Raises:
        AlreadySpent: something is not there any more, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    if taking.rewards:
        levels = taking.paid.levels if taking.paid is not None else ()
        source = Source(definition.rule, taking.name, at_us, levels)
        ungiving.take_gifts(work, player_id, source, gifts, taking.policy)
