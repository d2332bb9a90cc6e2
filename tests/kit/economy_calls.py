"""The economy's operations, each on both sides: what is asked of the server and of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from renown.v1 import revocation_pb2
from tests.kit.economy_driver import Driver
from tests.kit.economy_model_goods import AMOUNT_MAX, OFFERS, Pairs
from tests.kit.economy_model_store import price_of
from tests.kit.economy_model_trade import TradeItems
from tests.kit.raw import Code

Side = tuple[Pairs, TradeItems]

_METHODS = {"use": "ConsumeItem", "activate": "ActivatePowerUp", "open": "OpenContainer"}


def amounts_of(pairs: Pairs) -> list[dict[str, Any]]:
    """As requests say it."""
    return [{"currency": name, "amount": number} for name, number in pairs]


def policy_of(in_debt: bool) -> int:
    """As requests say it."""
    policies = revocation_pb2.RevokePolicy
    return policies.REVOKE_POLICY_DEBT if in_debt else policies.REVOKE_POLICY_REFUSE


@dataclass
class Calls(Driver):
    """All of them. Players, items and instances are called as in the model."""

    def real(self, instance: str) -> str:
        """The server's name of an instance."""
        return self.reader.real.get(instance, instance)

    def credit(self, name: str, amounts: dict[str, int]) -> None:
        """Credit."""
        pairs = list(amounts.items())
        self.do(
            "Credit",
            lambda world, _: world.credit(name, pairs),
            request_id=self.request_id(),
            player_id=name,
            amounts=amounts_of(pairs),
        )

    def debit(self, name: str, amounts: dict[str, int]) -> None:
        """Debit."""
        pairs = list(amounts.items())
        self.do(
            "Debit",
            lambda world, _: world.debit(name, pairs),
            request_id=self.request_id(),
            player_id=name,
            amounts=amounts_of(pairs),
        )

    def batch_credit(self, credits: list[tuple[str, str, int]]) -> None:
        """BatchCredit of (player, currency, amount)."""
        requests = [
            {
                "request_id": self.request_id(),
                "player_id": name,
                "amounts": amounts_of([(code, amount)]),
            }
            for name, code, amount in credits
        ]
        self.do_batch(credits, credits=requests)

    def adjust(self, name: str, amounts: dict[str, int]) -> None:
        """AdjustBalance, up or down."""
        pairs = list(amounts.items())
        self.do(
            "AdjustBalance",
            lambda world, _: world.adjust(name, pairs),
            request_id=self.request_id(),
            player_id=name,
            adjustments=amounts_of(pairs),
            reason="by hand",
        )

    def transfer(self, name: str, to: str, amounts: dict[str, int]) -> None:
        """Transfer."""
        pairs = list(amounts.items())
        self.do(
            "Transfer",
            lambda world, _: world.transfer(name, to, pairs),
            request_id=self.request_id(),
            player_id=name,
            receiver_id=to,
            amounts=amounts_of(pairs),
        )

    def grant(self, name: str, items: dict[str, int], to_mailbox: bool = False) -> None:
        """GrantItems."""
        pairs = list(items.items())
        self.do(
            "GrantItems",
            lambda world, _: world.grant(name, pairs, to_mailbox),
            request_id=self.request_id(),
            player_id=name,
            items=[{"item_id": item, "quantity": quantity} for item, quantity in pairs],
            to_mailbox=to_mailbox,
        )

    def gift(self, name: str, to: str, item: str, instance: str = "", quantity: int = 1) -> None:
        """GiftItem."""
        self.do(
            "GiftItem",
            lambda world, _: world.gift(name, to, item, instance, quantity),
            request_id=self.request_id(),
            player_id=name,
            receiver_id=to,
            item_id=item,
            instance_id=self.real(instance),
            quantity=quantity,
        )

    def use(
        self,
        how: str,
        name: str,
        item: str,
        instance: str = "",
        times: int = 1,
        environment: str = "cave",
        activity: str = "dig",
    ) -> None:
        """ConsumeItem, ActivatePowerUp or OpenContainer: `use`, `activate` or `open`."""
        fields: dict[str, Any] = {"quantity": times} if how != "activate" else {}
        if how != "open":
            fields.update(environment=environment, activity=activity)
        self.do(
            _METHODS[how],
            lambda world, _: world.use(how, name, item, instance, times, environment, activity),
            request_id=self.request_id(),
            player_id=name,
            item_id=item,
            instance_id=self.real(instance),
            **fields,
        )

    def equip(self, name: str, item: str, instance: str = "") -> None:
        """EquipItem."""
        self.do(
            "EquipItem",
            lambda world, _: world.equip(name, item, instance),
            request_id=self.request_id(),
            player_id=name,
            item_id=item,
            instance_id=self.real(instance),
        )

    def unequip(self, name: str, slot: str) -> None:
        """UnequipItem."""
        self.do(
            "UnequipItem",
            lambda world, _: world.unequip(name, slot),
            request_id=self.request_id(),
            player_id=name,
            slot=slot,
        )

    def claim_mail(self, name: str, number: int) -> None:
        """ClaimMail."""
        self.do(
            "ClaimMail",
            lambda world, _: world.claim_mail(name, number),
            request_id=self.request_id(),
            player_id=name,
            mail_id=str(number),
        )

    def record(self, name: str, kind: str) -> str:
        """RecordActivity. The activity's id."""
        activity_id = self.request_id()
        self.do(
            "RecordActivity",
            lambda world, _: world.record(name, activity_id, kind),
            activity={"activity_id": activity_id, "player_id": name, "type": kind},
        )
        return activity_id

    def revoke_activity(self, name: str, in_debt: bool = False, dry: bool = False) -> None:
        """RevokeActivity; `dry` only tries."""
        self.do(
            "RevokeActivity",
            lambda world, _: world.revoke_activity(name, in_debt),
            keep=not dry,
            request_id=self.request_id(),
            player_id=self.world.activities[name].player,
            activity_id=name,
            reason="a mistake",
            policy=policy_of(in_debt),
            validate_only=dry,
        )

    def revoke_purchase(
        self, name: str, in_debt: bool = False, keep_price: bool = False, dry: bool = False
    ) -> None:
        """RevokePurchase; `dry` only tries."""
        self.do(
            "RevokePurchase",
            lambda world, _: world.revoke_purchase(name, in_debt, keep_price),
            keep=not dry,
            request_id=self.request_id(),
            player_id=self.world.purchases[name].player,
            purchase_id=name,
            reason="a mistake",
            policy=policy_of(in_debt),
            keep_price=keep_price,
            validate_only=dry,
        )

    def end_trade(self, rpc: str, name: str, trade: str) -> None:
        """AcceptTrade or CancelTrade."""
        act = "accept" if rpc == "AcceptTrade" else "cancel"
        self.do(
            rpc,
            lambda world, _: getattr(world, act)(name, trade),
            request_id=self.request_id(),
            player_id=name,
            trade_id=trade,
        )

    def purchase(
        self, name: str, offer: str, quantity: int = 1, option: int = 0, shown: str = "nothing"
    ) -> str:
        """Purchase, with the price that was shown: `nothing`, the `right` or a `wrong` one.

        Returns:
            The purchase, or empty if it was refused.
        """
        options = len(OFFERS[offer]["prices"])
        price = price_of(offer, option, quantity, self.world.now) if option < options else []
        expected = {
            "nothing": [],
            "right": [(code, amount) for code, amount in price if amount <= AMOUNT_MAX],
            "wrong": [("coins", 123_456)],
        }[shown]
        body = self.do(
            "Purchase",
            lambda world, body: world.purchase(
                name, offer, quantity, option, expected, body.purchase.purchase_id if body else ""
            ),
            request_id=self.request_id(),
            player_id=name,
            offer_id=offer,
            quantity=quantity,
            price_option=option,
            expected=amounts_of(expected),
        )
        return str(body.purchase.purchase_id) if body else ""

    def redeem(self, name: str, receipt: int, quantity: int = 1) -> str:
        """RedeemReceipt; the first answer again if it was redeemed before. The purchase."""
        key = ("apple", f"receipt-{receipt}")
        asked = (name, quantity)
        body = self.do(
            "RedeemReceipt",
            lambda world, body: world.redeem(
                name, "gems_50", quantity, key, body.purchase.purchase_id if body else ""
            ),
            provider=key[0],
            receipt_id=key[1],
            player_id=name,
            product_id="gems_50",
            quantity=quantity,
        )
        answer = self.sent[-1].answer
        if answer.code is Code.OK:
            self.agrees = False
            assert self._redeemed.setdefault((key, asked), answer.body) == answer.body
            self.agrees = True
        return str(body.purchase.purchase_id) if body else ""

    def propose(self, name: str, to: str, offered: Side, requested: Side) -> str:
        """ProposeTrade. The trade, or empty if it was refused."""
        body = self.do(
            "ProposeTrade",
            lambda world, body: world.propose(
                name, to, offered, requested, body.trade.trade_id if body else ""
            ),
            request_id=self.request_id(),
            player_id=name,
            partner_id=to,
            offered=self._side(offered),
            requested=self._side(requested),
        )
        return str(body.trade.trade_id) if body else ""

    def _side(self, side: Side) -> dict[str, Any]:
        codes, items = side
        return {
            "currencies": amounts_of(codes),
            "items": [
                {"item_id": item, "instance_id": self.real(name), "quantity": quantity}
                for item, name, quantity in items
            ],
        }
