"""What freezing and repairing cost, taken; pure."""

from __future__ import annotations

from renown_server.catalog.goods import ItemAmount
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.streaks import StreakFreeze, StreakRepair
from renown_server.currency import rules as currency
from renown_server.engine.work import Work
from renown_server.errors import PriceOutOfRange
from renown_server.inventory import rules as inventory

SINK = "sink:streak"


def price_of(terms: StreakFreeze | StreakRepair, days: int) -> CurrencyAmounts:
    """The price of a number of days: (currency, minor units)."""
    return tuple([(code, amount * days) for code, amount in terms.price])


def items_of(terms: StreakFreeze | StreakRepair, days: int) -> tuple[ItemAmount, ...]:
    """The items that a number of days takes."""
    return (ItemAmount(terms.item, days),) if terms.item else ()


def charge(
    work: Work, player_id: str, terms: StreakFreeze | StreakRepair, days: int, *, rule: str
) -> None:
    """Takes what a number of days costs.

    Raises:
        PriceOutOfRange: the price would pass 2^53-1.
        InsufficientFunds, InsufficientItems, ItemEquipped: the player has too little.
    """
    for code, amount in price_of(terms, days):
        if amount > AMOUNT_MAX:
            raise PriceOutOfRange(code)
        currency.debit(work, player_id, code, amount, counter_account=SINK, rule=rule)
    for each in items_of(terms, days):
        inventory.take(
            work,
            player_id,
            each.item,
            each.quantity,
            counter_account=inventory.SINK_USE,
            rule=rule,
        )
