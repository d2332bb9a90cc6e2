"""What players see of their achievements; pure: a function of what is stored and of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from renown_server.achievements.plan import (
    NOT_EARNED,
    Plan,
    Way,
    plan_of,
    standpoint,
    used,
)
from renown_server.catalog.achievements import Achievement, AchievementKind
from renown_server.catalog.availability import Status
from renown_server.catalog.criteria import Condition, Logic, Subject
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.inventory.standing import require_items, standing
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import Met, Reached, reached
from renown_server.progress.requirements import is_met
from renown_server.progress.state import Earned, ProgressBook
from renown_server.progress.values import EMPTY_TALLY, EarnedAchievement


class Info(msgspec.Struct, frozen=True, omit_defaults=True):
    """The essentials of an achievement, as `renown.v1.AchievementInfo` has them, but for icons.

    `badges` are (id, name) of what it awards.
    """

    achievement: str
    name: str
    description: str
    achievement_type: str = ""
    category: str = ""
    rarity: int = 1
    points: int = 0
    points_reward: int = 0
    badges: tuple[tuple[str, str], ...] = ()
    is_secret: bool = False
    is_repeatable: bool = False
    tracks_progress: bool = False


class TierView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a player stands in a tiered achievement; 0 and empty for none."""

    tiers: int
    tier: int = 0
    name: str = ""
    next_tier: int = 0
    next_name: str = ""
    next_requirement: int = 0


class ConditionView(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one condition is met, scaled by its decimals."""

    current: int
    target: int
    decimals: int = 0
    progress_bp: int = 0
    is_met: bool = False


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a player has come, as `renown.v1.PlayerAchievement` has it; moments are µs."""

    info: Info
    current: int = 0
    target: int = 0
    decimals: int = 0
    progress_bp: int = 0
    is_completed: bool = False
    completed_us: int = 0
    times: int = 0
    started_us: int = 0
    last_us: int = 0
    tier: TierView | None = None
    milestones: tuple[tuple[int, str], ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    available: bool = False
    showcased: bool = False


class Overview:
    """One player's achievements.

    Args:
        work: has the player's parts loaded; what is missing raises NotLoaded.
        player: whose.
    """

    def __init__(self, work: Work, player: PlayerState) -> None:
        book = work.slice(ProgressBook)
        self._work = work
        self._player = player
        self._catalog = work.catalog
        self._standing = standing(work, player)
        self._tallies = book.progress(player.player_id).tallies
        self._streaks = book.progress(player.player_id).streaks
        self._earned = book.earned(player.player_id)
        # There are thousands of definitions, and most were never begun: one map, looked at once.
        self._states = self._earned.achievements
        self._marks = player.metric_marks

    @property
    def showcase(self) -> tuple[str, ...]:
        """What the player shows, in its order."""
        return self._earned.honors.achievements_showcased

    def require(self, definitions: Iterable[Achievement]) -> None:
        """Checks that all is there that views of these show.

        Raises:
            NotLoaded: something is not.
        """
        asked = [definition.criteria for definition in definitions]
        require_items(self._work, self._player.player_id, asked)

    def visible(self) -> Iterator[Achievement]:
        """The achievements that the player may see among its own, by id."""
        states = self._states
        for name, definition in self._catalog.progression.achievements.items():
            if self._is_offered(definition) or (name in states and states[name].times):
                yield definition

    def _is_offered(self, definition: Achievement) -> bool:
        ends_us = definition.window.ends_us
        has_ended = 0 < ends_us <= self._work.now_us
        return definition.status is Status.ACTIVE and not definition.secret and not has_ended

    def _state(self, definition: Achievement) -> EarnedAchievement:
        return self._states.get(definition.id, NOT_EARNED)

    def is_known(self, definition: Achievement) -> bool:
        """Whether the player may know of it."""
        return not definition.secret or self._state(definition).times > 0

    def is_completed(self, definition: Achievement) -> bool:
        """Whether it was completed at least once."""
        state = self._states.get(definition.id)
        return state is not None and plan_of(definition).completions(state) > 0

    def has_begun(self, definition: Achievement) -> bool:
        """Whether anything that counts for it has happened."""
        state = self._states.get(definition.id)
        tally = self._tallies.get(definition.rule)
        return (
            (state is not None and state.started_us > 0)
            or (tally is not None and tally.started_us > 0)
            or not self._marks.keys().isdisjoint(plan_of(definition).reads)
            or any(
                condition.subject is Subject.STREAK and condition.key in self._streaks
                for condition in definition.criteria.conditions
            )
        )

    def view(self, definition: Achievement) -> View:
        """How far the player has come."""
        plan, state = plan_of(definition), self._state(definition)
        info = info_of(self._catalog, definition, self._earned)
        completed = self.is_completed(definition)
        shown = View(
            info=info,
            is_completed=completed,
            completed_us=state.last_us if completed else 0,
            times=plan.completions(state),
            started_us=self._started_us(plan, state),
            available=self._is_available(plan, state),
            showcased=definition.id in self._earned.honors.achievements_showcased,
        )
        if not (info.tracks_progress or completed):
            return shown
        self.require((definition,))
        tally = self._tallies.get(definition.rule, EMPTY_TALLY)
        hit = reached(definition.criteria, tally, self._standing)
        return self._with_progress(shown, plan, state, hit)

    def _with_progress(
        self, shown: View, plan: Plan, state: EarnedAchievement, hit: Reached
    ) -> View:
        definition = plan.definition
        at = standpoint(plan, state, hit)
        current = at.target if plan.is_done(state) else at.current
        return msgspec.structs.replace(
            shown,
            current=current,
            target=at.target,
            decimals=self._decimals(plan, hit),
            progress_bp=min(BASIS_POINTS, current * BASIS_POINTS // at.target),
            last_us=self._last_us(plan, state),
            tier=_tier_view(plan, state) if plan.is_tiered else None,
            milestones=tuple(
                [
                    (each.percentage, each.message)
                    for each in definition.milestones
                    if each.percentage in state.milestones
                ]
            ),
            conditions=tuple(self._conditions(plan, state, hit.conditions)),
        )

    def _conditions(
        self, plan: Plan, state: EarnedAchievement, met: Iterable[Met]
    ) -> Iterator[ConditionView]:
        # What earlier completions have used up counts no more.
        sums = plan.way is Way.SUM and not plan.is_tiered and not plan.is_done(state)
        before = used(state) if sums else 0
        for condition, each in zip(plan.definition.criteria.conditions, met, strict=True):
            current = max(0, each.current - before * each.target)
            is_met = current >= each.target if before else each.met
            share = BASIS_POINTS if is_met else 0
            if plan.rises and each.target > 0:
                share = min(BASIS_POINTS, current * BASIS_POINTS // each.target)
            yield ConditionView(
                current, each.target, decimals_of(self._catalog, condition), share, is_met
            )

    def _decimals(self, plan: Plan, hit: Reached) -> int:
        """Those of the condition whose values are shown; how many are met has none."""
        criteria = plan.definition.criteria
        conditions = criteria.conditions
        if plan.is_tiered or len(conditions) == 1:
            return decimals_of(self._catalog, conditions[0])
        if criteria.logic is not Logic.ANY:
            return 0
        for condition, each in zip(conditions, hit.conditions, strict=True):
            if (each.current, each.target) == (hit.current, hit.target):
                return decimals_of(self._catalog, condition)
        return 0

    def _is_available(self, plan: Plan, state: EarnedAchievement) -> bool:
        definition = plan.definition
        return (
            definition.status is Status.ACTIVE
            and definition.window.holds(self._work.now_us)
            and not plan.is_done(state)
            and is_met(
                self._work,
                self._player,
                min_level=definition.min_level,
                achievements=definition.prerequisites,
            )
        )

    def _started_us(self, plan: Plan, state: EarnedAchievement) -> int:
        if state.started_us:
            return state.started_us
        tally = self._tallies.get(plan.definition.rule, EMPTY_TALLY)
        moved = [self._marks[key].first_us for key in plan.reads if key in self._marks]
        return tally.started_us or min(moved, default=0)

    def _last_us(self, plan: Plan, state: EarnedAchievement) -> int:
        if plan.is_done(state):
            return state.last_us
        tally = self._tallies.get(plan.definition.rule, EMPTY_TALLY)
        moved = [self._marks[key].last_us for key in plan.reads if key in self._marks]
        return max(tally.updated_us, state.last_us, *moved, 0)


def info_of(catalog: CatalogSnapshot, definition: Achievement, earned: Earned) -> Info:
    """The essentials of an achievement; badges that are secret to the player are left out."""
    points = dict(definition.reward.currencies).get(catalog.progression.points_currency, 0)
    return Info(
        achievement=definition.id,
        name=definition.name,
        description=definition.description,
        achievement_type=definition.achievement_type,
        category=definition.category,
        rarity=definition.rarity,
        points=definition.points,
        points_reward=points,
        badges=tuple(_badges(catalog, definition, earned)),
        is_secret=definition.secret,
        is_repeatable=definition.repeatable,
        tracks_progress=not definition.hide_progress
        and definition.kind is not AchievementKind.INSTANT,
    )


def _badges(
    catalog: CatalogSnapshot, definition: Achievement, earned: Earned
) -> Iterator[tuple[str, str]]:
    known = catalog.progression
    key = (int(SignalKind.ACHIEVEMENT), definition.id)
    coming = [
        badge_id
        for badge_id in known.listeners.badges.get(key, ())
        if known.badges[badge_id].achievement == definition.id
    ]
    for badge_id in dict.fromkeys([*definition.reward.badges, *coming]):
        badge = known.badges[badge_id]
        if not badge.secret or earned.badge_count(badge_id):
            yield badge_id, badge.name


def _tier_view(plan: Plan, state: EarnedAchievement) -> TierView:
    tiers = plan.definition.tiers
    at = next((tier for tier in tiers if tier.tier == state.tier), None)
    after = next((tier for tier in tiers if tier.tier > state.tier), None)
    return TierView(
        tiers=len(tiers),
        tier=state.tier,
        name=at.name if at else "",
        next_tier=after.tier if after else 0,
        next_name=after.name if after else "",
        next_requirement=after.value if after else 0,
    )


def decimals_of(catalog: CatalogSnapshot, condition: Condition) -> int:
    """How many digits of a condition's values stand behind the point."""
    if condition.subject is not Subject.METRIC or condition.distinct:
        return 0
    return catalog.metrics[condition.key].decimals
