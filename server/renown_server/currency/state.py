"""Balances in memory."""

from __future__ import annotations

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded


class Balance(Entity):
    """What one player has of one currency, in minor units.

    `debt` is what is still owed after a revocation.
    """

    __slots__ = ("amount", "currency", "debt", "earned", "player_id", "spent")

    saved = ("amount", "earned", "spent", "debt")

    def __init__(
        self,
        player_id: str,
        currency: str,
        amount: int = 0,
        earned: int = 0,
        spent: int = 0,
        debt: int = 0,
    ) -> None:
        self.touched_by = None
        self.is_dirty = False
        self.player_id = player_id
        self.currency = currency
        self.amount = amount
        self.earned = earned
        self.spent = spent
        self.debt = debt


class WalletBook:
    """The balances of a batch's players.

    Attributes:
        by_key: by player and currency.
        loaded: the players whose balances are all here.
    """

    __slots__ = ("by_key", "loaded")

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], Balance] = {}
        self.loaded: set[str] = set()

    def get(self, player_id: str, currency: str) -> Balance:
        """A balance; zero if the player never had the currency.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, currency)
        balance = self.by_key.get(key)
        if balance is None:
            if player_id not in self.loaded:
                raise NotLoaded("wallets", (player_id,))
            balance = self.by_key[key] = Balance(player_id, currency)
        return balance
