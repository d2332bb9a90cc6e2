"""Players who play, and whose every answer is checked."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.journal import Journal
from tests.chaos.market import Market
from tests.chaos.model import Activity, Move, Operation, Player, Score
from tests.kit.eventually import eventually

PAUSE_MAX_S = 0.15
"""Between two operations of one player: the processor is also needed by those who restart."""

KINDS = (
    "lesson_completed",
    "lesson_completed",
    "course_completed",
    "hours_logged",
    "task_completed",
)


class Load:
    """Players who play until the block ends; what was begun is finished.

    Some play alone, and each of their answers must continue the last. Some are played from
    several places at once, and only the sum counts. Some deal with one another.

    Args:
        clients: of one installation.
        name: what the players' names begin with.
        seed: of all decisions.
        alone: how many play alone.
        shared: how many are played from several places.
        boards: the boards they submit scores to.
        expiring: whether trades are proposed that end by themselves.
    """

    def __init__(
        self,
        clients: Sequence[renown.Client],
        name: str,
        *,
        seed: int = 1,
        alone: int = 24,
        shared: int = 3,
        boards: Sequence[str] = ("high_score", "best_time"),
        expiring: bool = False,
    ) -> None:
        self.journal = Journal()
        self.name = name
        self.alone = [f"{name}a{number}" for number in range(alone)]
        self.shared = [f"{name}s{number}" for number in range(shared)]
        self._asker = Asker(clients, self.journal, random.Random(seed))
        self._market = Market(self._asker, name, random.Random(seed + 2), expiring=expiring)
        self._chance = random.Random(seed + 1)
        self._boards = boards
        self._ids = itertools.count(1)
        self._stopping = False
        self._playing: asyncio.Task[None] | None = None

    @property
    def players(self) -> list[str]:
        """Everybody."""
        return self.alone + self.shared + self._market.players

    async def __aenter__(self) -> Self:
        self._playing = asyncio.create_task(self._play())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._playing is not None
        self._stopping = True
        if error is not None:
            self._playing.cancel()
        try:
            await asyncio.gather(self._playing, return_exceptions=error is not None)
        finally:
            print(f"{self.name}: {self.journal.report()}")

    async def progress(self, count: int, patience_s: float = 120.0) -> None:
        """Waits until so many more operations have been acknowledged.

        Raises:
            AssertionError: they are not in time, or a client got a wrong answer.
        """
        journal, playing = self.journal, self._playing
        assert playing is not None
        target = len(journal.acknowledged) + count

        async def reached() -> bool:
            if playing.done():
                playing.result()
            return len(journal.acknowledged) >= target

        try:
            await eventually(reached, patience_s)
        except AssertionError as error:
            missing = target - len(journal.acknowledged)
            raise AssertionError(f"{missing} short of {count}: {journal.report()}") from error

    async def _play(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._market.play(self._pause, lambda: self._stopping))
            for number, player in enumerate(self.alone):
                group.create_task(self._play_alone(player, by_sdk=number % 3 == 0))
            for player in self.shared:
                ready = asyncio.Event()
                for place in range(4):
                    group.create_task(self._play_along(player, ready, first=place == 0))

    async def _play_alone(self, player: str, *, by_sdk: bool) -> None:
        """One operation after the other; each answer must say what the model says."""
        expected = self.journal.player(player)
        last = 0
        while not self._stopping:
            await self._pause()
            if last and not by_sdk and self._chance.random() < 0.1:
                last = await self._play_batch(player, last)
                continue
            operation = self._draw(player, new=not last)
            if isinstance(operation, Move) and operation.amount < 0:
                await self._debit(operation, expected)
                continue
            answer = await self._asker.settle(operation, raw=not by_sdk)
            found = _unwrap(operation, answer) if not by_sdk else answer
            last = _check_continues(operation, found, expected, last)

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, PAUSE_MAX_S))

    async def _play_batch(self, player: str, last: int) -> int:
        activities = [self._activity(player) for _ in range(5)]
        for answer in await self._asker.settle_batch(activities):
            assert answer.first_sequence > last, f"{answer} after sequence {last}"
            last = answer.last_sequence
        return last

    async def _play_along(self, player: str, ready: asyncio.Event, *, first: bool) -> None:
        """Plays a player whom others play at the same time."""
        if first:
            await self._asker.settle(self._draw(player, new=True))
            ready.set()
        await ready.wait()
        while not self._stopping:
            await self._pause()
            operation = self._draw(player, new=False)
            if not (isinstance(operation, Move) and operation.amount < 0):
                await self._asker.settle(operation)

    async def _debit(self, move: Move, expected: Player) -> None:
        """Takes money if there is enough; more is refused, and the same way again."""
        balance = expected.balances[move.currency]
        if balance >= -move.amount:
            answer = await self._asker.settle(move)
            _check_continues(move, _unwrap(move, answer), expected, 0)
            return

        async def refused(client: renown.Client) -> errors.InsufficientFunds:
            try:
                answer = await ask_raw(client, move)
            except grpc.aio.AioRpcError as cause:
                error = from_rpc_error(cause)
                if isinstance(error, errors.InsufficientFunds):
                    return error
                raise
            raise AssertionError(f"{move} with {balance}: {answer}")

        for _ in range(2):
            error = await self._asker.repeat(refused)
            assert (error.needed, error.available) == (-move.amount, balance), f"{move}: {error!r}"
        self.journal.refused.add((move.player, move.id))

    def _draw(self, player: str, *, new: bool) -> Activity | Move | Score:
        """What is done next; a player comes into being by an activity."""
        kind = self._chance.random()
        if new or kind < 0.6:
            return self._activity(player)
        if kind < 0.8:
            currency = self._chance.choice(("coins", "gems"))
            amount = self._chance.choice((-300, -20, 1, 7, 40))
            return Move(player, f"{self.name}m{next(self._ids)}", currency, amount)
        board = self._chance.choice(self._boards)
        # Few values: ties are frequent.
        return Score(player, f"{self.name}s{next(self._ids)}", board, self._chance.randrange(60))

    def _activity(self, player: str) -> Activity:
        kind = self._chance.choice(KINDS)
        amount = 0 if kind == "course_completed" else self._chance.randrange(10, 51)
        return Activity(
            player, f"a{next(self._ids)}", kind, amount, perfect=self._chance.random() < 0.3
        )


def _unwrap(operation: Operation, response: Any) -> Any:
    """The part of a response that the SDK returns."""
    return response.transaction if isinstance(operation, Move) else response.result


def _check_continues(operation: Operation, found: Any, expected: Player, last: int) -> int:
    """Compares an answer with the model after it; returns the player's last known sequence."""
    evidence = f"{operation} was answered by {found}, expected {expected}"
    if isinstance(operation, Score):
        assert found.change.score == expected.best[operation.board], evidence
        return last
    postings = found.postings if isinstance(operation, Move) else found.currencies
    after = {posting.currency: posting.balance_after for posting in postings}
    assert all(after[code] == expected.balances[code] for code in after), evidence
    assert after, evidence
    if isinstance(operation, Activity):
        assert found.xp.total == expected.xp, evidence
        assert found.xp.level == expected.level, evidence
        assert found.first_sequence > last, evidence
        return int(found.last_sequence)
    return last
