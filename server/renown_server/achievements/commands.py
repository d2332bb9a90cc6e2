"""The commands of achievements, and what is read of them as a command that changes nothing."""

from __future__ import annotations

import msgspec

from renown_server import audit
from renown_server.achievements import losing, rules
from renown_server.achievements.definitions import icon_of
from renown_server.achievements.listing import Filters, Listing, page_of, totals_of
from renown_server.achievements.showcase import show
from renown_server.achievements.takeback import Taking
from renown_server.achievements.views import Overview, View
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work
from renown_server.errors import AchievementAlreadyEarned, AchievementNotFound
from renown_server.inventory.clawback import Policy
from renown_server.profile.state import PlayerBook

RULE = "admin"
"""What facts name as their cause when an operator did it."""

_PARTS = ("progress", "earned")


class ShowcaseBody(msgspec.Struct, frozen=True):
    """The decoded request of a SetAchievementShowcase."""

    request_id: str
    player_id: str
    achievements: tuple[str, ...]


class SetAchievementShowcase(Command):
    """Chooses what a player shows."""

    __slots__ = ()

    method = "SetAchievementShowcase"
    parts = ("earned",)
    body: ShowcaseBody

    def decide(self, work: Work) -> None:
        """Shows them instead of what was shown."""
        show(work, self.body.player_id, self.body.achievements)


class GrantBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a GrantAchievement; `tier` is 0 for all."""

    request_id: str
    player_id: str
    achievement: str
    reason: str
    tier: int = 0


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the answer needs beyond the facts.

    Attributes:
        view: the achievement as the command left it.
        icon: the picture's address.
        own: how many of the facts are about the achievement itself.
    """

    view: View
    icon: str = ""
    own: int = 0


class GrantAchievement(Command):
    """Unlocks an achievement by hand."""

    __slots__ = ()

    method = "GrantAchievement"
    parts = _PARTS
    body: GrantBody

    def decide(self, work: Work) -> Outcome:
        """Grants it, with a row in the audit."""
        body = self.body
        granted = rules.grant(
            work,
            body.player_id,
            body.achievement,
            rule=RULE,
            granted_by=self.principal,
            tier=body.tier,
        )
        if not granted:
            raise AchievementAlreadyEarned(body.achievement)
        audit.add(
            work,
            action="achievement.grant",
            subject=f"player:{body.player_id}",
            reason=body.reason,
            details={"achievement": body.achievement, "tier": str(body.tier)},
        )
        return _outcome(work, body.player_id, body.achievement)


class RevokeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a RevokeAchievement; `policy` is a value of `Policy`."""

    request_id: str
    player_id: str
    achievement: str
    reason: str
    take_rewards: bool = False
    policy: int = Policy.REFUSE.value
    times: int = 0

    @property
    def reference_type(self) -> str:
        """What its ledger entries are about."""
        return "achievement"

    @property
    def reference_id(self) -> str:
        """Which one."""
        return self.achievement


class RevokeAchievement(Command):
    """Takes an achievement away by hand."""

    __slots__ = ()

    method = "RevokeAchievement"
    parts = _PARTS
    body: RevokeBody

    def decide(self, work: Work) -> Outcome:
        """Takes it and what rests on it, with a row in the audit."""
        body = self.body
        policy = Policy(body.policy)
        taking = Taking(RULE, body.request_id, rewards=body.take_rewards, policy=policy)
        own = losing.revoke(work, body.player_id, body.achievement, taking, times=body.times)
        audit.add(
            work,
            action="achievement.revoke",
            subject=f"player:{body.player_id}",
            reason=body.reason,
            details={
                "achievement": body.achievement,
                "times": str(body.times),
                "rewards": "taken" if body.take_rewards else "kept",
                "policy": policy.name.lower(),
            },
        )
        return _outcome(work, body.player_id, body.achievement, own)


def _outcome(work: Work, player_id: str, achievement_id: str, own: int = 0) -> Outcome:
    overview = Overview(work, work.slice(PlayerBook).get(player_id))
    definition = work.catalog.progression.achievements[achievement_id]
    view = overview.view(definition)
    return Outcome(view, icon_of(definition, view.is_completed), own)


class ListBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of a player's achievements."""

    player_id: str
    filters: Filters
    after: str
    size: int


class ListPlayerAchievements(Command):
    """Reads a page of a player's achievements; to be simulated only."""

    __slots__ = ()

    method = "ListPlayerAchievements"
    parts = _PARTS
    body: ListBody

    def decide(self, work: Work) -> Listing:
        """The page, and the totals."""
        body = self.body
        overview = Overview(work, work.slice(PlayerBook).get(body.player_id))
        views, has_more = page_of(overview, body.filters, after=body.after, size=body.size)
        return Listing(views, has_more, totals_of(overview), overview.showcase)


class ProgressBody(msgspec.Struct, frozen=True):
    """One achievement of a player."""

    player_id: str
    achievement: str


class GetAchievementProgress(Command):
    """Reads how far a player has come in one achievement; to be simulated only."""

    __slots__ = ()

    method = "GetAchievementProgress"
    parts = _PARTS
    body: ProgressBody

    def decide(self, work: Work) -> View:
        """How far the player has come."""
        body = self.body
        overview = Overview(work, work.slice(PlayerBook).get(body.player_id))
        definition = work.catalog.progression.achievements.get(body.achievement)
        if definition is None or not overview.is_known(definition):
            raise AchievementNotFound(body.achievement)
        return overview.view(definition)


def reading(kind: type[Command], body: ListBody | ProgressBody) -> Command:
    """A command that is only simulated: it has no key of its own."""
    key = RequestKey("", kind.method)
    return kind(key=key, players=(body.player_id,), principal="", body=body)
