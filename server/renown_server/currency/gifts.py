"""Gifts of a day in memory."""

from __future__ import annotations

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded


class GiftUsage(Entity):
    """What a player has given and was given of one currency, in minor units.

    Attributes:
        player_id: whose gifts they are.
        currency: the currency's code.
        day: the local day that is counted, as days since 1970: the latest that had a gift.
        sent: given away on that day.
        received: received on that day, fees taken off.
    """

    __slots__ = ("currency", "day", "player_id", "received", "sent")

    saved = ("day", "sent", "received")

    def __init__(
        self, player_id: str, currency: str, day: int = 0, sent: int = 0, received: int = 0
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.currency = currency
        self.day = day
        self.sent = sent
        self.received = received


class GiftBook:
    """The gifts of a batch's players.

    Attributes:
        by_key: by player and currency.
        loaded: the players whose gifts are all here.
    """

    __slots__ = ("by_key", "loaded")

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], GiftUsage] = {}
        self.loaded: set[str] = set()

    def get(self, player_id: str, currency: str) -> GiftUsage:
        """What was counted last; nothing if the player never had to do with a gift.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, currency)
        usage = self.by_key.get(key)
        if usage is None:
            if player_id not in self.loaded:
                raise NotLoaded("gift_usage", (player_id,))
            usage = self.by_key[key] = GiftUsage(player_id, currency)
        return usage
