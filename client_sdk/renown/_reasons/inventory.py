"""Why requests about what players own are refused: items, mail and gifts."""

from __future__ import annotations

from renown._reasons.statuses import FailedPrecondition, InvalidArgument, NotFound, OutOfRange
from renown._reasons.values import (
    AboutBadge,
    AboutCurrency,
    AboutItem,
    Limited,
    Remaining,
    Short,
    Waiting,
)

# INVALID_ARGUMENT, NOT_FOUND


class UnknownItem(InvalidArgument):
    """The catalog has no such item."""

    REASON = "UNKNOWN_ITEM"


class SamePlayer(InvalidArgument):
    """A gift or trade is with oneself."""

    REASON = "SAME_PLAYER"


class ItemNotFound(NotFound):
    """The catalog has no such item, or the player no such instance."""

    REASON = "ITEM_NOT_FOUND"


class MailNotFound(NotFound):
    """The player has no such mail."""

    REASON = "MAIL_NOT_FOUND"


# FAILED_PRECONDITION


class InsufficientItems(FailedPrecondition, AboutItem, Short):
    """The player has too few of an item."""

    REASON = "INSUFFICIENT_ITEMS"


class NotUsable(FailedPrecondition, AboutItem):
    """The item can't be used this way."""

    REASON = "NOT_USABLE"


class NotEquippable(FailedPrecondition, AboutItem):
    """The item has no slot."""

    REASON = "NOT_EQUIPPABLE"


class ItemCooldown(FailedPrecondition, AboutItem, Waiting):
    """The item is cooling down for this player."""

    REASON = "ITEM_COOLDOWN"


class LevelTooLow(FailedPrecondition):
    """The player's level is below what is needed."""

    REASON = "LEVEL_TOO_LOW"

    @property
    def needed(self) -> int:
        """The level from which it is possible."""
        return int(self.metadata.get("needed", 0))

    @property
    def level(self) -> int:
        """The player's level."""
        return int(self.metadata.get("level", 0))


class WrongContext(FailedPrecondition, AboutItem):
    """The item can't be used here, or in this activity."""

    REASON = "WRONG_CONTEXT"


class ItemEquipped(FailedPrecondition, AboutItem):
    """What is to be moved is equipped: unequip it first."""

    REASON = "ITEM_EQUIPPED"

    @property
    def slot(self) -> str:
        """Where it is equipped."""
        return self.metadata.get("slot", "")


class ItemLimit(FailedPrecondition, AboutItem, Limited, Remaining):
    """The player owns, or the game has given out, as many as allowed."""

    REASON = "ITEM_LIMIT"


class NotGiftable(FailedPrecondition, AboutItem, AboutCurrency, AboutBadge):
    """The item, currency or badge can't be given away."""

    REASON = "NOT_GIFTABLE"


class NotTradeable(FailedPrecondition, AboutItem, AboutCurrency, AboutBadge):
    """The item, currency or badge can't be traded."""

    REASON = "NOT_TRADEABLE"


class GiftLimit(FailedPrecondition, AboutCurrency, Limited):
    """The day's limit of gifts is reached. Amounts are minor units."""

    REASON = "GIFT_LIMIT"

    @property
    def used(self) -> int:
        """How much of it the day has seen."""
        return int(self.metadata.get("used", 0))

    @property
    def side(self) -> str:
        """Whose limit it is: `sent` is the giver's, `received` the receiver's."""
        return self.metadata.get("side", "")


class AccountTooNew(FailedPrecondition, Waiting):
    """A player is too new to trade or make gifts."""

    REASON = "ACCOUNT_TOO_NEW"

    @property
    def player_id(self) -> str:
        """Which of the players."""
        return self.metadata.get("player_id", "")


class MailClaimed(FailedPrecondition):
    """The mail was claimed before, by another request."""

    REASON = "MAIL_CLAIMED"


class MailExpired(FailedPrecondition):
    """The mail has expired."""

    REASON = "MAIL_EXPIRED"


# OUT_OF_RANGE


class InventoryFull(OutOfRange):
    """There is no room. Numbers are slots."""

    REASON = "INVENTORY_FULL"

    @property
    def capacity(self) -> int:
        """How many slots the player has."""
        return int(self.metadata.get("capacity", 0))

    @property
    def used(self) -> int:
        """How many of them are used."""
        return int(self.metadata.get("used", 0))

    @property
    def needed(self) -> int:
        """How many more the request would take."""
        return int(self.metadata.get("needed", 0))


class MailboxFull(OutOfRange):
    """Too much mail waits."""

    REASON = "MAILBOX_FULL"

    @property
    def capacity(self) -> int:
        """How many mails can wait."""
        return int(self.metadata.get("capacity", 0))


class QuantityOutOfRange(OutOfRange, AboutItem):
    """A stack would pass 2^53-1."""

    REASON = "QUANTITY_OUT_OF_RANGE"
