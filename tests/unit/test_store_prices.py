"""What offers cost: rounding, discounts and the edges of numbers."""

from __future__ import annotations

import dataclasses

import pytest

from renown_server.catalog.goods import Discount, Offer, Reward
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.errors import InvalidArgument, PriceOutOfRange
from renown_server.store.prices import discount_at, price_of

OFFER = Offer("o", "", "", "", "", (), "offer:o", Reward(xp=1))
AT = 1_000


def offer(prices: tuple[CurrencyAmounts, ...], *discounts: Discount) -> Offer:
    return dataclasses.replace(OFFER, prices=prices, discounts=discounts)


@pytest.mark.parametrize(
    ("amount", "quantity", "bp", "paid"),
    [
        (100, 1, 0, 100),
        (100, 3, 0, 300),
        (1, 1, 0, 1),
        # One rounding, up, on the whole quantity: 3 × 0.75 is 2.25 and so 3, not 3 × 1.
        (1, 1, 2500, 1),
        (1, 3, 2500, 3),
        (1, 4, 2500, 3),
        (101, 1, 2500, 76),
        (101, 4, 2500, 303),
        (101, 1, 1, 101),
        (10_000, 1, 1, 9_999),
        (1, 1, 9_999, 1),
        (10_000, 1, 9_999, 1),
        (10_001, 1, 9_999, 2),
        (7, 1000, 10_000, 0),
        (AMOUNT_MAX, 1, 0, AMOUNT_MAX),
        (AMOUNT_MAX, 2, 5_000, AMOUNT_MAX),
        (AMOUNT_MAX, 1000, 10_000, 0),
        (AMOUNT_MAX, 1, 1, AMOUNT_MAX - AMOUNT_MAX // 10_000),
    ],
)
def test_prices(amount: int, quantity: int, bp: int, paid: int) -> None:
    discounts = (Discount(bp),) if bp else ()
    price = price_of(offer(((("coins", amount),),), *discounts), 0, quantity, AT)
    assert price.currencies == ((("coins", paid),) if paid else ())
    assert price.undiscounted == (("coins", min(amount * quantity, AMOUNT_MAX)),)
    assert price.discount.bp == bp


@pytest.mark.parametrize(
    ("amount", "quantity", "bp"),
    [
        (AMOUNT_MAX, 2, 0),
        (AMOUNT_MAX // 1000 + 1, 1000, 0),
        # Half of two pieces is one; a basis point less off is one unit too many.
        (AMOUNT_MAX, 2, 4_999),
        ((AMOUNT_MAX + 1) // 2 + 1, 2, 0),
    ],
)
def test_prices_past_the_greatest_amount(amount: int, quantity: int, bp: int) -> None:
    discounts = (Discount(bp),) if bp else ()
    with pytest.raises(PriceOutOfRange) as refused:
        price_of(offer(((("coins", 1), ("gems", amount)),), *discounts), 0, quantity, AT)
    assert refused.value.refusal.metadata == {"currency": "gems"}


def test_the_greatest_amount_and_one_above() -> None:
    half = offer(((("coins", (AMOUNT_MAX - 1) // 2),),))
    assert price_of(half, 0, 2, AT).currencies == (("coins", AMOUNT_MAX - 1),)
    above = offer(((("coins", (AMOUNT_MAX + 1) // 2),),))
    with pytest.raises(PriceOutOfRange):
        price_of(above, 0, 2, AT)


def test_each_way_to_pay_and_none_beyond() -> None:
    two = offer(((("coins", 10),), (("gems", 1), ("tokens", 3))), Discount(5_000))
    assert price_of(two, 0, 1, AT).currencies == (("coins", 5),)
    assert price_of(two, 1, 3, AT).currencies == (("gems", 2), ("tokens", 5))
    with pytest.raises(InvalidArgument) as refused:
        price_of(two, 2, 1, AT)
    assert refused.value.refusal.violations[0][0] == "price_option"


def test_what_is_free_has_one_way_to_pay() -> None:
    assert price_of(OFFER, 0, 1000, AT).currencies == ()
    with pytest.raises(InvalidArgument):
        price_of(OFFER, 1, 1, AT)


def test_windows_of_discounts_are_half_open() -> None:
    sale = offer(((("coins", 100),),), Discount(2_500, 1_000, 2_000))
    found = {at: price_of(sale, 0, 1, at).currencies[0][1] for at in (999, 1_000, 1_999, 2_000)}
    assert found == {999: 100, 1_000: 75, 1_999: 75, 2_000: 100}


@pytest.mark.parametrize(
    ("discounts", "best"),
    [
        ((), Discount(0)),
        ((Discount(100), Discount(300), Discount(200)), Discount(300)),
        ((Discount(300, 0, 900), Discount(200)), Discount(200)),
        ((Discount(300, 2_000), Discount(200)), Discount(200)),
        # Of equal ones the one that lasts says when the price changes.
        ((Discount(300, 0, 2_000), Discount(300, 0, 3_000)), Discount(300, 0, 3_000)),
        ((Discount(300), Discount(300, 0, 3_000)), Discount(300)),
        ((Discount(300, 0, 3_000), Discount(300)), Discount(300)),
    ],
)
def test_the_best_discount_in_force(discounts: tuple[Discount, ...], best: Discount) -> None:
    assert discount_at(offer(((("coins", 1),),), *discounts), AT) == best
