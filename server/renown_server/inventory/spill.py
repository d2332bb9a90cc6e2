"""What found no room and is sent instead; pure."""

from __future__ import annotations

from renown_server.engine.work import Work
from renown_server.inventory import mail
from renown_server.inventory.mail_state import Contents


class Spill:
    """What a command could not place, all of which goes into one mail.

    Args:
        keeps_all: for what was paid with real money: what the catalog says to discard or to turn
            into money is sent as well.
        drops: for what must never be refused: what finds no place in the mailbox either, or what
            the game gives no more of, is left out.
        parent: the spill that is sent later; the place in the mailbox that it needs stays free.

    Attributes:
        currencies: minor units by currency.
        items: units by item.
        mailed: items that this command sends, by this spill and by those it is the parent of.
    """

    __slots__ = ("_parent", "currencies", "drops", "items", "keeps_all", "mailed")

    def __init__(
        self, *, keeps_all: bool = False, drops: bool = False, parent: Spill | None = None
    ) -> None:
        self.keeps_all = keeps_all
        self.drops = drops
        self._parent = parent
        self.currencies: dict[str, int] = {}
        self.items: dict[str, int] = {}
        self.mailed: set[str] = set() if parent is None else parent.mailed

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not (self.currencies or self.items)

    def has_place(self, work: Work, player_id: str) -> bool:
        """Whether what is added will be sent; only of one that drops it is ever false."""
        if not self.drops or not self.is_empty:
            return True
        reserved = self._parent is not None and not self._parent.is_empty
        return mail.has_room(work, player_id, 2 if reserved else 1)

    def add_currency(self, code: str, amount: int) -> None:
        """Adds money."""
        self.currencies[code] = self.currencies.get(code, 0) + amount

    def add_item(self, item: str, quantity: int) -> None:
        """Adds units of an item."""
        self.items[item] = self.items.get(item, 0) + quantity
        self.mailed.add(item)

    def send(self, work: Work, player_id: str, rule: str) -> None:
        """Sends it, if there is any.

        Raises:
            MailboxFull: too much mail waits; never of one that drops.
        """
        if not self.is_empty:
            contents = Contents(tuple(self.currencies.items()), tuple(self.items.items()))
            mail.send(work, player_id, contents, rule=f"overflow:{rule}")
