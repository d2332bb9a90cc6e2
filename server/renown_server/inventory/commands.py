"""The commands of inventories; gifts have their own."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from renown_server.catalog.goods import ItemKind
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work
from renown_server.inventory import claim, equip, grant
from renown_server.inventory.grant import GrantBody
from renown_server.inventory.reach import Reach
from renown_server.inventory.use import UseBody, use


class Reaching(Command):
    """A command whose reach in the catalog is known when it is made.

    The catalog may have changed when it is decided: then it finds what is missing.
    """

    __slots__ = ("reach",)

    def __init__(self, *, reach: Reach, player_id: str, principal: str, body: Any) -> None:
        super().__init__(
            key=RequestKey(principal, body.request_id),
            players=(player_id,),
            principal=principal,
            body=body,
        )
        self.reach = reach

    def wanted(self) -> tuple[str, ...]:
        """What it always needs, and what its request can reach."""
        return (*self.parts, *sorted(self.reach.parts.difference(self.parts)))

    def keys(self, part: str) -> tuple[Any, ...]:
        """The items and limits it can reach."""
        return self.reach.keys(part, self.players[0])


class GrantItems(Reaching):
    """Gives a player items: all of them or none."""

    __slots__ = ()

    method = "GrantItems"
    parts = ("bags", "items")
    body: GrantBody

    def decide(self, work: Work) -> None:
        """Gives them, or sends them."""
        grant.grant(work, self.body)


def grant_items(body: GrantBody, principal: str, catalog: CatalogSnapshot) -> GrantItems:
    """The command of a GrantItems."""
    reach = Reach(catalog)
    for item, _ in body.items:
        reach.add_item(item)
    if body.to_mailbox:
        reach.parts.add("mailboxes")
    return GrantItems(reach=reach, player_id=body.player_id, principal=principal, body=body)


class UseItem(Reaching):
    """Uses an item."""

    __slots__ = ()

    parts = ("bags", "items")
    body: UseBody
    kind: ClassVar[ItemKind]
    verb: ClassVar[str]

    def decide(self, work: Work) -> None:
        """Takes the item and gives its effects."""
        use(work, self.body, self.kind, self.verb)


class ConsumeItem(UseItem):
    """Uses up consumables."""

    __slots__ = ()

    method = "ConsumeItem"
    kind = ItemKind.CONSUMABLE
    verb = "consumed"


class ActivatePowerUp(UseItem):
    """Uses a power-up."""

    __slots__ = ()

    method = "ActivatePowerUp"
    kind = ItemKind.POWER_UP
    verb = "activated"


class OpenContainer(UseItem):
    """Opens containers."""

    __slots__ = ()

    method = "OpenContainer"
    kind = ItemKind.CONTAINER
    verb = "opened"


def use_item(
    kind: type[UseItem], body: UseBody, principal: str, catalog: CatalogSnapshot
) -> UseItem:
    """The command of a ConsumeItem, ActivatePowerUp or OpenContainer."""
    reach = Reach(catalog)
    reach.add_item(body.item)
    item = catalog.items.get(body.item)
    if item is not None and item.achievements:
        reach.parts.add("earned")
    if item is not None and item.use is not None and item.kind is kind.kind:
        for key in item.use.keys:
            reach.add_item(key.item)
        reach.add_reward(item.use.effects)
    return kind(reach=reach, player_id=body.player_id, principal=principal, body=body)


class EquipBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an EquipItem."""

    request_id: str
    player_id: str
    item: str
    instance: str = ""


class EquipItem(Command):
    """Puts an item into its slot. The result is an `equip.Slot`."""

    __slots__ = ()

    method = "EquipItem"
    parts = ("bags", "items")
    body: EquipBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """The item's stacks."""
        return ((self.body.player_id, self.body.item),)

    def decide(self, work: Work) -> equip.Slot:
        """Equips it."""
        body = self.body
        return equip.equip(work, body.player_id, body.item, body.instance, f"request:{self.method}")


class UnequipBody(msgspec.Struct, frozen=True):
    """The decoded request of an UnequipItem."""

    request_id: str
    player_id: str
    slot: str


class UnequipItem(Command):
    """Empties a slot. The result is an `equip.Slot`."""

    __slots__ = ()

    method = "UnequipItem"
    parts = ("bags",)
    body: UnequipBody

    def decide(self, work: Work) -> equip.Slot:
        """Empties it."""
        return equip.empty(work, self.body.player_id, self.body.slot, f"request:{self.method}")


class ClaimBody(msgspec.Struct, frozen=True):
    """The decoded request of a ClaimMail."""

    request_id: str
    player_id: str
    mail_no: int


class ClaimMail(Command):
    """Takes what finds room out of a mail."""

    __slots__ = ()

    method = "ClaimMail"
    parts = ("mail", "mailboxes", "bags", "wallets")
    body: ClaimBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """The mail; what it holds is known once it was read."""
        return ((self.body.player_id, self.body.mail_no),)

    def decide(self, work: Work) -> None:
        """Takes what it holds."""
        claim.claim(work, self.body.player_id, self.body.mail_no)
