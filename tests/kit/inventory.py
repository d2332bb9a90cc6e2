"""Commands of inventories in one line, and economies of one item."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

from renown_server.catalog.goods import Economy, Item, ItemKind, ItemUse, LootTable, Reward
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import RequestKey
from renown_server.inventory import commands
from renown_server.inventory.grant import GrantBody
from renown_server.inventory.use import UseBody
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import GAME_SERVER

_numbers = itertools.count(1)

CONSUME = commands.ConsumeItem
ACTIVATE = commands.ActivatePowerUp
OPEN = commands.OpenContainer


def game_of(
    *items: Item, tables: Iterable[LootTable] = (), version: int = 1, **economy: int
) -> CatalogSnapshot:
    """The kit's game without an economy, with these items and settings."""
    return replace(
        snapshot_of(version=version),
        items={item.id: item for item in items},
        loot_tables={table.id: table for table in tables},
        economy=Economy(**economy),
    )


def consumable(name: str, reward: Reward = Reward(xp=1), **fields: object) -> Item:  # noqa: B008
    """An item that is consumed for a reward; `use_` fields belong to its use."""
    used = {key[4:]: fields.pop(key) for key in list(fields) if key.startswith("use_")}
    use = ItemUse(effects=reward, **used)  # type: ignore[arg-type]
    kind = fields.pop("kind", ItemKind.CONSUMABLE)
    return Item(id=name, kind=kind, use=use, **fields)  # type: ignore[arg-type]


class Player:
    """Makes commands of one player.

    Args:
        catalog: by which handlers would make them.
        player_id: the player.
    """

    def __init__(self, catalog: CatalogSnapshot, player_id: str = "p") -> None:
        self.catalog = catalog
        self.id = player_id

    def grant(self, request_id: str = "", /, **items: int) -> commands.GrantItems:
        """A grant, such as `p.grant(potion=3)`."""
        return self.grant_pairs(tuple(items.items()), request_id)

    def grant_pairs(
        self, items: tuple[tuple[str, int], ...], request_id: str = "", **fields: object
    ) -> commands.GrantItems:
        """The same with a list as it comes over the wire."""
        body = GrantBody(request_id or _new_id(), self.id, items, **fields)  # type: ignore[arg-type]
        return commands.grant_items(body, GAME_SERVER, self.catalog)

    def post(self, message: str = "", /, **items: int) -> commands.GrantItems:
        """A grant to the mailbox."""
        return self.grant_pairs(tuple(items.items()), to_mailbox=True, description=message)

    def use(
        self,
        kind: type[commands.UseItem],
        item: str,
        quantity: int = 1,
        request_id: str = "",
        **fields: str,
    ) -> commands.UseItem:
        """A use of an item."""
        body = UseBody(
            request_id or _new_id(),
            self.id,
            item,
            quantity=quantity,
            **fields,
        )
        return commands.use_item(kind, body, GAME_SERVER, self.catalog)

    def consume(self, item: str, quantity: int = 1, /, **fields: str) -> commands.UseItem:
        """A ConsumeItem."""
        return self.use(CONSUME, item, quantity, **fields)

    def open(self, item: str, quantity: int = 1, /, **fields: str) -> commands.UseItem:
        """An OpenContainer."""
        return self.use(OPEN, item, quantity, **fields)

    def equip(self, item: str, instance: str = "") -> commands.EquipItem:
        """An EquipItem."""
        request_id = _new_id()
        return commands.EquipItem(
            key=RequestKey(GAME_SERVER, request_id),
            players=(self.id,),
            principal=GAME_SERVER,
            body=commands.EquipBody(request_id, self.id, item, instance),
        )

    def unequip(self, slot: str) -> commands.UnequipItem:
        """An UnequipItem."""
        request_id = _new_id()
        return commands.UnequipItem(
            key=RequestKey(GAME_SERVER, request_id),
            players=(self.id,),
            principal=GAME_SERVER,
            body=commands.UnequipBody(request_id, self.id, slot),
        )

    def claim(self, mail_no: int, request_id: str = "") -> commands.ClaimMail:
        """A ClaimMail."""
        request_id = request_id or _new_id()
        return commands.ClaimMail(
            key=RequestKey(GAME_SERVER, request_id),
            players=(self.id,),
            principal=GAME_SERVER,
            body=commands.ClaimBody(request_id, self.id, mail_no),
        )


def _new_id() -> str:
    return f"i-{next(_numbers)}"
