"""The commands of operators about badges."""

from __future__ import annotations

import msgspec

from renown_server import audit
from renown_server.badges import revoking, rules
from renown_server.badges.holding import ADMIN, earned_of, room
from renown_server.badges.owned import BadgeState, state_in
from renown_server.engine.command import Command
from renown_server.engine.work import Work
from renown_server.errors import BadgeLimit, BadgeNotFound
from renown_server.inventory.clawback import Policy


class AwardBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an AwardBadge.

    Attributes:
        reason: the operator's, for the audit.
        earned_reason: for the player.
    """

    request_id: str
    player_id: str
    badge_id: str
    reason: str
    earned_reason: str = ""
    quantity: int = 1


class AwardBadge(Command):
    """Awards a badge by hand. The result is its `BadgeState`."""

    __slots__ = ()

    method = "AwardBadge"
    parts = ("earned",)
    body: AwardBody

    def decide(self, work: Work) -> BadgeState:
        """Gives all of them or none."""
        body = self.body
        badge = work.catalog.progression.badges.get(body.badge_id)
        if badge is None:
            raise BadgeNotFound(body.badge_id)
        if room(earned_of(work, body.player_id), badge) < body.quantity:
            raise BadgeLimit(badge.id, badge.max_per_player)
        rules.award(
            work,
            body.player_id,
            badge.id,
            body.quantity,
            rule=ADMIN,
            counter_account=ADMIN,
            reason=body.earned_reason,
            awarded_by=work.principal,
        )
        _audit(work, "badge.award", body, body.quantity)
        return state_in(work, body.player_id, badge.id)


class RevokeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a RevokeBadge; a quantity of 0 is all of them.

    Attributes:
        policy: a value of `inventory.clawback.Policy`.
    """

    request_id: str
    player_id: str
    badge_id: str
    reason: str
    quantity: int = 0
    take_rewards: bool = False
    policy: int = Policy.REFUSE.value


class Revoked(msgspec.Struct, frozen=True):
    """What is left of a badge; of the command's facts, `own` are the revocation's own."""

    badge: BadgeState
    own: int


class RevokeBadge(Command):
    """Takes a badge away by hand. The result is `Revoked`."""

    __slots__ = ()

    method = "RevokeBadge"
    parts = ("earned", "wallets")
    body: RevokeBody

    def decide(self, work: Work) -> Revoked:
        """Takes it, and its points if asked."""
        body = self.body
        before = earned_of(work, body.player_id).badge_count(body.badge_id)
        revoking.revoke(
            work,
            body.player_id,
            body.badge_id,
            body.quantity,
            take_rewards=body.take_rewards,
            policy=Policy(body.policy),
            rule=ADMIN,
        )
        left = state_in(work, body.player_id, body.badge_id)
        _audit(work, "badge.revoke", body, before - left.count)
        return Revoked(left, len(work.facts[body.player_id]))


def _audit(work: Work, action: str, body: AwardBody | RevokeBody, quantity: int) -> None:
    audit.add(
        work,
        action=action,
        subject=f"player:{body.player_id}",
        reason=body.reason,
        details={"badge": body.badge_id, "quantity": str(quantity)},
    )
