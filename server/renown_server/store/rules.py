"""What a purchase does; pure. The price and the goods move in one command, or not at all."""

from __future__ import annotations

from renown_server.catalog.goods import Offer
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency import rules as currency
from renown_server.engine.facts import OfferPurchased
from renown_server.engine.work import Work
from renown_server.errors import (
    InvalidArgument,
    LevelTooLow,
    NotOnSale,
    OfferNotFound,
    PriceChanged,
    PurchaseLimit,
    RequirementNotMet,
    SoldOut,
)
from renown_server.inventory import rewards
from renown_server.inventory.reach import Reach
from renown_server.inventory.state import CommonBook
from renown_server.inventory.use import DRAWS_MAX
from renown_server.profile.state import PlayerBook
from renown_server.progress import requirements
from renown_server.store.prices import price_of
from renown_server.store.shelves import Sale, counts, sale_of
from renown_server.store.state import (
    NO_WINDOW,
    LimitUse,
    Purchased,
    Receipt,
    ReceiptKey,
    StoreBook,
)

ID_BYTES = 8


def buy(
    work: Work,
    player_id: str,
    offer_id: str,
    quantity: int,
    *,
    option: int = 0,
    expected: CurrencyAmounts = (),
) -> None:
    """Sells a player an offer for the game's currencies.

    Args:
        work: the batch.
        player_id: who buys.
        offer_id: what.
        quantity: how many, at least 1.
        option: the way to pay, by its place.
        expected: the price the player was shown; empty for any.

    Raises:
        OfferNotFound: the catalog has no such offer.
        InvalidArgument: there is no such way to pay, or it would make too many draws.
        NotOnSale: not now, or not for the game's currencies.
        LevelTooLow, RequirementNotMet, PurchaseLimit, SoldOut: the player may not buy so many.
        PriceOutOfRange: the price would pass 2^53-1.
        PriceChanged: the price is not the expected one.
        InsufficientFunds: the player cannot pay it.
        RenownError: what it gives finds no room; see `rewards.pay`.
    """
    offer = work.catalog.offers.get(offer_id)
    if offer is None:
        raise OfferNotFound(offer_id)
    check_draws(offer, quantity)
    price = price_of(offer, option, quantity, work.now_us)
    sale = sale_of(offer, work.catalog.rotations, work.now_us)
    if sale is None or for_money_only(offer):
        raise NotOnSale(offer_id)
    window_us = _take_place(work, player_id, sale, quantity)
    if expected and dict(expected) != dict(price.currencies):
        raise PriceChanged(offer_id)
    for code, amount in price.currencies:
        currency.debit(
            work,
            player_id,
            code,
            amount,
            counter_account=f"store:{offer_id}",
            rule=offer.rule,
        )
    purchase = _give(work, player_id, offer, quantity, paid=price.currencies)
    purchase.window_us = window_us
    purchase.stock_id = sale.stock_id


def redeem(work: Work, player_id: str, product_id: str, quantity: int, key: ReceiptKey) -> None:
    """Gives what was bought for real money elsewhere.

    It was paid, so nothing of the store's is asked: no window, level, achievement, limit or stock.
    What finds no room waits in the mailbox, whatever the catalog says.

    Raises:
        OfferNotFound: no offer has this product id.
        InvalidArgument: it would make too many draws.
        MailboxFull: too much mail waits.
        ItemLimit: the game gives no more of an item out.
        QuantityOutOfRange: too many.
        NothingToDraw: a loot table has nothing left for the player.
    """
    offer = work.catalog.offers_by_product.get(product_id)
    if offer is None:
        raise OfferNotFound(product_id)
    check_draws(offer, quantity)
    purchase = _give(work, player_id, offer, quantity, by_mail=True)
    purchase.provider, purchase.receipt_id = key
    receipt = Receipt(key, player_id, product_id, quantity, purchase.purchase_id)
    # What follows from it may still fail, or ask for more and run it again.
    receipt.is_there = False
    work.touch(receipt)
    receipt.is_there = True
    work.slice(StoreBook).receipts[key] = receipt


def for_money_only(offer: Offer) -> bool:
    """Whether an offer is only sold for real money: it would be free otherwise."""
    return bool(offer.product_id) and not offer.prices


def check_draws(offer: Offer, quantity: int) -> None:
    """Checks that a quantity does not make too many draws.

    Raises:
        InvalidArgument: it does.
    """
    draws = sum(roll.rolls for roll in offer.contents.loot) * quantity
    if draws > DRAWS_MAX:
        raise InvalidArgument("quantity", f"{draws} draws are more than {DRAWS_MAX} at a time")


def check_buyer(
    offer: Offer,
    quantity: int,
    *,
    level: int,
    bought: int,
    left: int,
    has_achievements: bool = True,
) -> None:
    """Checks that a player may buy a quantity.

    Args:
        offer: what is bought.
        quantity: how many.
        level: the player's.
        bought: how many the player has bought in the limit's window.
        left: how many are left for everybody; any number without a stock.
        has_achievements: whether the player has earned what the offer asks for.

    Raises:
        LevelTooLow: the level is below the offer's.
        RequirementNotMet: an achievement is missing.
        PurchaseLimit: the player has bought too many.
        SoldOut: too few are left.
    """
    if level < offer.min_level:
        raise LevelTooLow(offer.min_level, level)
    if not has_achievements:
        # Which one is for who buys to find out: it may be secret.
        raise RequirementNotMet("an achievement")
    if offer.limit_per_player:
        remaining = max(0, offer.limit_per_player - bought)
        if quantity > remaining:
            raise PurchaseLimit(offer.id, offer.limit_per_player, remaining)
    if offer.stock and quantity > left:
        raise SoldOut(offer.id, left)


def reach_of(catalog: CatalogSnapshot, offer: Offer, quantity: int) -> Reach:
    """What the goods of an offer may touch: its levels' items as well, if it gives XP."""
    reach = Reach(catalog)
    reach.add_reward(offer.contents, quantity)
    if offer.contents.xp:
        for level in catalog.levels.items.values():
            for item, _ in level:
                reach.add_item(item)
    return reach


def _take_place(work: Work, player_id: str, sale: Sale, quantity: int) -> int:
    """Checks that the player may buy, and counts it.

    Returns:
        The limit's window.
    """
    offer = sale.offer
    player = work.slice(PlayerBook).get(player_id)
    use: LimitUse | None = None
    bought = 0
    window_us = sale.window_us(player.time_zone, work.now_us)
    if window_us != NO_WINDOW:
        use = work.slice(StoreBook).limit(player_id, offer.id)
        bought = counts(use.window_us, window_us, use.bought)
    stock = work.slice(CommonBook).stock_of(sale.stock_id) if offer.stock else None
    left = stock.left(offer.stock) if stock else 0
    requirements.check(work, player, min_level=offer.min_level, achievements=offer.achievements)
    check_buyer(offer, quantity, level=player.level, bought=bought, left=left)
    if use is not None:
        work.touch(use)
        use.window_us = window_us = max(use.window_us, window_us)
        use.bought = bought + quantity
    if stock is not None:
        work.touch(stock)
        stock.quantity = offer.stock
        stock.delta += quantity
    return window_us


def _give(
    work: Work,
    player_id: str,
    offer: Offer,
    quantity: int,
    *,
    paid: CurrencyAmounts = (),
    by_mail: bool = False,
) -> Purchased:
    """Gives what an offer holds, and keeps what the command did."""
    if offer.contents.loot:
        # All at once: what is found missing when it is drawn is loaded one by one.
        reach_of(work.catalog, offer, quantity).require(work, player_id)
    purchase_id = work.random.token(ID_BYTES)
    work.emit(
        player_id,
        OfferPurchased(
            rule=offer.rule,
            purchase_id=purchase_id,
            offer=offer.id,
            quantity=quantity,
            paid=paid,
        ),
    )
    rewards.pay(
        work,
        player_id,
        offer.contents,
        counter_account=f"store:{offer.id}",
        rule=offer.rule,
        times=quantity,
        by_mail=by_mail,
    )
    purchase = Purchased(
        player_id,
        purchase_id,
        offer.id,
        quantity,
        # The list itself: what reactions add belongs to what was bought.
        work.facts[player_id],
        work.catalog.version,
        work.now_us,
        is_new=True,
    )
    work.touch(purchase)
    work.slice(StoreBook).purchases[player_id, purchase_id] = purchase
    return purchase


def uncount(work: Work, purchase: Purchased) -> None:
    """Gives back what a purchase counted towards: the player's limit, and the stock.

    For who undoes it. A limit whose window has gone by, or that has counted less since, stays.
    """
    if purchase.window_us != NO_WINDOW:
        use = work.slice(StoreBook).limit(purchase.player_id, purchase.offer)
        if use.window_us == purchase.window_us and use.bought:
            work.touch(use)
            use.bought = max(0, use.bought - purchase.quantity)
    if purchase.stock_id:
        stock = work.slice(CommonBook).stock_of(purchase.stock_id)
        offer = work.catalog.offers.get(purchase.offer)
        work.touch(stock)
        stock.delta -= purchase.quantity
        # The catalog may have lowered the limit since, below what is sold.
        stock.quantity = max(offer.stock if offer else 0, stock.sold + stock.delta)
