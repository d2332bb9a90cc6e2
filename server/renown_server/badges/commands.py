"""The commands of badges; those of operators are in `by_hand.py`."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from renown_server.badges import dealing, wearing
from renown_server.badges.bonuses import ActiveBonus, active
from renown_server.badges.holding import earned_of
from renown_server.badges.owned import BadgeState, state_in
from renown_server.engine.command import Command
from renown_server.engine.work import Work


class Worn(msgspec.Struct, frozen=True):
    """What a player wears, in the order in which it was put on, and what acts."""

    equipped: tuple[str, ...]
    active: tuple[ActiveBonus, ...]


class WearBody(msgspec.Struct, frozen=True):
    """The decoded request of an EquipBadge or UnequipBadge."""

    request_id: str
    player_id: str
    badge_id: str


class _Wear(Command):
    """Changes what is worn. The result is `Worn`."""

    __slots__ = ()

    parts = ("earned",)
    body: WearBody

    def worn(self, work: Work) -> Worn:
        """What is worn now."""
        earned = earned_of(work, self.body.player_id)
        return Worn(earned.honors.badges_equipped, active(work.catalog.progression.badges, earned))


class EquipBadge(_Wear):
    """Puts a badge on."""

    __slots__ = ()

    method = "EquipBadge"

    def decide(self, work: Work) -> Worn:
        """Equips it."""
        wearing.equip(work, self.body.player_id, self.body.badge_id, f"request:{self.method}")
        return self.worn(work)


class UnequipBadge(_Wear):
    """Takes a badge off."""

    __slots__ = ()

    method = "UnequipBadge"

    def decide(self, work: Work) -> Worn:
        """Unequips it."""
        wearing.take_off(work, self.body.player_id, self.body.badge_id, f"request:{self.method}")
        return self.worn(work)


class ShowBody(msgspec.Struct, frozen=True):
    """The decoded request of a SetBadgeShowcase: all of it, or one change if `badge_id` is set."""

    request_id: str
    player_id: str
    badge_ids: tuple[str, ...] = ()
    badge_id: str = ""
    showcased: bool = False


class SetBadgeShowcase(Command):
    """Chooses what is shown. The result is the list of it."""

    __slots__ = ()

    method = "SetBadgeShowcase"
    parts = ("earned",)
    body: ShowBody

    def decide(self, work: Work) -> tuple[str, ...]:
        """Shows them."""
        body = self.body
        if body.badge_id:
            wearing.show_one(work, body.player_id, body.badge_id, body.showcased)
        else:
            wearing.show(work, body.player_id, body.badge_ids)
        return earned_of(work, body.player_id).honors.badges_showcased


class Evolved(msgspec.Struct, frozen=True):
    """The badge it became, and what is left of the one it was."""

    badge: BadgeState
    evolved: BadgeState


class EvolveBadge(Command):
    """Turns a badge into the next one. The result is `Evolved`."""

    __slots__ = ()

    method = "EvolveBadge"
    parts = ("earned", "wallets", "bags")
    body: WearBody

    # What its ledger entry says.
    event_type: ClassVar[str] = "badge"

    def decide(self, work: Work) -> Evolved:
        """Takes what it asks for and gives the next one."""
        player_id, badge_id = self.body.player_id, self.body.badge_id
        after = dealing.evolve(work, player_id, badge_id)
        return Evolved(state_in(work, player_id, after.id), state_in(work, player_id, badge_id))


class PurchaseBody(msgspec.Struct, frozen=True):
    """The decoded request of a PurchaseBadge; `expected` is as in a Purchase."""

    request_id: str
    player_id: str
    badge_id: str
    expected: tuple[tuple[str, int], ...] = ()


class PurchaseBadge(Command):
    """Sells a badge. The result is its `BadgeState`."""

    __slots__ = ()

    method = "PurchaseBadge"
    parts = ("earned", "wallets")
    body: PurchaseBody

    def decide(self, work: Work) -> BadgeState:
        """Pays and gives."""
        body = self.body
        rule = f"request:{self.method}"
        dealing.buy(work, body.player_id, body.badge_id, body.expected, rule)
        return state_in(work, body.player_id, body.badge_id)


class GiftBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a GiftBadge."""

    request_id: str
    player_id: str
    receiver_id: str
    badge_id: str
    quantity: int = 1
    message: str = ""


class GiftBadge(Command):
    """Gives another player a badge. The result is the `BadgeState` of the giver."""

    __slots__ = ()

    method = "GiftBadge"
    parts = ("earned",)
    body: GiftBody

    def decide(self, work: Work) -> BadgeState:
        """Moves the copies."""
        body = self.body
        dealing.give(
            work,
            body.player_id,
            body.receiver_id,
            body.badge_id,
            body.quantity,
            message=body.message,
            rule=f"request:{self.method}",
        )
        return state_in(work, body.player_id, body.badge_id)
