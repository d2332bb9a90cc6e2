"""The operations that the economy's state machine may do, in any order.

`pick` chooses among what there is just now, so that most operations find something to work on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.kit.economy_calls import Calls
from tests.kit.economy_driver import PLAYERS, Sent
from tests.kit.economy_model_goods import AMOUNT_MAX, CURRENCIES, ITEMS, OFFERS
from tests.kit.economy_model_trade import TradeItems
from tests.kit.economy_site import Site

T = TypeVar("T")
Stake = tuple[dict[str, int], dict[str, int]]

STAKES: list[Stake] = [
    ({}, {}),
    ({"coins": 40}, {"shard": 7, "sword": 1, "chest": 2}),
    ({"coins": 900, "tokens": 30}, {"vault": 9, "key": 9, "boost": 2, "sword": 2, "wand": 1}),
    ({"coins": 300, "gems": 60}, {"elixir": 3, "present": 4, "torch": 2, "frame": 1, "shard": 25}),
    ({"tokens": 45, "dust": 8}, {"ticket": 2, "scroll": 35, "ore": 40, "stamp": 3}),
]
"""Money and items to begin with."""

who = st.sampled_from(PLAYERS)
step = st.sampled_from([1, 2, 1, 2, 1, 2, 0])
pick = st.integers(0, 63)
rarely = st.sampled_from([False, False, True])
mostly = st.sampled_from([True, True, True, False])
giftable = st.sampled_from(["coins", "coins", "tokens", "tokens", "coins", "gems"])
few_coins = st.sampled_from([1, 5, 11, 19, 20, 21, 30])
amount = st.one_of(
    st.integers(1, 60), st.sampled_from([1, 19, 20, 49, 50, 51, 100, AMOUNT_MAX - 1, AMOUNT_MAX])
)
code = st.sampled_from(sorted(CURRENCIES))
item = st.sampled_from(sorted(ITEMS))
few = st.sampled_from([1, 1, 1, 2, 3])
units = st.one_of(few, st.sampled_from([4, 9, 11, 25, 95, 10**12]))
money = st.dictionaries(code, amount, min_size=1, max_size=2)
things = st.dictionaries(item, units, min_size=1, max_size=3)
activity = st.sampled_from(["lesson", "marathon", "marathon", "hunt", "dig", "daily", "gift"])
moved = st.sampled_from([30, 61, 3_600, 6 * 3_600])


def chosen(options: Sequence[T], place: int) -> T:
    """One of them."""
    return options[place % len(options)]


class EconomyMachine(RuleBasedStateMachine):
    """All operations; see `Driver` for what is compared after each."""

    site: ClassVar[Site]

    @initialize(
        seed=st.integers(0, 2**16), stakes=st.tuples(*[st.sampled_from(STAKES) for _ in PLAYERS])
    )
    def begin(self, seed: int, stakes: tuple[Stake, ...]) -> None:
        """An empty world, the rolls that it will see, and what its players begin with."""
        self.calls = Calls(self.site)
        self.calls.start(seed)
        for name, (amounts, items) in zip(PLAYERS, stakes, strict=True):
            if amounts:
                self.calls.credit(name, amounts)
                self.calls.grant(name, items)

    @property
    def world(self) -> Any:
        return self.calls.world

    def held(self, name: str, place: int, wanted: Sequence[str] = ()) -> tuple[str, str, str]:
        """Something that a player has, or else another one: (player, item, instance)."""
        first = PLAYERS.index(name)
        for who in (*PLAYERS[first:], *PLAYERS[:first]):
            stacks = self.world.players[who].stacks
            there = sorted(key for key in stacks if not wanted or key[0] in wanted)
            if there:
                return (who, *chosen(there, place))
        return name, chosen(wanted or sorted(ITEMS), place), ""

    def other(self, name: str, step: int) -> str:
        """Another player, or the same if `step` is 0."""
        return PLAYERS[(PLAYERS.index(name) + step) % len(PLAYERS)]

    @rule(name=who, amounts=money)
    def credit(self, name: str, amounts: dict[str, int]) -> None:
        self.calls.credit(name, amounts)

    @rule(name=who, amounts=money)
    def debit(self, name: str, amounts: dict[str, int]) -> None:
        self.calls.debit(name, amounts)

    @rule(credits=st.lists(st.tuples(who, code, amount), min_size=1, max_size=4))
    def batch_credit(self, credits: list[tuple[str, str, int]]) -> None:
        self.calls.batch_credit(credits)

    @rule(name=who, amounts=money, down=st.booleans())
    def adjust(self, name: str, amounts: dict[str, int], down: bool) -> None:
        sign = -1 if down else 1
        self.calls.adjust(name, {code: sign * amount for code, amount in amounts.items()})

    @rule(name=who, step=step, amounts=st.dictionaries(giftable, few_coins, min_size=1, max_size=2))
    def transfer(self, name: str, step: int, amounts: dict[str, int]) -> None:
        self.calls.transfer(name, self.other(name, step), amounts)

    @rule(name=who, items=things, to_mailbox=st.sampled_from([False, False, True]))
    def grant(self, name: str, items: dict[str, int], to_mailbox: bool) -> None:
        self.calls.grant(name, items, to_mailbox)

    @rule(name=who, step=step, place=pick, quantity=few, named=mostly)
    def gift(self, name: str, step: int, place: int, quantity: int, named: bool) -> None:
        wanted = [item for item, kind in ITEMS.items() if kind["giftable"]]
        name, item, instance = self.held(name, place, wanted if place % 8 else [])
        self.calls.gift(name, self.other(name, step), item, instance if named else "", quantity)

    @rule(name=who, place=pick, quantity=few, named=mostly, right=mostly)
    def consume(self, name: str, place: int, quantity: int, named: bool, right: bool) -> None:
        where = "cave" if right else "sky"
        self.calls.use("use", *self.usable("consumable", name, place, named), quantity, where)

    @rule(name=who, place=pick, named=mostly)
    def activate(self, name: str, place: int, named: bool) -> None:
        self.calls.use("activate", *self.usable("power_up", name, place, named))

    @rule(name=who, place=pick, quantity=few, named=mostly)
    def open(self, name: str, place: int, quantity: int, named: bool) -> None:
        self.calls.use("open", *self.usable("container", name, place, named), quantity)

    def usable(self, kind: str, name: str, place: int, named: bool) -> tuple[str, str, str]:
        """Mostly something of a kind: (player, item, instance)."""
        wanted = [item for item, one in ITEMS.items() if one["kind"] == kind]
        name, item, instance = self.held(name, place, wanted if place % 8 else [])
        return name, item, instance if named else ""

    @rule(name=who, place=pick, named=mostly)
    def equip(self, name: str, place: int, named: bool) -> None:
        wanted = [item for item, kind in ITEMS.items() if kind["slot"]]
        name, item, instance = self.held(name, place, wanted if place % 8 else [])
        self.calls.equip(name, item, instance if named else "")

    @rule(name=who, slot=st.sampled_from(["weapon", "frame"]))
    def unequip(self, name: str, slot: str) -> None:
        self.calls.unequip(name, slot)

    @rule(name=who, place=pick)
    def claim_mail(self, name: str, place: int) -> None:
        players = self.world.players
        waiting = [
            (one, number) for one in PLAYERS for number in players[one].waiting(self.world.now)
        ]
        if waiting and place % 4:
            name, number = chosen(waiting, place)
        else:
            number = 1 + place % (len(players[name].mail) + 1)
        self.calls.claim_mail(name, number)

    @rule(
        name=who,
        offer=st.sampled_from(sorted(OFFERS)),
        quantity=st.sampled_from([1, 1, 1, 2, 3, 11, 1000]),
        option=st.sampled_from([0, 0, 0, 0, 0, 0, 1]),
        shown=st.sampled_from(["nothing", "right", "nothing", "right", "wrong"]),
    )
    def purchase(self, name: str, offer: str, quantity: int, option: int, shown: str) -> None:
        self.calls.purchase(name, offer, quantity, option, shown)

    @rule(name=who, receipt=st.integers(1, 3), quantity=st.sampled_from([1, 1, 1, 2, 3]))
    def redeem(self, name: str, receipt: int, quantity: int) -> None:
        self.calls.redeem(name, receipt, quantity)

    @precondition(lambda self: self.world.purchases)
    @rule(place=pick, in_debt=st.booleans(), keep=st.booleans(), dry=rarely)
    def revoke_purchase(self, place: int, in_debt: bool, keep: bool, dry: bool) -> None:
        name = chosen(sorted(self.world.purchases), place)
        self.calls.revoke_purchase(name, in_debt, keep, dry)

    @rule(
        name=who,
        step=step,
        gives=st.dictionaries(giftable, few_coins, max_size=1),
        wants=st.dictionaries(giftable, few_coins, max_size=1),
        place=pick,
        other=pick,
        sides=st.tuples(mostly, st.booleans()),
        settle=st.booleans(),
    )
    def propose(
        self,
        name: str,
        step: int,
        gives: dict[str, int],
        wants: dict[str, int],
        place: int,
        other: int,
        sides: tuple[bool, bool],
        settle: bool,
    ) -> None:
        wanted = [item for item, kind in ITEMS.items() if kind["tradeable"]]
        offered: TradeItems = []
        requested: TradeItems = []
        if sides[0]:
            name, item, instance = self.held(name, place, wanted if place % 8 else [])
            quantity = 1 if ITEMS[item]["instanced"] else 1 + place % 2
            offered = [(item, instance, quantity)]
        to = self.other(name, step)
        if sides[1]:
            asked, item, instance = self.held(to, other, wanted)
            to = asked if asked != name else to
            requested = [(item, instance if other % 2 else "", 1)]
        sent = ((list(gives.items()), offered), (list(wants.items()), requested))
        trade = self.calls.propose(name, to, *sent)
        if trade and settle:
            self.calls.end_trade("AcceptTrade", to, trade)

    @precondition(lambda self: self.trades(1))
    @rule(place=pick, name=who, right=mostly)
    def accept(self, place: int, name: str, right: bool) -> None:
        trade = chosen(self.trades(place), place)
        name = self.world.trades[trade].partner if right else name
        self.calls.end_trade("AcceptTrade", name, trade)

    @precondition(lambda self: self.trades(1))
    @rule(place=pick, name=who)
    def cancel(self, place: int, name: str) -> None:
        self.calls.end_trade("CancelTrade", name, chosen(self.trades(place), place))

    def trades(self, place: int) -> list[str]:
        """Mostly the open ones."""
        trades = self.world.trades
        waiting = sorted(name for name, one in trades.items() if self.world.is_open(one))
        return waiting if place % 8 else sorted(trades)

    @rule(name=who, kind=activity)
    def record(self, name: str, kind: str) -> None:
        self.calls.record(name, kind)

    @precondition(lambda self: self.world.activities)
    @rule(place=pick, in_debt=st.booleans(), dry=rarely)
    def revoke_activity(self, place: int, in_debt: bool, dry: bool) -> None:
        self.calls.revoke_activity(chosen(sorted(self.world.activities), place), in_debt, dry)

    @rule(seconds=moved)
    def wait(self, seconds: int) -> None:
        self.calls.wait(seconds)

    @precondition(lambda self: self.calls.sent)
    @rule(place=pick)
    def retry(self, place: int) -> None:
        kept = [sent for sent in self.calls.sent if sent.is_kept]
        if kept:
            self.calls.retry(chosen(kept, place))

    @precondition(lambda self: self.calls.sent)
    @rule(place=pick)
    def reuse(self, place: int) -> None:
        kept = [sent for sent in self.calls.sent if sent.is_kept]
        if kept:
            reuse(self.calls, chosen(kept, place))

    def teardown(self) -> None:
        """The books of the whole run."""
        if hasattr(self, "calls"):
            self.calls.finish()


_CHANGES: dict[str, Any] = {
    "message": "another one",
    "description": "another one",
    "reason": "another one",
    "quantity": 17,
    "instance_id": "another",
    "mail_id": "999",
    "trade_id": "another",
    "slot": "another",
    "environment": "elsewhere",
}


def reuse(calls: Calls, sent: Sent) -> None:
    """Sends something else under the id of a request."""
    request = type(sent.request)()
    request.CopyFrom(sent.request)
    _another(request)
    # Of a trade the players are read first: without one there is nothing to be locked.
    allowed = {"RedeemReceipt": "RECEIPT_USED", "AcceptTrade": "TRADE_NOT_FOUND"}
    allowed["CancelTrade"] = "TRADE_NOT_FOUND"
    calls.reuse(sent, request, allowed.get(sent.rpc, "REQUEST_ID_REUSED"))


def _another(request: Any) -> None:
    """Makes another request of it, under the same id."""
    names = request.DESCRIPTOR.fields_by_name
    if "activity" in names and names["activity"].message_type:
        request.activity.description = "another one"
        return
    if "credits" in names:
        for credit in request.credits:
            credit.description = "another one"
        return
    for field, value in _CHANGES.items():
        if field in names:
            setattr(request, field, value)
            return
    raise AssertionError(f"{request.DESCRIPTOR.name} has nothing to change")
