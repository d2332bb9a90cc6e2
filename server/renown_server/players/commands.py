"""The commands of players as a whole."""

from __future__ import annotations

import msgspec

from renown_server.catalog.progression import Reset, Stacking
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command
from renown_server.engine.work import Work
from renown_server.inventory.commands import Reaching
from renown_server.inventory.reach import Reach
from renown_server.players import adjust, prestige, titles, updates
from renown_server.players.updates import UpdateBody
from renown_server.profile import multipliers
from renown_server.profile.profiles import PlayerView
from renown_server.profile.stands import Stands, stands_of
from renown_server.profile.state import PlayerBook


class PrestigeBody(msgspec.Struct, frozen=True):
    """The decoded request of a Prestige."""

    request_id: str
    player_id: str


class Prestige(Reaching):
    """Lets a player start over. The result is a `prestige.Started`."""

    __slots__ = ()

    method = "Prestige"
    parts = ("wallets", "earned", "progress")
    body: PrestigeBody

    def conclude(self, work: Work, result: prestige.Started) -> prestige.Started:
        """Where it has led."""
        return msgspec.structs.replace(result, stands=stands_of(work, self.body.player_id))

    def decide(self, work: Work) -> prestige.Started:
        """Takes what the catalog takes, and pays."""
        return prestige.start_over(work, work.slice(PlayerBook).get(self.body.player_id))


def start_over(body: PrestigeBody, principal: str, catalog: CatalogSnapshot) -> Prestige:
    """The command of a Prestige; `catalog` tells what to load for it."""
    reach = Reach(catalog)
    policy = catalog.progression.prestige
    if policy is not None:
        reach.add_reward(prestige.reward_for(policy, prestige.EVERY_PRESTIGE))
        for item in policy.items if Reset.ITEMS in policy.resets else ():
            reach.add_item(item)
    return Prestige(reach=reach, player_id=body.player_id, principal=principal, body=body)


class AdjustXpBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an AdjustXp.

    Attributes:
        reason: the operator's, for the audit only: players read their XP history.
    """

    request_id: str
    player_id: str
    amount: int
    reason: str
    description: str = ""
    event_type: str = ""


class AdjustedXp(msgspec.Struct, frozen=True):
    """What an answer needs beside the facts: the XP after it, and where that has led."""

    xp: int
    stands: Stands


class AdjustXp(Command):
    """Corrects XP by hand, with a row in the audit. The result is an `AdjustedXp`."""

    __slots__ = ()

    method = "AdjustXp"
    parts = ("wallets", "scores")
    body: AdjustXpBody

    def conclude(self, work: Work, result: int) -> AdjustedXp:
        """The XP after it, and where the player stands after what followed."""
        return AdjustedXp(result, stands_of(work, self.body.player_id))

    def decide(self, work: Work) -> int:
        """Gives or takes it; the XP after it."""
        body = self.body
        player = work.slice(PlayerBook).get(body.player_id)
        adjust.adjust(work, player, body.amount, reason=body.reason, event_type=body.event_type)
        return player.xp


class GrantBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a GrantMultiplier.

    Attributes:
        source: what the caller calls it.
        duration_us: for how long.
        stacking: a value of `Stacking`; 0 is as the catalog says.
    """

    request_id: str
    player_id: str
    source: str
    factor_bp: int
    duration_us: int
    stacking: int = 0
    description: str = ""


class GrantMultiplier(Command):
    """Lets a factor of XP act for a while."""

    __slots__ = ()

    method = "GrantMultiplier"
    body: GrantBody

    def decide(self, work: Work) -> None:
        """Grants it."""
        body = self.body
        multipliers.grant(
            work,
            work.slice(PlayerBook).get(body.player_id),
            source=f"grant:{body.source}",
            factor_bp=body.factor_bp,
            duration_us=body.duration_us,
            rule=f"request:{self.method}",
            stacking=Stacking(body.stacking) if body.stacking else None,
        )


class EquipTitleBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an EquipTitle; an empty title is none."""

    request_id: str
    player_id: str
    title: str = ""


class EquipTitle(Command):
    """Puts a title on, or takes it off. The result is a `titles.Worn`."""

    __slots__ = ()

    method = "EquipTitle"
    parts = ("earned",)
    body: EquipTitleBody

    def decide(self, work: Work) -> titles.Worn:
        """Changes what is worn."""
        body = self.body
        return titles.equip(work, body.player_id, body.title, f"request:{self.method}")


class Updated(msgspec.Struct, frozen=True):
    """A player as it was changed, and where it stood then."""

    view: PlayerView
    stands: Stands


class UpdatePlayer(Command):
    """Changes what a player says of itself. The result is an `Updated`."""

    __slots__ = ()

    method = "UpdatePlayer"
    parts = ("profiles", "earned")
    body: UpdateBody

    def conclude(self, work: Work, result: PlayerView) -> Updated:
        """Where the player stands."""
        return Updated(result, stands_of(work, self.body.player_id))

    def decide(self, work: Work) -> PlayerView:
        """Changes what is named."""
        player = work.slice(PlayerBook).get(self.body.player_id)
        return updates.update(work, player, self.body, f"request:{self.method}")
