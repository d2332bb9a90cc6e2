"""The model's store: offers, receipts, and what is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.kit.economy_model import (
    Given,
    Money,
    Player,
    Spill,
    Step,
    day_of,
    level_of,
    need,
    week_of,
)
from tests.kit.economy_model_goods import AMOUNT_MAX, DAY, ITEMS, OFFERS, Pairs, level_rewards
from tests.kit.economy_model_items import DRAWS_MAX, draws_of
from tests.kit.economy_model_world import Activities


@dataclass
class Bought:
    """A purchase, kept to be revoked.

    Attributes:
        window: the key of the limit it counts towards, if any.
        stock: the stock it was taken from, or empty.
        quantity: how many.
    """

    player: str
    offer: str
    quantity: int
    given: Given
    paid: Pairs
    window: tuple[str, int] | None = None
    stock: str = ""
    revoked: bool = False


def price_of(offer: str, option: int, quantity: int, now: int) -> Pairs:
    """What a quantity costs: the best discount off the whole, rounded up."""
    kind = OFFERS[offer]
    if not kind["prices"]:
        return []
    off = max(
        (
            bp
            for bp, starts, ends in kind["discounts"]
            if starts <= now and (not ends or now < ends)
        ),
        default=0,
    )
    return [
        (code, -(-amount * quantity * (10_000 - off) // 10_000))
        for code, amount in kind["prices"][option]
    ]


@dataclass
class Store(Activities):
    """Buying, redeeming, taking back.

    Attributes:
        turn: (start, offers on sale) of the rotation, as the store shows it.
        purchases: by id.
        receipts: (player, product, quantity, purchase) by (provider, receipt).
    """

    turn: tuple[int, frozenset[str]] = (0, frozenset())
    purchases: dict[str, Bought] = field(default_factory=dict)
    receipts: dict[tuple[str, str], tuple[str, str, int, str]] = field(default_factory=dict)

    def on_sale(self, offer: str) -> bool:
        """Whether the game's currencies buy it now."""
        kind = OFFERS[offer]
        return (
            kind["from"] <= self.now
            and (not kind["until"] or self.now < kind["until"])
            and (not kind["rotation"] or offer in self.turn[1])
            and not (kind["product"] and not kind["prices"])
        )

    def purchase(
        self, who: str, offer: str, quantity: int, option: int, expected: Pairs, name: str
    ) -> None:
        """Purchase."""
        player, kind = self.players[who], OFFERS[offer]
        need(option < max(1, len(kind["prices"])), "INVALID_ARGUMENT")
        need(draws_of(kind["contents"]) * quantity <= DRAWS_MAX, "INVALID_ARGUMENT")
        price = price_of(offer, option, quantity, self.now)
        need(all(amount <= AMOUNT_MAX for _, amount in price), "PRICE_OUT_OF_RANGE")
        need(self.on_sale(offer), "NOT_ON_SALE")
        need(player.level >= kind["min_level"], "LEVEL_TOO_LOW")
        window, stock = self._window(offer), self._stock(offer)
        if window:
            count = player.bought.get(window, 0) + quantity
            need(count <= kind["limit"], "PURCHASE_LIMIT")
            player.bought[window] = count
        if stock:
            sold = self.sold.get(stock, 0) + quantity
            need(sold <= kind["stock"], "SOLD_OUT")
            self.sold[stock] = sold
        need(not expected or dict(expected) == dict(price), "PRICE_CHANGED")
        for code, amount in price:
            Money.debit(player, code, amount)
        player.given = Given()
        for code, amount in price:
            player.given.note("price", code, amount)
        self.pay(player, kind["contents"], f"offer:{offer}", quantity)
        self.purchases[name] = Bought(who, offer, quantity, player.given, price, window, stock)

    def _window(self, offer: str) -> tuple[str, int] | None:
        kind = OFFERS[offer]
        if not kind["limit"]:
            return None
        starts = {
            "ever": 0,
            "daily": day_of(self.now) * DAY,
            "weekly": week_of(self.now) * DAY,
            "rotation": self.turn[0],
        }
        return (offer, starts[kind["window"]])

    def _stock(self, offer: str) -> str:
        if not OFFERS[offer]["stock"]:
            return ""
        return f"offer:{offer}" + (f"@{self.turn[0]}" if OFFERS[offer]["rotation"] else "")

    def redeem(
        self, who: str, product: str, quantity: int, key: tuple[str, str], name: str
    ) -> bool:
        """RedeemReceipt. True if it was redeemed before, by the same request."""
        offers = [offer for offer, kind in OFFERS.items() if kind["product"] == product]
        if key in self.receipts:
            need(self.receipts[key][:3] == (who, product, quantity), "RECEIPT_USED")
            return True
        need(bool(offers), "OFFER_NOT_FOUND")
        player = self.players[who]
        self.pay(
            player, OFFERS[offers[0]]["contents"], f"offer:{offers[0]}", quantity, Spill(paid=True)
        )
        self.receipts[key] = (who, product, quantity, name)
        self.purchases[name] = Bought(who, offers[0], quantity, player.given, [])
        return False

    def revoke_purchase(self, name: str, in_debt: bool, keep_price: bool) -> bool:
        """RevokePurchase. False if it was revoked before."""
        need(name in self.purchases, "PURCHASE_NOT_FOUND")
        bought = self.purchases[name]
        if bought.revoked:
            return False
        player = self.players[bought.player]
        self._take_back(player, bought.given, in_debt, refunds=not keep_price)
        if bought.window and bought.window in player.bought:
            player.bought[bought.window] -= bought.quantity
        if bought.stock:
            self.sold[bought.stock] -= bought.quantity
        bought.revoked = True
        return True

    def revoke_activity(self, activity_id: str, in_debt: bool) -> bool:
        """RevokeActivity. False if it was revoked before."""
        activity = self.activities[activity_id]
        if activity.revoked:
            return False
        self._take_back(self.players[activity.player], activity.given, in_debt, refunds=False)
        activity.revoked = True
        return True

    def _take_back(self, player: Player, given: Given, in_debt: bool, refunds: bool) -> None:
        """Undoes what was given, in order; XP first, for it decides which levels are still held."""
        steps = list(given.steps)
        player.xp = max(0, player.xp - sum(step.amount for step in steps if step.kind == "xp"))
        player.level = min(player.level, level_of(player.xp))
        lost = range(player.level + 1, player.paid_level + 1)
        player.paid_level = min(player.paid_level, player.level)
        for step in steps:
            if step.level and step.level not in lost:
                continue
            if step.kind == "price" and refunds:
                Money.credit(player, step.name, step.amount)
            elif step.kind == "money" and step.amount > 0:
                self._take_money(player, step.name, step.amount, in_debt)
            elif step.kind == "item" and step.amount > 0:
                self._take_same(player, step, in_debt)
            elif step.kind == "mail":
                self._withdraw(player, step.amount, in_debt)
            elif step.kind == "factor":
                _shorten(player, step, self.now)
        for level in sorted(set(lost) - set(given.paid_levels)):
            reward = level_rewards(level)
            for code, amount in reward["currencies"]:
                self._take_money(player, code, amount, in_debt)
            for item, quantity in reward["items"]:
                self._take_units(player, item, quantity, in_debt)

    def _take_money(self, player: Player, code: str, amount: int, in_debt: bool) -> None:
        taken = min(amount, player.has(code))
        need(taken == amount or in_debt, "ALREADY_SPENT")
        if taken:
            Money.debit(player, code, taken)
        player.balance(code).debt += amount - taken

    def _take_same(self, player: Player, step: Step, in_debt: bool) -> None:
        """The very instance; of a stack the same one, then any."""
        if 0 < step.expires <= self.now:
            return
        stack = player.stacks.get((step.name, step.instance))
        taken = min(step.amount, stack.quantity) if stack else 0
        if taken:
            self._lose(player, step.name, taken, step.instance)
        left = step.amount - taken
        if left and ITEMS[step.name]["instanced"]:
            need(in_debt, "ALREADY_SPENT")
            player.owed[step.name] = player.owed.get(step.name, 0) + left
        elif left:
            self._take_units(player, step.name, left, in_debt)

    def _take_units(self, player: Player, item: str, quantity: int, in_debt: bool) -> None:
        taken = min(quantity, player.count(item, self.now))
        need(taken == quantity or in_debt, "ALREADY_SPENT")
        if taken:
            self._lose(player, item, taken, "")
        player.owed[item] = player.owed.get(item, 0) + quantity - taken

    def _lose(self, player: Player, item: str, quantity: int, instance: str) -> None:
        self.take(player, item, quantity, instance, keep_equipped=False)
        if ITEMS[item]["limit"]:
            self.sold[f"item:{item}"] -= quantity

    def _withdraw(self, player: Player, number: int, in_debt: bool) -> None:
        mail = player.mail[number]
        if not mail.withdrawn:
            for name, amount in mail.took.items():
                if name in ITEMS:
                    self._take_units(player, name, amount, in_debt)
                else:
                    self._take_money(player, name, amount, in_debt)
        if not mail.claimed and mail.expires > self.now:
            mail.claimed = mail.withdrawn = True


def _shorten(player: Player, step: Step, now: int) -> None:
    """A factor loses what a grant has added, as far as that has not passed."""
    for place, (source, bp, starts, ends) in enumerate(player.factors):
        if (source, bp, starts) == (step.name, *step.factor):
            left = max(starts, min(ends, now), ends - step.amount)
            player.factors[place] = (source, bp, starts, left)
            return
