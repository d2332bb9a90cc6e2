"""Taking back rewards that other records have paid, by what definitions say today; pure.

What was drawn stays: nobody knows what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from renown_server.catalog.goods import Reward
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.snapshot import Aggregation
from renown_server.engine.facts import (
    ContentUnlocked,
    CurrencyChanged,
    Fact,
    ItemChanged,
    MultiplierGranted,
    ScoreChanged,
    TitleEarned,
    XpGained,
)
from renown_server.engine.work import Work
from renown_server.inventory.clawback import Given, Policy, take_back
from renown_server.inventory.rewards import scaled
from renown_server.leaderboards.periods import instance_for
from renown_server.profile.state import PlayerBook


@dataclass(frozen=True, slots=True)
class Gift:
    """A reward that was paid `times` over; `scale_bp` multiplies XP and money."""

    reward: Reward
    times: int = 1
    scale_bp: int = BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Source:
    """What has paid, and why it is taken.

    Attributes:
        rule: names what has paid, as facts do: `achievement:<id>`.
        name: the request or activity: the other side of what moves is `clawback:<name>`.
        at_us: when it was given: the period of boards that count XP.
        levels: what levels were paid by the record that is revoked: its facts say how much.
    """

    rule: str
    name: str
    at_us: int
    levels: Sequence[Any] = ()


def take_gifts(
    work: Work, player_id: str, source: Source, gifts: Iterable[Gift], policy: Policy
) -> None:
    """Takes back money, items, XP, multipliers, titles and contents.

    Args:
        work: the batch.
        player_id: whose.
        source: what gave them.
        gifts: what it gave.
        policy: what to do about what is spent.

    Raises:
        AlreadySpent: something is not there any more, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    there = [gift for gift in gifts if gift.times > 0 and not gift.reward.is_empty]
    facts = [fact for gift in there for fact in _facts(work, player_id, source.rule, gift)]
    xp = sum([fact.amount for fact in facts if isinstance(fact, XpGained)])
    if xp:
        facts += _scores(work, xp, source.at_us)
    if facts:
        cause = f"revoke:{source.rule}"
        given = Given(source.name, cause, [*facts, *source.levels], work.now_us)
        take_back(work, player_id, given, policy)


def _facts(work: Work, player_id: str, rule: str, gift: Gift) -> Iterator[Fact]:
    """What giving it would say; a clawback takes what facts say."""
    times = gift.times
    reward = scaled(gift.reward, gift.scale_bp)
    player = work.slice(PlayerBook).get(player_id)
    if reward.xp:
        amount = min(reward.xp * times, AMOUNT_MAX)
        yield XpGained(rule, amount, amount, 0, 0, 0, prestige=player.prestige)
    for code, amount in reward.currencies:
        yield CurrencyChanged(rule, code, min(amount * times, AMOUNT_MAX), 0, "")
    for each in reward.items:
        yield ItemChanged(rule, each.item, each.quantity * times, 0, "")
    for multiplier in reward.multipliers:
        factor_bp = multiplier.factor_bp
        same = [m for m in player.multipliers if (m.source, m.factor_bp) == (rule, factor_bp)]
        for acting in same[-1:]:
            yield MultiplierGranted(
                rule=rule,
                source=rule,
                factor_bp=acting.factor_bp,
                starts_us=acting.starts_us,
                ends_us=acting.ends_us,
                added_us=multiplier.duration_us * times,
            )
    for title in reward.titles:
        yield TitleEarned(rule, title)
    for content in reward.unlock_content:
        yield ContentUnlocked(rule, content)


def _scores(work: Work, xp: int, at_us: int) -> list[Fact]:
    """What the XP has added to boards that sum it up."""
    found: list[Fact] = []
    for board in work.catalog.boards_on_xp:
        if board.aggregation is Aggregation.SUM:
            starts_us = instance_for(board, at_us).starts_at_us
            rule = f"leaderboard:{board.id}"
            found.append(ScoreChanged(rule, board.id, 0, xp, period_start_us=starts_us))
    return found
