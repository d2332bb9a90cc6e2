"""The errors of what players own, buy and exchange."""

from __future__ import annotations

from renown_server.errors.general import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    RenownError,
    Status,
)


class UnknownItem(InvalidArgument):
    """The catalog has no such item."""

    reason = "UNKNOWN_ITEM"


class SamePlayer(InvalidArgument):
    """A gift or trade is with oneself."""

    reason = "SAME_PLAYER"

    def __init__(self, field: str) -> None:
        super().__init__(field, "is the acting player")


class ItemNotFound(NotFound):
    """The catalog has no such item, or the player no such instance."""

    reason = "ITEM_NOT_FOUND"
    kind = "item"


class MailNotFound(NotFound):
    """The player has no such mail."""

    reason = "MAIL_NOT_FOUND"
    kind = "mail"


class OfferNotFound(NotFound):
    """The catalog has no such offer, or none with this product_id."""

    reason = "OFFER_NOT_FOUND"
    kind = "offer"


class LootTableNotFound(NotFound):
    """The catalog has no such loot table."""

    reason = "LOOT_TABLE_NOT_FOUND"
    kind = "loot table"


class PurchaseNotFound(NotFound):
    """The player has no such purchase."""

    reason = "PURCHASE_NOT_FOUND"
    kind = "purchase"


class TradeNotFound(NotFound):
    """There is no such trade, or it is not this player's."""

    reason = "TRADE_NOT_FOUND"
    kind = "trade"


class InsufficientItems(FailedPrecondition):
    """The player has too few of an item."""

    reason = "INSUFFICIENT_ITEMS"

    def __init__(self, item: str, needed: int, available: int) -> None:
        super().__init__(
            f"needs {needed} {item}, has {available}",
            metadata={"item": item, "needed": str(needed), "available": str(available)},
        )


class NotUsable(FailedPrecondition):
    """The item can't be used this way."""

    reason = "NOT_USABLE"

    def __init__(self, item: str, how: str) -> None:
        super().__init__(f"{item} can't be {how}", metadata={"item": item})


class NotEquippable(FailedPrecondition):
    """The item has no slot."""

    reason = "NOT_EQUIPPABLE"

    def __init__(self, item: str) -> None:
        super().__init__(f"{item} can't be equipped", metadata={"item": item})


class ItemCooldown(FailedPrecondition):
    """The item is cooling down. `available_at` is RFC 3339."""

    reason = "ITEM_COOLDOWN"

    def __init__(self, item: str, available_at: str) -> None:
        super().__init__(
            f"{item} is cooling down until {available_at}",
            metadata={"item": item, "available_at": available_at},
        )


class LevelTooLow(FailedPrecondition):
    """The player's level is below what is needed."""

    reason = "LEVEL_TOO_LOW"

    def __init__(self, needed: int, level: int) -> None:
        super().__init__(
            f"needs level {needed}, has {level}",
            metadata={"needed": str(needed), "level": str(level)},
        )


class WrongContext(FailedPrecondition):
    """The item can't be used here, or in this activity."""

    reason = "WRONG_CONTEXT"

    def __init__(self, item: str, where: str) -> None:
        super().__init__(f"{item} can't be used {where}", metadata={"item": item})


class NotGiftable(FailedPrecondition):
    """The item, currency or badge can't be given away. One of the ids is set."""

    reason = "NOT_GIFTABLE"

    def __init__(self, *, item: str = "", currency: str = "", badge: str = "") -> None:
        named = {"item": item, "currency": currency, "badge": badge}
        metadata = {kind: name for kind, name in named.items() if name}
        super().__init__(f"{item or currency or badge} can't be given away", metadata=metadata)


class NotTradeable(FailedPrecondition):
    """The item, currency or badge can't be traded. One of the ids is set."""

    reason = "NOT_TRADEABLE"

    def __init__(self, *, item: str = "", currency: str = "", badge: str = "") -> None:
        named = {"item": item, "currency": currency, "badge": badge}
        metadata = {kind: name for kind, name in named.items() if name}
        super().__init__(f"{item or currency or badge} can't be traded", metadata=metadata)


class ItemEquipped(FailedPrecondition):
    """What is to be moved is equipped."""

    reason = "ITEM_EQUIPPED"

    def __init__(self, item: str, slot: str) -> None:
        super().__init__(
            f"{item} is equipped in {slot}: unequip it first",
            metadata={"item": item, "slot": slot},
        )


class GiftLimit(FailedPrecondition):
    """The day's limit of gifts is reached. Amounts are minor units.

    `side` is `sent` or `received`. What the day has seen of a player who may be another one is not
    told: `player_id` says whose limit it is.
    """

    reason = "GIFT_LIMIT"

    def __init__(
        self, currency: str, limit: int, side: str, *, used: int = 0, player_id: str = ""
    ) -> None:
        metadata = {"currency": currency, "limit": str(limit), "side": side}
        if player_id:
            message = f"{limit} {currency} a day may be {side}, and {player_id} would pass that"
            super().__init__(message, metadata={**metadata, "player_id": player_id})
            return
        message = f"{limit} {currency} a day may be {side}, {used} were"
        super().__init__(message, metadata={**metadata, "used": str(used)})


class AccountTooNew(FailedPrecondition):
    """A player is too new to trade or make gifts. `available_at` is RFC 3339."""

    reason = "ACCOUNT_TOO_NEW"

    def __init__(self, player_id: str, available_at: str) -> None:
        super().__init__(
            f"{player_id} can trade and make gifts from {available_at}",
            metadata={"player_id": player_id, "available_at": available_at},
        )


class NotOnSale(FailedPrecondition):
    """The offer is not on sale now, or not for the game's currencies."""

    reason = "NOT_ON_SALE"

    def __init__(self, offer: str) -> None:
        super().__init__(f"{offer} is not on sale now", metadata={"offer": offer})


class PurchaseLimit(FailedPrecondition):
    """The player may not buy so many."""

    reason = "PURCHASE_LIMIT"

    def __init__(self, offer: str, limit: int, remaining: int) -> None:
        super().__init__(
            f"{offer} is limited to {limit} a player, {remaining} remain",
            metadata={"offer": offer, "limit": str(limit), "remaining": str(remaining)},
        )


class SoldOut(FailedPrecondition):
    """Too few are left for everybody."""

    reason = "SOLD_OUT"

    def __init__(self, offer: str, remaining: int) -> None:
        super().__init__(
            f"{remaining} of {offer} are left",
            metadata={"offer": offer, "remaining": str(remaining)},
        )


class PriceChanged(FailedPrecondition):
    """The price is not the expected one."""

    reason = "PRICE_CHANGED"

    def __init__(self, offer: str) -> None:
        super().__init__(f"{offer} has another price now", metadata={"offer": offer})


class ItemLimit(FailedPrecondition):
    """The player owns, or the game has given out, as many as allowed.

    What remains to a player who may be another one is not told: it would say how many there are.
    `player_id` says whose limit it is.
    """

    reason = "ITEM_LIMIT"

    def __init__(self, item: str, limit: int, remaining: int = 0, player_id: str = "") -> None:
        metadata = {"item": item, "limit": str(limit)}
        if player_id:
            message = f"{item} is limited to {limit}, and {player_id} can have no more"
            super().__init__(message, metadata={**metadata, "player_id": player_id})
            return
        super().__init__(
            f"{item} is limited to {limit}, {remaining} remain",
            metadata={**metadata, "remaining": str(remaining)},
        )


class NothingToDraw(FailedPrecondition):
    """The player owns everything the table can give."""

    reason = "NOTHING_TO_DRAW"

    def __init__(self, table: str) -> None:
        super().__init__(f"nothing is left to draw from {table}", metadata={"table": table})


class MailClaimed(FailedPrecondition):
    """The mail was claimed before, by another request."""

    reason = "MAIL_CLAIMED"

    def __init__(self, mail_id: str) -> None:
        super().__init__(f"mail {mail_id} was claimed before", metadata={"mail_id": mail_id})


class MailExpired(FailedPrecondition):
    """The mail has expired."""

    reason = "MAIL_EXPIRED"

    def __init__(self, mail_id: str) -> None:
        super().__init__(f"mail {mail_id} has expired", metadata={"mail_id": mail_id})


class ReceiptUsed(FailedPrecondition):
    """The receipt was redeemed for another player or product."""

    reason = "RECEIPT_USED"

    def __init__(self, provider: str, receipt_id: str) -> None:
        super().__init__(
            f"receipt {receipt_id} of {provider} was redeemed for another player or product",
            metadata={"provider": provider, "receipt_id": receipt_id},
        )


class TradeEnded(FailedPrecondition):
    """The trade is not open any more; `state` says how it ended, such as `accepted`."""

    reason = "TRADE_ENDED"

    def __init__(self, trade_id: str, state: str) -> None:
        super().__init__(
            f"trade {trade_id} was {state}", metadata={"trade_id": trade_id, "state": state}
        )


class TradeLimit(FailedPrecondition):
    """The player has proposed as many trades as may be open."""

    reason = "TRADE_LIMIT"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} trades may be open at a time", metadata={"limit": str(limit)})


class AlreadySpent(FailedPrecondition):
    """What is to be taken back is not all there. One of the two ids is set."""

    reason = "ALREADY_SPENT"

    def __init__(self, needed: int, available: int, *, item: str = "", currency: str = "") -> None:
        metadata = {"item": item} if item else {"currency": currency}
        super().__init__(
            f"{needed} {item or currency} are to be taken back, {available} are there",
            metadata={**metadata, "needed": str(needed), "available": str(available)},
        )


class NotRevocable(FailedPrecondition):
    """There is nothing to take back: it was refused, or what it gave is no longer kept."""

    reason = "NOT_REVOCABLE"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} can't be revoked", metadata={"name": name})


class InventoryFull(RenownError):
    """There is no room. Numbers are slots.

    What is used of a bag that may be another player's is not told: `player_id` says whose it is.
    """

    reason = "INVENTORY_FULL"
    status = Status.OUT_OF_RANGE

    def __init__(self, capacity: int, used: int, needed: int, player_id: str = "") -> None:
        metadata = {"capacity": str(capacity), "needed": str(needed)}
        if player_id:
            message = f"{player_id} has no room for {needed} more of {capacity} slots"
            super().__init__(message, metadata={**metadata, "player_id": player_id})
            return
        message = f"needs {needed} slots, {used} of {capacity} are used"
        super().__init__(message, metadata={**metadata, "used": str(used)})


class MailboxFull(RenownError):
    """Too much mail waits."""

    reason = "MAILBOX_FULL"
    status = Status.OUT_OF_RANGE

    def __init__(self, capacity: int) -> None:
        super().__init__(f"{capacity} mails wait already", metadata={"capacity": str(capacity)})


class QuantityOutOfRange(RenownError):
    """A stack would pass 2^53-1, or a command would make too many instances."""

    reason = "QUANTITY_OUT_OF_RANGE"
    status = Status.OUT_OF_RANGE

    def __init__(self, item: str) -> None:
        super().__init__(
            f"too many {item}: a stack holds 2^53-1, and a command makes 1,000 instances",
            metadata={"item": item},
        )


class PriceOutOfRange(RenownError):
    """The price of the quantity would pass 2^53-1."""

    reason = "PRICE_OUT_OF_RANGE"
    status = Status.OUT_OF_RANGE

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"the price in {currency} would pass 2^53-1", metadata={"currency": currency}
        )
