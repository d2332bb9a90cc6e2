"""Players who deal with one another: pairs by turns, and a crowd all at once."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from renown import errors
from tests.chaos.asking import Asker
from tests.chaos.deals import (
    CHEST,
    FEE_DIVISOR,
    ORE,
    POTION,
    SCROLL,
    SWORD,
    Buy,
    Consume,
    Deal,
    End,
    Grant,
    Open,
    Propose,
    Side,
    Transfer,
    accept,
)
from tests.chaos.journal import Journal
from tests.chaos.model import Activity, Move, Operation
from tests.chaos.outcomes import check

PURSE = 50_000
GOODS = ((ORE, 200), (CHEST, 20), (SCROLL, 20))
"""What everybody begins with, and is given again before it can run out."""

COINS_MIN, ORE_MIN, USED_MIN = 2_000, 100, 10
ROOM = {ORE: 1_500, POTION: 600, SWORD: 20}
"""What may be owned of it before a bag might be full: a stack of 50, 20 or 1 takes a slot."""

OPEN_MAX = 2
"""Trades that one place leaves open, of the 20 that a player may have."""

CROWD_PLACES = 6


def dowry(player: str, ids: Iterator[str]) -> list[Operation]:
    """What brings a player into being and gives it enough to deal with."""
    return [
        Activity(player, next(ids), "course_completed"),
        Move(player, next(ids), "coins", PURSE),
        *[Grant(player, next(ids), item, quantity) for item, quantity in GOODS],
    ]


class Place:
    """A place from which some players are played; trades and swords it has made are its own.

    Args:
        asker: asks.
        players: who deal with one another.
        chance: decides.
        ids: of operations.
        exact: whether no other place plays them, so that each answer is known.
    """

    def __init__(
        self,
        asker: Asker,
        players: Sequence[str],
        chance: random.Random,
        ids: Iterator[str],
        *,
        exact: bool,
    ) -> None:
        self._asker = asker
        self._players = players
        self._chance = chance
        self._ids = ids
        self._exact = exact
        self._open: list[tuple[Propose, str]] = []
        self._swords: dict[str, list[str]] = {player: [] for player in players}

    @property
    def _journal(self) -> Journal:
        return self._asker.journal

    async def propose_in_vain(self) -> None:
        """Proposes what ends by itself, and gives everything back."""
        one, other = self._chance.sample(self._players, 2)
        offered = Side(coins=2 * FEE_DIVISOR, ore=3)
        await self._asker.settle(Propose(one, next(self._ids), other, offered, lifetime_s=1))

    async def step(self) -> None:
        """Carries out one operation that is possible, and checks its answer."""
        operation = self._draw()
        if isinstance(operation, Buy):
            answer = await self._asker.settle_or_refused(operation, errors.SoldOut)
            if isinstance(answer, errors.SoldOut):
                assert operation.offer == "few", operation
                return
        else:
            answer = await self._asker.settle(operation)
        if isinstance(operation, Move):
            return
        if self._exact:
            check(self._journal.player, operation, answer)
        self._note(operation, answer)

    def _draw(self) -> Move | Deal:
        one, other = self._chance.sample(self._players, 2)
        player, key = self._journal.player(one), next(self._ids)
        if player.balances["coins"] < COINS_MIN:
            return Move(one, key, "coins", PURSE)
        for item, quantity in GOODS:
            if player.items[item] < (ORE_MIN if item == ORE else USED_MIN):
                return Grant(one, key, item, quantity)
        kind = self._chance.random()
        if kind < 0.25:
            offer = self._chance.choice(("potion_pack", "edition", "edition", "few"))
            if all(player.items[item] < most for item, most in ROOM.items()):
                return Buy(one, key, offer)
        if kind < 0.35:
            return Consume(one, key)
        if kind < 0.45 and player.items[ORE] < ROOM[ORE]:
            return Open(one, key)
        if kind < 0.6:
            return Transfer(one, key, other, FEE_DIVISOR * self._chance.randrange(1, 4))
        if len(self._open) < OPEN_MAX and self._chance.random() < 0.6:
            requested = self._chance.choice((Side(), Side(coins=FEE_DIVISOR, ore=2)))
            return Propose(one, key, other, self._offer(one), requested)
        if self._open:
            return self._end(key)
        return Transfer(one, key, other, FEE_DIVISOR)

    def _offer(self, player: str) -> Side:
        sword = self._swords[player].pop() if self._swords[player] else ""
        return Side(FEE_DIVISOR * self._chance.randrange(3), self._chance.randrange(1, 6), sword)

    def _end(self, key: str) -> End:
        terms, trade_id = self._open.pop(self._chance.randrange(len(self._open)))
        partner = self._journal.player(terms.companion)
        enough = partner.balances["coins"] >= COINS_MIN and partner.items[ORE] >= ORE_MIN
        if enough and self._chance.random() < 0.6:
            return accept(key, terms, trade_id)
        parties = [terms.player, terms.companion]
        self._chance.shuffle(parties)
        return End(parties[0], key, parties[1], terms, trade_id, accepted=False)

    def _note(self, deal: Deal, answer: Any) -> None:
        match deal:
            case Buy(offer="edition"):
                (item,) = answer.purchase.rewards.items
                assert item.instance_id, answer
                self._swords[deal.player].append(item.instance_id)
            case Propose():
                self._open.append((deal, answer.trade.trade_id))
            case End(terms=terms) if terms.offered.sword:
                owner = deal.player if deal.accepted else terms.player
                self._swords[owner].append(terms.offered.sword)
            case _:
                pass


class Market:
    """Two pairs, each played by turns from one place, and three players from six places.

    Args:
        asker: asks.
        name: what the players' names begin with.
        chance: decides.
        expiring: whether trades are proposed that end by themselves; somebody must wait for that.
    """

    def __init__(
        self, asker: Asker, name: str, chance: random.Random, *, expiring: bool = False
    ) -> None:
        self._pairs = [(f"{name}p{number}", f"{name}q{number}") for number in range(2)]
        self._crowd = [f"{name}c{number}" for number in range(3)]
        self._asker = asker
        self._chance = chance
        self._expiring = expiring
        self._ids = (f"{name}d{number}" for number in itertools.count(1))

    @property
    def players(self) -> list[str]:
        """Everybody."""
        return [player for pair in self._pairs for player in pair] + self._crowd

    async def play(
        self, pause: Callable[[], Awaitable[None]], stopping: Callable[[], bool]
    ) -> None:
        """Deals until it is time to stop."""

        async def deal(place: Place) -> None:
            while not stopping():
                await pause()
                await place.step()

        async with asyncio.TaskGroup() as group:
            for player in self.players:
                group.create_task(self._begin(player))
        crowd = [self._place(self._crowd, exact=False) for _ in range(CROWD_PLACES)]
        for place in crowd[: CROWD_PLACES * self._expiring]:
            await place.propose_in_vain()
        pairs = [self._place(pair, exact=True) for pair in self._pairs]
        async with asyncio.TaskGroup() as group:
            for place in (*pairs, *crowd):
                group.create_task(deal(place))

    def _place(self, players: Sequence[str], *, exact: bool) -> Place:
        return Place(self._asker, players, self._chance, self._ids, exact=exact)

    async def _begin(self, player: str) -> None:
        for operation in dowry(player, self._ids):
            await self._asker.settle(operation)
