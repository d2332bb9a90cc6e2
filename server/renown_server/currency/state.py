"""Balances in memory."""

from __future__ import annotations

from renown_server.engine.state import Entity


class Balance(Entity):
    """What one player has of one currency, in minor units."""

    __slots__ = ("amount", "currency", "earned", "player_id", "spent")

    saved = ("amount", "earned", "spent")

    def __init__(
        self, player_id: str, currency: str, amount: int = 0, earned: int = 0, spent: int = 0
    ) -> None:
        self._touched_by = None
        self.is_dirty = False
        self.player_id = player_id
        self.currency = currency
        self.amount = amount
        self.earned = earned
        self.spent = spent


class WalletBook:
    """The balances of a batch's players."""

    __slots__ = ("by_key",)

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], Balance] = {}

    def get(self, player_id: str, currency: str) -> Balance:
        """A balance; zero if the player never had the currency."""
        key = (player_id, currency)
        balance = self.by_key.get(key)
        if balance is None:
            balance = self.by_key[key] = Balance(player_id, currency)
        return balance
