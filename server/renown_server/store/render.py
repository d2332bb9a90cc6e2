"""The store: domain → messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renown.v1 import store_service_pb2 as pb
from renown_server.catalog.openness import open_reward
from renown_server.catalog.progression import Progression
from renown_server.engine.command import Recorded
from renown_server.engine.facts import CurrencyChanged, OfferPurchased
from renown_server.errors import RenownError
from renown_server.events import goods
from renown_server.inventory.definitions import fill_reward
from renown_server.inventory.render import fill_rewards
from renown_server.store.prices import Price, price_of
from renown_server.store.queries import Buyer
from renown_server.store.rules import check_buyer, for_money_only
from renown_server.store.shelves import Sale, counts
from renown_server.store.state import NO_WINDOW, Purchased
from renown_server.wire.timestamps import set_timestamp

NOT_ON_SALE = "NOT_ON_SALE"


def fill_purchase(message: pb.PurchaseRecord, purchase: Purchased) -> None:
    """A purchase as it stands."""
    message.purchase_id = purchase.purchase_id
    message.player_id = purchase.player_id
    message.offer_id = purchase.offer
    message.quantity = purchase.quantity
    place, bought = bought_in(purchase.facts)
    for code, amount in bought.paid:
        message.paid.add(currency=code, amount=amount)
    done = Recorded(purchase.purchased_us, purchase.catalog_version, 0, [])
    fill_rewards(message.rewards, purchase.facts[place + 1 :], done)
    set_timestamp(message.purchased_at, purchase.purchased_us)
    if purchase.revoked_us:
        set_timestamp(message.revoked_at, purchase.revoked_us)
    message.receipt_provider = purchase.provider
    message.receipt_id = purchase.receipt_id
    message.catalog_version = purchase.catalog_version


def fill_payments(response: pb.PurchaseResponse, facts: Sequence[Any]) -> None:
    """What was paid, with the balances it left: the facts before the goods."""
    place, _ = bought_in(facts)
    for fact in facts[:place]:
        if type(fact) is CurrencyChanged:
            goods.fill_currency_change(response.payments.add(), fact)


def bought_in(facts: Sequence[Any]) -> tuple[int, OfferPurchased]:
    """The fact that parts what was paid from what was given, and its place."""
    for place, fact in enumerate(facts):
        if type(fact) is OfferPurchased:
            return place, fact
    raise AssertionError("a purchase says what was bought")


def fill_offer(
    message: pb.Offer, sale: Sale, buyer: Buyer, known: Progression, now_us: int
) -> None:
    """An offer on sale, as one player sees it now."""
    offer = sale.offer
    message.offer_id = offer.id
    message.name = offer.name
    message.description = offer.description
    message.icon = offer.icon
    message.category = offer.category
    message.tags.extend(offer.tags)
    for option in range(len(offer.prices)):
        _fill_price(message.prices.add(), price_of(offer, option, 1, now_us))
    fill_reward(message.contents, open_reward(known, offer.contents))
    message.min_level = offer.min_level
    message.limit_per_player = offer.limit_per_player
    message.stock = offer.stock
    message.product_id = offer.product_id
    if sale.ends_us:
        set_timestamp(message.available_until, sale.ends_us)
    _fill_remaining(message, sale, buyer, now_us)


def _fill_remaining(message: pb.Offer, sale: Sale, buyer: Buyer, now_us: int) -> None:
    offer = sale.offer
    bought = 0
    message.remaining_for_player = message.remaining_stock = -1
    window_us = sale.window_us(buyer.time_zone, now_us)
    if window_us != NO_WINDOW:
        before_us, count = buyer.bought.get(offer.id, (0, 0))
        bought = counts(before_us, window_us, count)
        message.remaining_for_player = max(0, offer.limit_per_player - bought)
    if offer.stock:
        message.remaining_stock = max(0, offer.stock - buyer.sold.get(sale.stock_id, 0))
    if for_money_only(offer):
        message.blocked_by = NOT_ON_SALE
        return
    try:
        check_buyer(
            offer,
            1,
            level=buyer.level,
            bought=bought,
            left=message.remaining_stock,
            has_achievements=buyer.achievements.issuperset(offer.achievements),
        )
    except RenownError as error:
        message.blocked_by = error.reason
    else:
        message.purchasable = True


def _fill_price(message: pb.Price, price: Price) -> None:
    for code, amount in price.currencies:
        message.currencies.add(currency=code, amount=amount)
    for code, amount in price.undiscounted:
        message.undiscounted.add(currency=code, amount=amount)
    message.discount_basis_points = price.discount.bp
    if price.discount.ends_us:
        set_timestamp(message.discount_ends_at, price.discount.ends_us)
