"""Taking back what an achievement gave, by what its definition says today; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from renown_server.catalog.goods import Reward
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.progression import Achievement
from renown_server.catalog.snapshot import Aggregation
from renown_server.engine.facts import (
    CurrencyChanged,
    Fact,
    ItemChanged,
    MultiplierGranted,
    ScoreChanged,
    XpGained,
)
from renown_server.engine.work import Work
from renown_server.inventory.clawback import Given, Policy, take_back
from renown_server.inventory.rewards import scaled
from renown_server.leaderboards.periods import instance_for
from renown_server.profile.state import PlayerBook
from renown_server.progress import honors
from renown_server.progress.state import ProgressBook


@dataclass(frozen=True, slots=True)
class Taking:
    """Why achievements are taken, and what about the things that they gave.

    Attributes:
        rule: names the cause in facts.
        name: the request or activity: the other side of what moves is `clawback:<name>`.
        rewards: whether rewards are taken.
        policy: what to do about what is spent.
        paid: achievements whose rewards are taken by somebody else: the very record that is revoked
            has paid them, and its facts say how much.
    """

    rule: str
    name: str
    rewards: bool = True
    policy: Policy = Policy.DEBT
    paid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gift:
    """A reward that was paid `times` over; `scale_bp` multiplies XP and money."""

    reward: Reward
    times: int = 1
    scale_bp: int = BASIS_POINTS


def take_gifts(
    work: Work,
    player_id: str,
    definition: Achievement,
    gifts: Iterable[Gift],
    taking: Taking,
    at_us: int,
) -> None:
    """Takes back money, items, XP, multipliers, titles and contents.

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
    there = [gift for gift in gifts if gift.times > 0 and not gift.reward.is_empty]
    if not taking.rewards or not there or definition.id in taking.paid:
        return
    given = [fact for gift in there for fact in _facts(work, player_id, definition.rule, gift)]
    xp = sum([fact.amount for fact in given if isinstance(fact, XpGained)])
    if xp:
        given += _scores(work, xp, at_us)
    rule = f"revoke:{definition.rule}"
    if given:
        take_back(work, player_id, Given(taking.name, rule, given, work.now_us), taking.policy)
    for gift in there:
        _take_honors(work, player_id, definition.rule, gift.reward)


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


def _scores(work: Work, xp: int, at_us: int) -> list[Fact]:
    """What the XP has added to boards that sum it up."""
    found: list[Fact] = []
    for board in work.catalog.boards_on_xp:
        if board.aggregation is Aggregation.SUM:
            starts_us = instance_for(board, at_us).starts_at_us
            rule = f"leaderboard:{board.id}"
            found.append(ScoreChanged(rule, board.id, 0, xp, period_start_us=starts_us))
    return found


def _take_honors(work: Work, player_id: str, source: str, reward: Reward) -> None:
    """Takes titles and contents, unless they came from somewhere else."""
    rule = f"revoke:{source}"
    for title in reward.titles:
        known = work.slice(ProgressBook).earned(player_id).honors.titles.get(title)
        if known is not None and known.source == source:
            honors.revoke_title(work, player_id, title, rule)
    for content in reward.unlock_content:
        known = work.slice(ProgressBook).earned(player_id).honors.unlocks.get(content)
        if known is not None and known.source == source:
            honors.lock_content(work, player_id, content, rule)
