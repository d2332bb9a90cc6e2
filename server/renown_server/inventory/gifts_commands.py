"""The commands of gifts."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from renown_server.currency.rules import check_currencies
from renown_server.engine.command import Command
from renown_server.engine.facts import GiftReceived, GiftSent
from renown_server.engine.work import Work
from renown_server.errors import InvalidArgument, ItemNotFound, NotGiftable
from renown_server.inventory import gifts
from renown_server.inventory.rules import receive, take
from renown_server.inventory.state import Owner

SINK_GIFT_FEE = "sink:gift_fee"


class TransferBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a Transfer; `amounts` are (currency, minor units)."""

    request_id: str
    player_id: str
    receiver_id: str
    amounts: tuple[tuple[str, int], ...]
    message: str = ""

    # What its ledger entries say.
    event_type: ClassVar[str] = "gift"
    reference_type: ClassVar[str] = ""
    reference_id: ClassVar[str] = ""

    @property
    def description(self) -> str:
        """What its ledger entries say to people."""
        return self.message


class Received(msgspec.Struct, frozen=True):
    """What a receiver got: (currency, minor units), fees taken off."""

    amounts: tuple[tuple[str, int], ...]


class Transfer(Command):
    """Gives another player money: all currencies or none."""

    __slots__ = ()

    method = "Transfer"
    parts = ("wallets", "gift_usage")
    body: TransferBody

    def decide(self, work: Work) -> Received:
        """Moves each amount, and the fee."""
        body = self.body
        giver, receiver = body.player_id, body.receiver_id
        rule = f"request:{self.method}"
        codes = [code for code, _ in body.amounts]
        check_currencies(work, codes)
        for code in codes:
            if not work.catalog.currencies[code].giftable:
                raise NotGiftable(currency=code)
        gifts.check_hold(work, giver)
        received = []
        for code, amount in body.amounts:
            gifts.count_sent(work, giver, code, amount, asks=True)
            left = gifts.pay_out(
                work,
                giver,
                code,
                amount,
                receiver=f"player:{receiver}",
                sink=SINK_GIFT_FEE,
                rule=rule,
            )
            if left:
                gifts.count_received(work, receiver, code, left)
                gifts.pay_in(
                    work, receiver, code, left, counter_account=f"player:{giver}", rule=rule
                )
                received.append((code, left))
        got = Received(tuple(received))
        work.emit(giver, GiftSent(rule, receiver, body.message, body.amounts))
        work.emit(receiver, GiftReceived(rule, giver, body.message, got.amounts))
        return got


class GiftItemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a GiftItem."""

    request_id: str
    player_id: str
    receiver_id: str
    item_id: str
    instance_id: str = ""
    quantity: int = 1
    message: str = ""


class GiftItem(Command):
    """Gives another player units of an item, or one instance."""

    __slots__ = ()

    method = "GiftItem"
    parts = ("items", "bags")
    body: GiftItemBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """What both have of the item."""
        return tuple([(player, self.body.item_id) for player in self.players])

    def decide(self, work: Work) -> None:
        """Moves the units."""
        body = self.body
        giver, receiver = body.player_id, body.receiver_id
        rule = f"request:{self.method}"
        item = work.catalog.items.get(body.item_id)
        if item is None:
            raise ItemNotFound(body.item_id)
        if not item.giftable:
            raise NotGiftable(item=item.id)
        if item.is_instanced and not body.instance_id:
            raise InvalidArgument("instance_id", "names the one to give: each is of its own")
        gifts.check_hold(work, giver)
        used_before = gifts.slots_used(work, receiver)
        owner = Owner(giver, work.now_us, "gift")
        for taken in take(
            work,
            giver,
            item.id,
            body.quantity,
            counter_account=f"player:{receiver}",
            rule=rule,
            instance=body.instance_id,
        ):
            receive(
                work, receiver, taken, counter_account=f"player:{giver}", rule=rule, owner=owner
            )
        gifts.check_arrival(work, receiver, [item.id], used_before)
        work.emit(giver, GiftSent(rule, receiver, body.message, (), item.id, body.quantity))
        work.emit(receiver, GiftReceived(rule, giver, body.message, (), item.id, body.quantity))
