"""Starting over: what a prestige asks for, takes away and pays; pure.

XP and level start over, and achievements that say so. What else is taken is the catalog's policy;
all that it does not name is kept: what is in the mail, in open trades and on boards, what is owed,
what was used of today's limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

import msgspec

from renown_server.achievements import losing as achievements
from renown_server.catalog import progression
from renown_server.catalog.goods import NOTHING, Reward
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.progression import Reset
from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import MetricReset, Prestiged
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import LevelTooLow, PrestigeUnavailable
from renown_server.inventory import rewards
from renown_server.inventory.rules import owned, take
from renown_server.profile import multipliers
from renown_server.profile.stands import Stands
from renown_server.profile.state import PlayerState
from renown_server.progress.state import ProgressBook
from renown_server.quests import rules as quests
from renown_server.streaks import rules as streaks

ISSUANCE_PRESTIGE = "issuance:prestige"
SINK_PRESTIGE = "sink:prestige"

EVERY_PRESTIGE = 0
"""Under which rewards stand that each prestige pays."""


class Started(msgspec.Struct, frozen=True):
    """What a prestige left behind, beside its facts.

    Attributes:
        prestige: how often the player has started over now.
        boost_bp: the factor of prestige from now on.
        level_before: the level left behind.
        xp_before: the XP left behind.
        resets: values of `Reset` that were taken away.
        achievements: those that were earned and can be earned anew.
        stands: where the player stands after all that followed; None until that is decided.
    """

    prestige: int
    boost_bp: int
    level_before: int
    xp_before: int
    resets: tuple[int, ...]
    achievements: tuple[str, ...]
    stands: Stands | None = None


def start_over(work: Work, player: PlayerState) -> Started:
    """Lets a player start over, and pays for it.

    Raises:
        PrestigeUnavailable: the catalog has no prestige, or no further one.
        LevelTooLow: it asks for a higher level.
        MailboxFull: what it pays finds no room, nor does its mail.
        ItemLimit: the game gives out no more of what it pays.
    """
    policy = _check(work, player)
    level_before, xp_before = player.level, player.xp
    anew = _earned_anew(work, player)
    work.touch(player)
    player.prestige += 1
    player.xp = 0
    player.level = player.reward_level = 1
    rule = f"prestige:{player.prestige}"
    work.emit(player.player_id, Prestiged(rule, player.prestige, level_before, xp_before))
    resets = [reset for reset in Reset if reset in policy.resets]
    for reset in resets:
        _RESETS[reset](work, player, policy, rule)
    achievements.reset(work, player)
    work.signal(SignalKind.PRESTIGE, player.player_id, "", player.prestige, rule)
    reward = reward_for(policy, player.prestige)
    if not reward.is_empty:
        rewards.pay(
            work,
            player.player_id,
            reward,
            counter_account=ISSUANCE_PRESTIGE,
            rule=rule,
            by_mail=True,
        )
    return Started(
        prestige=player.prestige,
        boost_bp=BASIS_POINTS + player.prestige * work.catalog.bonuses.prestige_bp,
        level_before=level_before,
        xp_before=xp_before,
        resets=tuple([reset.value for reset in resets]),
        achievements=anew,
    )


def reward_for(policy: progression.Prestige, prestige: int) -> Reward:
    """What a prestige pays: its own reward on top of that of each of them.

    In one, so that all that may refuse stands before the first draw.
    """
    every = policy.rewards.get(EVERY_PRESTIGE, NOTHING)
    own = policy.rewards.get(prestige, NOTHING)
    return Reward(
        **{each.name: getattr(every, each.name) + getattr(own, each.name) for each in fields(own)}
    )


def _check(work: Work, player: PlayerState) -> progression.Prestige:
    policy = work.catalog.progression.prestige
    if policy is None or player.prestige >= policy.max:
        raise PrestigeUnavailable(player.prestige)
    if player.level < policy.level:
        raise LevelTooLow(policy.level, player.level)
    return policy


def _earned_anew(work: Work, player: PlayerState) -> tuple[str, ...]:
    earned = work.slice(ProgressBook).earned(player.player_id)
    definitions = work.catalog.progression.achievements.values()
    return tuple(
        [
            each.id
            for each in definitions
            if each.reset_on_prestige and earned.has_achievement(each.id)
        ]
    )


def _reset_metrics(
    work: Work, player: PlayerState, policy: progression.Prestige, rule: str
) -> None:
    for metric, amount in sorted(player.metrics.items()):
        work.emit(player.player_id, MetricReset(rule, metric, amount))
    player.metrics = {}
    player.metric_marks = {}


def _reset_streaks(
    work: Work, player: PlayerState, policy: progression.Prestige, rule: str
) -> None:
    streaks.reset(work, player)


def _reset_quests(work: Work, player: PlayerState, policy: progression.Prestige, rule: str) -> None:
    quests.reset(work, player)


def _reset_currencies(
    work: Work, player: PlayerState, policy: progression.Prestige, rule: str
) -> None:
    for code in policy.currencies:
        have = work.slice(WalletBook).get(player.player_id, code).amount
        if have:
            currency.debit(
                work, player.player_id, code, have, counter_account=SINK_PRESTIGE, rule=rule
            )


def _reset_items(work: Work, player: PlayerState, policy: progression.Prestige, rule: str) -> None:
    for item in policy.items:
        have = owned(work, player.player_id, item)
        if have:
            take(
                work,
                player.player_id,
                item,
                have,
                counter_account=SINK_PRESTIGE,
                rule=rule,
                keep_equipped=False,
            )


def _reset_multipliers(
    work: Work, player: PlayerState, policy: progression.Prestige, rule: str
) -> None:
    multipliers.end_all(work, player, rule=rule)


_RESETS: Mapping[Reset, Callable[[Work, PlayerState, progression.Prestige, str], None]] = {
    Reset.METRICS: _reset_metrics,
    Reset.STREAKS: _reset_streaks,
    Reset.QUESTS: _reset_quests,
    Reset.CURRENCIES: _reset_currencies,
    Reset.ITEMS: _reset_items,
    Reset.MULTIPLIERS: _reset_multipliers,
}
