"""What a reward may touch; pure. It is loaded at once, before the first draw.

A draw may find out afterwards that something was not loaded: the command's tape makes it the same
draw when the command runs again. But each time costs a load and a run of the command, for all that
is drawn and not yet there, and the others of the batch wait.
"""

from __future__ import annotations

from typing import Any

from renown_server.catalog.goods import ItemAmount, LootRoll, Reward
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency.state import WalletBook
from renown_server.engine.work import NotLoaded, Work
from renown_server.inventory.mail_state import MailBook
from renown_server.inventory.state import CommonBook, InventoryBook
from renown_server.leaderboards.state import ScoreBook


class Reach:
    """The keys that a command may touch by what it gives and takes.

    Commands are made with one, so that `Command.wanted` and `Command.keys` can say it.

    Args:
        catalog: knows what gives what.

    Attributes:
        parts: names of the parts.
        items: ids of the items.
        stock: ids of the limits.
        slots: the most slots that draws can take.
    """

    __slots__ = ("_catalog", "items", "parts", "slots", "stock")

    def __init__(self, catalog: CatalogSnapshot) -> None:
        self._catalog = catalog
        self.parts: set[str] = set()
        self.items: dict[str, None] = {}
        self.stock: dict[str, None] = {}
        self.slots = 0

    def add_item(self, item_id: str) -> None:
        """An item that is given, taken or looked at."""
        if item_id in self.items:
            return
        self.items[item_id] = None
        self.parts.update(("bags", "items"))
        item = self._catalog.items.get(item_id)
        if item is not None and item.limit_quantity:
            self.parts.add("stock")
            self.stock[f"item:{item_id}"] = None

    def add_reward(self, reward: Reward, times: int = 1) -> None:
        """What is given `times` over."""
        if reward.currencies or reward.xp:
            # XP gains levels, and levels pay.
            self.parts.add("wallets")
        if reward.xp and self._catalog.boards_on_xp:
            self.parts.add("scores")
        if reward.badges or reward.titles or reward.achievements:
            self.parts.add("earned")
        if reward.unlock_content or reward.unlock_quests:
            self.parts.add("earned")
        for each in reward.items:
            self.add_item(each.item)
        if reward.loot:
            self.add_loot(reward.loot, times)

    def add_loot(self, rolls: tuple[LootRoll, ...], times: int = 1) -> None:
        """Everything that draws, `times` over, can give."""
        self.parts.update(("bags", "items", "mailboxes", "wallets"))
        gains_xp = False
        for roll in rolls:
            worst = 0
            for entry in self._catalog.loot_tables[roll.table].entries:
                self.add_reward(entry.reward)
                worst = max(worst, self._slots(entry.reward.items))
                gains_xp = gains_xp or entry.reward.xp > 0
            self.slots += worst * roll.rolls * times
        if gains_xp:
            for given in self._catalog.levels.items.values():
                amounts = tuple([ItemAmount(item, quantity) for item, quantity in given])
                self.slots += self._slots(amounts)
                for each in amounts:
                    self.add_item(each.item)

    def _slots(self, amounts: tuple[ItemAmount, ...]) -> int:
        items = self._catalog.items
        return sum(
            -(-each.quantity // items[each.item].max_stack)
            for each in amounts
            if not items[each.item].slotless
        )

    def keys(self, part: str, player_id: str) -> tuple[Any, ...]:
        """The keys of a part that is not keyed by player."""
        if part == "items":
            return tuple([(player_id, item) for item in self.items])
        return tuple(self.stock) if part == "stock" else ()

    def require(self, work: Work, player_id: str) -> None:
        """Checks that all of it is there.

        Raises:
            NotLoaded: something is not.
        """
        book = work.slice(InventoryBook)
        book.require(player_id, self.items)
        missing = [key for key in self.stock if key not in work.slice(CommonBook).stock]
        if missing:
            raise NotLoaded("stock", tuple(missing))
        if player_id not in work.slice(WalletBook).loaded:
            raise NotLoaded("wallets", (player_id,))
        if "scores" in self.parts:
            work.slice(ScoreBook).get(player_id)
        if "mailboxes" in self.parts:
            work.slice(MailBook).box(player_id)
        capacity = self._catalog.economy.inventory_capacity
        if capacity and book.bag(player_id).slots_used + self.slots > capacity:
            # What has expired may make room, so that all of it is looked at.
            book.everything(player_id)
