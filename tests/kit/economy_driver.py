"""Sends an operation to the server and to the model, and compares all there is to compare."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.message import Message
from hypothesis import currently_in_test_context, note

from tests.kit.books import check_books
from tests.kit.economy_model import Player, Refused, slots_of
from tests.kit.economy_model_goods import OFFERS, SECOND, Pairs
from tests.kit.economy_model_items import Chance, NeedDraw
from tests.kit.economy_model_trade import TradeItems, World
from tests.kit.economy_read import Reader
from tests.kit.economy_site import Site
from tests.kit.raw import BY_NAME, Answer, Code
from tests.kit.times import NOON

PLAYERS = ("ann", "ben", "cat")

Act = Callable[[World, Any], object]
"""Carries an operation out in the model; gets the answer's message, or None before it is known."""

Side = tuple[Pairs, TradeItems]

_OFFERS_SHOWN = [offer for offer, kind in OFFERS.items() if kind["rotation"]]


@dataclass(frozen=True)
class Sent:
    """A request that may be sent again."""

    rpc: str
    request: Message
    answer: Answer

    @property
    def is_kept(self) -> bool:
        """Whether the contract promises the same answer: refusals that depend on nothing but the
        request are decided anew, and so are receipts that were refused."""
        if self.answer.code is Code.OK:
            return True
        stable = (Code.FAILED_PRECONDITION, Code.OUT_OF_RANGE)
        return self.answer.code in stable and self.rpc != "RedeemReceipt"


@dataclass
class Driver:
    """One run: the model beside the server.

    Attributes:
        site: the server.
        world: the model.
        sent: all requests, for retries.
        agrees: whether nothing differed so far; what follows from a difference says nothing.
    """

    site: Site
    world: World = field(init=False)
    sent: list[Sent] = field(default_factory=list)
    agrees: bool = True
    reader: Reader = field(init=False)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _redeemed: dict[Any, bytes] = field(default_factory=dict)
    _turns: dict[int, frozenset[str]] = field(default_factory=dict)

    def start(self, seed: int) -> None:
        """An empty world at noon."""
        self.site.chance.restart(seed)
        self.site.clock.value_us = NOON
        self.site.run(self.site.wipe())
        self.world = World(NOON, {name: Player(name) for name in PLAYERS})
        self.reader = Reader(self.site)
        for name in PLAYERS:
            self._must("CreatePlayer", request_id=f"new-{name}", player_id=name)
        self._read_turn()

    def request_id(self) -> str:
        """The next one."""
        return f"r{next(self._numbers)}"

    def _must(self, rpc: str, **fields: Any) -> Any:
        answer, body = self.send(rpc, BY_NAME[rpc].request(**fields))
        assert answer.code is Code.OK, answer
        return body

    def send(self, rpc: str, request: Message) -> tuple[Answer, Any]:
        """Calls the server."""
        kind = BY_NAME[rpc]
        operators = list(kind.access.callers) == [3]
        key = self.site.admin_key if operators else None
        self.agrees = False
        answer = self.site.run(self.site.raw.call(kind, request, credential=key)).check_kept()
        self.site.outcomes[rpc, answer.reason or "OK"] += 1
        return answer, kind.response.FromString(answer.body)

    def do(self, rpc: str, act: Act, *, keep: bool = True, **fields: Any) -> Any:
        """Carries out an operation on both sides and compares.

        Args:
            rpc: the method.
            act: the same in the model.
            keep: whether it changes anything and may be sent again.
            **fields: the request's.

        Returns:
            The answer's message, or None if it was refused.
        """
        request = BY_NAME[rpc].request(**fields)
        before = self.site.run(self.site.trace())
        reasons = self._reasons(act)
        answer, body = self.send(rpc, request)
        tell(f"{rpc} {_short(request)} -> {answer.reason or 'OK'}")
        if keep:
            self.sent.append(Sent(rpc, request, answer))
        if answer.code is Code.OK:
            assert None in reasons, f"the model refuses: {sorted(map(str, reasons))}"
            if keep:
                # A revocation tells what was drawn then, too.
                self._follow(act, body, [] if rpc.startswith("Revoke") else _draws(body))
            else:
                assert self.site.run(self.site.trace()) == before, "it was only tried"
        else:
            assert answer.reason in reasons, f"{answer}; the model: {sorted(map(str, reasons))}"
            assert self.site.run(self.site.trace())[1] == before[1], "a refusal left a trace"
        self.agrees = True
        return body if answer.code is Code.OK else None

    def _attempt(self, act: Act, told: tuple[str, ...], body: Any) -> World:
        tried = copy.deepcopy(self.world)
        tried.chance = Chance(told)
        tried.begin()
        act(tried, body)
        return tried

    def _reasons(self, act: Act, told: tuple[str, ...] = ()) -> set[str | None]:
        """How it may end, whatever is drawn: None is well."""
        try:
            self._attempt(act, told, None)
        except Refused as refused:
            return set(refused.reasons)
        except NeedDraw as draw:
            if len(told) >= 2:
                # Deeper than that the draws themselves tell.
                return {None, "MAILBOX_FULL", "NOTHING_TO_DRAW"}
            return set().union(*(self._reasons(act, (*told, one)) for one in draw.entries))
        return {None}

    def _follow(self, act: Act, body: Any, draws: list[Any]) -> None:
        self.world = self._attempt(act, tuple(draw.entry_id for draw in draws), body)
        made = self.world.chance.made
        assert len(made) == len(draws), "draws that nothing asked for"
        for expected, draw in zip(made, draws, strict=True):
            for name, value in expected.items():
                if name == "rolls":
                    assert draw.roll in value, f"{draw} does not follow from its roll"
                else:
                    found = getattr(draw, name)
                    found = list(found) if name == "excluded" else found
                    assert found == value, f"{name} of {draw}"
        self.reader.check(self.world, PLAYERS)

    def do_batch(self, given: list[tuple[str, str, int]], **fields: Any) -> None:
        """BatchCredit: each credit succeeds or fails on its own, in order."""
        request = BY_NAME["BatchCredit"].request(**fields)
        answer, body = self.send("BatchCredit", request)
        assert answer.code is Code.OK, answer
        reasons = [Answer.of_status(one.error).reason for one in body.items]
        tell(f"BatchCredit {_short(request)} -> {reasons}")
        for (name, code, amount), reason in zip(given, reasons, strict=True):
            act = _credits(name, [(code, amount)])
            assert (reason or None) in self._reasons(act), f"{reason}: {name} {code}"
            if not reason:
                self.world = self._attempt(act, (), None)
        self.sent.append(Sent("BatchCredit", request, answer))
        self.reader.check(self.world, PLAYERS)
        self.agrees = True

    def finish(self) -> None:
        """The end of a run: trades, purchases and the books."""
        if not self.agrees:
            return
        self.reader.check(self.world, PLAYERS)
        self.reader.check_ends(self.world, PLAYERS)
        for row in self.site.run(self.site.sql.fetch("SELECT player_id, slots_used FROM bags")):
            # By everything that has a row: what has expired is counted until it is removed.
            kept = self.site.run(self.site.items(row["player_id"]))
            assert row["slots_used"] == sum(slots_of(item, count) for item, count in kept)
        self.site.run(check_books(self.site.superuser_url))

    def retry(self, sent: Sent) -> None:
        """Sends the same again: the same answer, and nothing else."""
        before = self.site.run(self.site.trace())
        answer, _ = self.send(sent.rpc, sent.request)
        tell(f"again: {sent.rpc} {_short(sent.request)}")
        assert answer == sent.answer, f"{answer}, before {sent.answer}"
        assert self.site.run(self.site.trace()) == before, "a retry changed something"
        self.agrees = True

    def reuse(self, sent: Sent, request: Message, *allowed: str) -> None:
        """Sends something else under the same id: refused, and nothing else."""
        before = self.site.run(self.site.trace())
        answer, body = self.send(sent.rpc, request)
        tell(f"reused: {sent.rpc} {_short(request)}")
        reasons = [answer.reason]
        if sent.rpc == "BatchCredit":
            reasons = [Answer.of_status(one.error).reason for one in body.items]
        assert set(reasons) <= set(allowed), answer
        assert self.site.run(self.site.trace()) == before, "a refused reuse changed something"
        self.agrees = True

    def wait(self, seconds: int) -> None:
        """Moves the clock; what ends by itself ends."""
        self.site.clock.advance(timedelta(seconds=seconds))
        self.world.now = self.site.clock.value_us
        self.site.run(self.site.expire())
        self.world.begin()
        self.world.expire()
        self._read_turn()
        self.agrees = False
        self.reader.check(self.world, PLAYERS)
        self.agrees = True

    def _read_turn(self) -> None:
        """Reads what the rotation sells; within a turn that never changes."""
        listed = self._must("ListOffers", player_id=PLAYERS[0], page_size=200)
        shown = frozenset(one.offer_id for one in listed.offers) & frozenset(_OFFERS_SHOWN)
        moment = datetime.fromtimestamp(self.world.now / SECOND, UTC)
        midnight = moment.astimezone(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0, second=0)
        starts = int(midnight.timestamp()) * SECOND
        assert len(shown) == 2
        assert self._turns.setdefault(starts, shown) == shown, "a turn changed under way"
        self.world.turn = (starts, shown)
        self.agrees = True


def tell(line: str) -> None:
    """Says what was done, for who reads of a failure."""
    if currently_in_test_context():
        note(line)
    else:
        print(line)


def _credits(name: str, pairs: Pairs) -> Act:
    return lambda world, _: world.credit(name, pairs)


def _short(request: Message) -> str:
    return " ".join(str(request).split())


def _draws(body: Any) -> list[Any]:
    for path in ("rewards", "purchase.rewards", "result"):
        found = body
        for name in path.split("."):
            found = getattr(found, name, None)
        if hasattr(found, "draws"):
            return list(found.draws)
    return []
