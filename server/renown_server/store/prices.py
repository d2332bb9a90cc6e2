"""What an offer costs; pure, in integers."""

from __future__ import annotations

from dataclasses import dataclass

from renown_server.catalog.goods import Discount, Offer
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.errors import InvalidArgument, PriceOutOfRange

DISCOUNT_OF_NOTHING = Discount(0)


@dataclass(frozen=True, slots=True)
class Price:
    """What one way to pay takes; amounts of nothing are left out.

    Attributes:
        currencies: (code, minor units) to be paid, all of them.
        undiscounted: the same without the discount.
        discount: the one in force; of 0 basis points if there is none.
    """

    currencies: CurrencyAmounts
    undiscounted: CurrencyAmounts
    discount: Discount


def discount_at(offer: Offer, moment_us: int) -> Discount:
    """The best discount in force; of equal ones, the one that lasts."""
    best = DISCOUNT_OF_NOTHING
    for each in offer.discounts:
        if each.starts_us <= moment_us and (not each.ends_us or moment_us < each.ends_us):
            best = max(best, each, key=_worth)
    return best


def _worth(discount: Discount) -> tuple[int, bool, int]:
    return discount.bp, not discount.ends_us, discount.ends_us


def price_of(offer: Offer, option: int, quantity: int, moment_us: int) -> Price:
    """The price of a quantity.

    The discount is taken off the whole quantity and rounded once, in favour of the store.

    Args:
        offer: what is sold.
        option: the way to pay, by its place; 0 for what has no price.
        quantity: how many, at least 1.
        moment_us: when, microseconds since 1970.

    Raises:
        InvalidArgument: there is no such way to pay.
        PriceOutOfRange: it would pass 2^53-1.
    """
    if option >= max(1, len(offer.prices)):
        raise InvalidArgument("price_option", f"{offer.id} has {len(offer.prices)} prices")
    if not offer.prices:
        return Price((), (), DISCOUNT_OF_NOTHING)
    discount = discount_at(offer, moment_us)
    left = BASIS_POINTS - discount.bp
    paid = []
    whole = []
    for code, amount in offer.prices[option]:
        undiscounted = amount * quantity
        discounted = -(-undiscounted * left // BASIS_POINTS)
        if discounted > AMOUNT_MAX:
            raise PriceOutOfRange(code)
        whole.append((code, min(undiscounted, AMOUNT_MAX)))
        if discounted:
            paid.append((code, discounted))
    return Price(tuple(paid), tuple(whole), discount)
