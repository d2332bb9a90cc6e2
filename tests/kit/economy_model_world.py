"""The model's operations on one player: wallets, items in use, activities."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.kit.economy_model import Given, Money, Player, Spill, day_of, gain_xp, need
from tests.kit.economy_model_goods import ACTIVITIES, AMOUNT_MAX, CURRENCIES, ITEMS, Pairs
from tests.kit.economy_model_items import DRAWS_MAX, INSTANCES_MAX, Items, draws_of


def fee_of(code: str, amount: int) -> int:
    """The share that the receiver does not get, rounded up."""
    return -(-amount * int(CURRENCIES[code]["fee"]) // 10_000)


_KINDS = {"use": "consumable", "activate": "power_up", "open": "container"}


@dataclass
class Activity:
    """A recorded activity, kept to be revoked."""

    player: str
    given: Given
    revoked: bool = False


@dataclass
class Wallets(Items):
    """Money that comes from outside, and goes there."""

    def credit(self, who: str, amounts: Pairs) -> None:
        """Credit, and each part of a BatchCredit."""
        for code, amount in amounts:
            Money.credit(self.players[who], code, amount)

    def debit(self, who: str, amounts: Pairs) -> None:
        """Debit."""
        for code, amount in amounts:
            Money.debit(self.players[who], code, amount)

    def adjust(self, who: str, amounts: Pairs) -> None:
        """AdjustBalance."""
        for code, amount in amounts:
            if amount > 0:
                Money.credit(self.players[who], code, amount)
            else:
                Money.debit(self.players[who], code, -amount)

    def transfer(self, who: str, to: str, amounts: Pairs) -> None:
        """Transfer: the fee, rounded up, is taken from what the receiver gets."""
        need(who != to, "SAME_PLAYER")
        need(all(CURRENCIES[code]["giftable"] for code, _ in amounts), "NOT_GIFTABLE")
        giver, receiver = self.players[who], self.players[to]
        for code, amount in amounts:
            left = amount - fee_of(code, amount)
            self.count_sent(giver, code, amount)
            Money.debit(giver, code, amount)
            if left:
                self.count_received(receiver, code, left)
                Money.credit(receiver, code, left)

    def count_sent(self, giver: Player, code: str, amount: int) -> None:
        """The day's limit on what is given away, the fee among it."""
        key = (code, day_of(self.now))
        giver.sent[key] = giver.sent.get(key, 0) + amount
        most = CURRENCIES[code]["sent_max"]
        need(not most or giver.sent[key] <= most, "GIFT_LIMIT")

    def count_received(self, receiver: Player, code: str, amount: int) -> None:
        """The day's limit on what is received, fees taken off."""
        key = (code, day_of(self.now))
        receiver.received[key] = receiver.received.get(key, 0) + amount
        most = CURRENCIES[code]["received_max"]
        need(not most or receiver.received[key] <= most, "GIFT_LIMIT")


@dataclass
class Inventory(Wallets):
    """Items that come from outside, are used, worn and given away."""

    def grant(self, who: str, items: Pairs, to_mailbox: bool) -> None:
        """GrantItems."""
        player = self.players[who]
        rows = sum(quantity for item, quantity in items if ITEMS[item]["instanced"])
        need(rows <= INSTANCES_MAX, "QUANTITY_OUT_OF_RANGE")
        if to_mailbox:
            self.mail_items(player, items)
            return
        for item, quantity in items:
            self.give(player, item, quantity)

    def gift(self, who: str, to: str, item: str, instance: str, quantity: int) -> None:
        """GiftItem."""
        need(who != to, "SAME_PLAYER")
        need(ITEMS[item]["giftable"], "NOT_GIFTABLE")
        giver, receiver = self.players[who], self.players[to]
        self.check_named(item, instance)
        before = receiver.slots(self.now)
        self.receive(receiver, item, self.take(giver, item, quantity, instance))
        self.check_arrival(receiver, {item: quantity}, before)

    def check_named(self, item: str, instance: str) -> None:
        """An instance is given away by its name."""
        need(not ITEMS[item]["instanced"] or bool(instance), "INVALID_ARGUMENT")

    def use(
        self,
        how: str,
        who: str,
        item: str,
        instance: str,
        times: int,
        environment: str,
        activity: str,
    ) -> None:
        """ConsumeItem, ActivatePowerUp and OpenContainer: `use`, `activate` or `open`."""
        player, kind = self.players[who], ITEMS[item]
        need(kind["kind"] == _KINDS[how], "NOT_USABLE")
        need(times == 1 or not kind["cooldown"], "INVALID_ARGUMENT")
        need(draws_of(kind["effects"]) * times <= DRAWS_MAX, "INVALID_ARGUMENT")
        need(player.level >= kind["min_level"], "LEVEL_TOO_LOW")
        need(not kind["environments"] or environment in kind["environments"], "WRONG_CONTEXT")
        need(not kind["activities"] or activity in kind["activities"], "WRONG_CONTEXT")
        if kind["cooldown"]:
            ready = player.used_at.get(item, -kind["cooldown"]) + kind["cooldown"]
            need(self.now >= ready, "ITEM_COOLDOWN")
            player.used_at[item] = self.now
        if kind["uses"] > 1:
            self._wear_down(player, item, instance, times)
        else:
            self.take(player, item, times, instance)
        for key, quantity in kind["keys"]:
            self.take(player, key, quantity * times)
        self.pay(player, kind["effects"], f"item:{item}", times)

    def _wear_down(self, player: Player, item: str, instance: str, times: int) -> None:
        """Uses instances whose uses are counted; one that has none left is gone."""
        there = [one for one in player.live(item, self.now) if instance in ("", one[0])]
        need(bool(there) or not instance, "ITEM_NOT_FOUND")
        need(sum(stack.uses for _, stack in there) >= times, "INSUFFICIENT_ITEMS")
        for name, stack in there:
            used = min(times, stack.uses)
            times -= used
            stack.uses -= used
            if not stack.uses:
                self.take(player, item, 1, name)

    def equip(self, who: str, item: str, instance: str) -> None:
        """EquipItem."""
        player, kind = self.players[who], ITEMS[item]
        need(bool(kind["slot"]), "NOT_EQUIPPABLE")
        need(player.level >= kind["min_level"], "LEVEL_TOO_LOW")
        there = dict(player.live(item, self.now))
        need(instance in there or not instance, "ITEM_NOT_FOUND")
        need(bool(there), "INSUFFICIENT_ITEMS")
        chosen = instance if instance in there else next(iter(there))
        player.equipped[kind["slot"]] = (item, chosen)

    def unequip(self, who: str, slot: str) -> None:
        """UnequipItem."""
        self.players[who].equipped.pop(slot, None)

    def claim_mail(self, who: str, number: int) -> None:
        """ClaimMail."""
        player = self.players[who]
        need(number in player.mail, "MAIL_NOT_FOUND")
        mail = player.mail[number]
        need(not mail.withdrawn, "MAIL_NOT_FOUND")
        need(not mail.claimed, "MAIL_CLAIMED")
        need(mail.expires > self.now, "MAIL_EXPIRED")
        self.claim(player, mail)


@dataclass
class Activities(Inventory):
    """Activities that give items, loot and coins."""

    activities: dict[str, Activity] = field(default_factory=dict)

    def record(self, who: str, activity_id: str, kind: str, amount: int = 0) -> None:
        """RecordActivity."""
        player, rule = self.players[who], ACTIVITIES[kind]
        day = day_of(self.now)
        done = player.recorded.get((kind, day), 0)
        need(not rule["daily_cap"] or done < rule["daily_cap"], "DAILY_CAP")
        player.recorded[kind, day] = done + 1
        gain_xp(player, rule["xp"] or amount, self.now)
        # Goods never refuse an activity: they are sent, and lost if the mailbox is full.
        spill = Spill(earned=True)
        for code, money in rule["currencies"]:
            Money.reward(player, code, money, self.now, spill, strict=True)
        for item, quantity in rule["items"]:
            self.give(player, item, quantity, spill)
        self.pay_levels(player, spill, strict=True)
        loot = {"xp": 0, "currencies": [], "items": [], "multipliers": [], "loot": rule["loot"]}
        self.pay(player, loot, f"activity_type:{kind}", 1, spill)
        self.activities[activity_id] = Activity(who, player.given)


def in_range(amount: int) -> bool:
    """Whether the contract lets an amount pass at all."""
    return 1 <= amount <= AMOUNT_MAX
