"""Clients that write down what was acknowledged, and ask again until it is."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import leaderboard_service_pb2 as leaderboard_pb
from renown.v1.common_pb2 import CurrencyAmount
from tests.chaos.model import Activity, Move, Operation, Player, Score
from tests.kit.eventually import eventually

ATTEMPT_S = 6.0
SETTLE_S = 90.0
"""How long one operation is asked for again before that is a failure."""

PAUSE_MAX_S = 0.15
"""Between two operations of one player: the processor is also needed by those who restart."""

MAYBE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        # Of a server that goes away, before it has looked at the call.
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""The answers after which the same request may be sent again."""

WITH_RETRY_INFO = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


KINDS = (
    "lesson_completed",
    "lesson_completed",
    "course_completed",
    "hours_logged",
    "task_completed",
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An operation and its answer.

    Attributes:
        raw: the answer is the message itself, not the SDK's value.
    """

    operation: Operation
    answer: Any
    raw: bool


@dataclass(slots=True)
class Journal:
    """What clients were told.

    Attributes:
        acknowledged: by player and id.
        refused: debits beyond the balance.
        players: what everybody must have.
        failures: answers other than OK, by code and reason.
        slowest_s: the longest that any attempt took that was answered well.
    """

    acknowledged: dict[tuple[str, str], Acknowledged] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    players: dict[str, Player] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def acknowledge(self, operation: Operation, answer: object, *, raw: bool) -> None:
        """Notes an operation that was answered well, the first time."""
        key = operation.player, operation.id
        assert key not in self.acknowledged, f"asked for twice by the test: {operation}"
        self.acknowledged[key] = Acknowledged(operation, answer, raw)
        self.player(operation.player).apply(operation)

    def player(self, player: str) -> Player:
        """What a player must have."""
        return self.players.setdefault(player, Player())

    def note(self, error: errors.RenownError) -> None:
        """Notes an answer other than OK.

        Raises:
            AssertionError: callers may not get it for what happens here.
        """
        self.failures[error.code.name, error.reason or error.message[:60]] += 1
        assert error.code in MAYBE, f"not an answer to a valid request: {error!r}"
        if error.reason and error.code in WITH_RETRY_INFO:
            assert error.retry_after is not None, f"says not when to try again: {error!r}"

    def report(self) -> str:
        """What happened, for whoever reads a failed test."""
        failures = ", ".join(f"{n}x {code} {why}" for (code, why), n in self.failures.most_common())
        return (
            f"{len(self.acknowledged)} acknowledged, {len(self.refused)} refused, "
            f"slowest {self.slowest_s:.2f} s; failures: {failures or 'none'}"
        )


class Asker:
    """Asks for operations until they are acknowledged.

    Args:
        clients: of one installation; each attempt takes any of them.
        journal: where answers are noted.
        chance: decides.
    """

    def __init__(
        self, clients: Sequence[renown.Client], journal: Journal, chance: random.Random
    ) -> None:
        self.journal = journal
        self._clients = clients
        self._chance = chance

    async def settle(self, operation: Operation, *, raw: bool = True) -> Any:
        """Asks for an operation until it is answered well; returns the answer.

        Raises:
            AssertionError: it gets another answer, or none for too long.
        """
        ask = ask_raw if raw else ask_sdk
        answer = await self.repeat(lambda client: ask(client, operation))
        self.journal.acknowledge(operation, answer, raw=raw)
        return answer

    async def settle_batch(self, activities: Sequence[Activity]) -> list[Any]:
        """Asks for activities in one call, again with all of them until each is answered well."""
        request = activity_pb.BatchRecordActivitiesRequest(
            activities=[_activity(activity) for activity in activities]
        )

        async def ask(client: renown.Client) -> list[Any]:
            call = client.raw.activity.BatchRecordActivities(request, timeout=ATTEMPT_S)
            items = (await call).items
            failed = [item.error for item in items if item.WhichOneof("outcome") == "error"]
            if failed:
                raise renown._status.from_status(failed[0])
            return [item.result for item in items]

        answers: list[Any] = await self.repeat(ask)
        for activity, answer in zip(activities, answers, strict=True):
            response = activity_pb.RecordActivityResponse(result=answer)
            self.journal.acknowledge(activity, response, raw=True)
        return answers

    async def repeat(self, ask: Callable[[renown.Client], Coroutine[Any, Any, Any]]) -> Any:
        """Asks until there is an answer that is not a reason to ask again."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + SETTLE_S
        while True:
            started = clock()
            try:
                answer = await ask(self._chance.choice(self._clients))
            except grpc.aio.AioRpcError as cause:
                failure = from_rpc_error(cause)
            except errors.RenownError as error:
                failure = error
            else:
                self.journal.slowest_s = max(self.journal.slowest_s, clock() - started)
                return answer
            self.journal.note(failure)
            assert clock() < deadline, f"no good answer in {SETTLE_S} s, lastly {failure!r}"
            asked_s = failure.retry_after.total_seconds() if failure.retry_after else 0.0
            await asyncio.sleep(asked_s + self._chance.uniform(0.05, 0.4))


class Load:
    """Players who play until the block ends; what was begun is finished.

    Some play alone, and each of their answers must continue the last. Some are played from
    several places at once, and only the sum counts.

    Args:
        clients: of one installation.
        name: what the players' names begin with.
        seed: of all decisions.
        alone: how many play alone.
        shared: how many are played from several places.
        boards: the boards they submit scores to.
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
    ) -> None:
        self.journal = Journal()
        self.name = name
        self.alone = [f"{name}a{number}" for number in range(alone)]
        self.shared = [f"{name}s{number}" for number in range(shared)]
        self._asker = Asker(clients, self.journal, random.Random(seed))
        self._chance = random.Random(seed + 1)
        self._boards = boards
        self._ids = itertools.count(1)
        self._stopping = False
        self._playing: asyncio.Task[None] | None = None

    @property
    def players(self) -> list[str]:
        """Everybody."""
        return self.alone + self.shared

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

    def _draw(self, player: str, *, new: bool) -> Operation:
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


async def ask_raw(client: renown.Client, operation: Operation) -> Any:
    """Sends one request by the bare stub, once."""
    match operation:
        case Activity():
            request = activity_pb.RecordActivityRequest(activity=_activity(operation))
            return await client.raw.activity.RecordActivity(request, timeout=ATTEMPT_S)
        case Move():
            money = [CurrencyAmount(currency=operation.currency, amount=abs(operation.amount))]
            fields: Any = {
                "request_id": operation.id,
                "player_id": operation.player,
                "amounts": money,
            }
            if operation.amount > 0:
                credit = currency_pb.CreditRequest(**fields)
                return await client.raw.currency.Credit(credit, timeout=ATTEMPT_S)
            debit = currency_pb.DebitRequest(**fields)
            return await client.raw.currency.Debit(debit, timeout=ATTEMPT_S)
        case Score():
            score = leaderboard_pb.SubmitScoreRequest(
                request_id=operation.id,
                player_id=operation.player,
                leaderboard_id=operation.board,
                score=operation.value,
            )
            return await client.raw.leaderboard.SubmitScore(score, timeout=ATTEMPT_S)


async def ask_sdk(client: renown.Client, operation: Operation) -> Any:
    """Carries out an operation by the SDK, which retries by itself."""
    player, key = operation.player, operation.id
    match operation:
        case Activity():
            return await client.activities.record(
                player,
                operation.kind,
                activity_id=key,
                perfect=operation.perfect,
                amount=operation.amount if operation.kind == "task_completed" else 0,
                metrics=_metrics(operation),
                context=_context(operation),
            )
        case Move() if operation.amount > 0:
            money = {operation.currency: operation.amount}
            return await client.wallets.credit(player, money, request_id=key)
        case Move():
            money = {operation.currency: -operation.amount}
            return await client.wallets.debit(player, money, request_id=key)
        case Score():
            return await client.leaderboards.submit(
                operation.board, player, operation.value, request_id=key
            )


def _activity(operation: Activity) -> activity_pb.Activity:
    return activity_pb.Activity(
        player_id=operation.player,
        activity_id=operation.id,
        type=operation.kind,
        amount=operation.amount if operation.kind == "task_completed" else 0,
        metrics=_metrics(operation),
        context=_context(operation),
        performance=activity_pb.Performance(perfect=True) if operation.perfect else None,
    )


def _metrics(operation: Activity) -> dict[str, int]:
    name = {"lesson_completed": "study_minutes", "hours_logged": "hours"}.get(operation.kind)
    return {name: operation.amount} if name else {}


def _context(operation: Activity) -> dict[str, str]:
    return {"difficulty": "easy"} if operation.kind == "course_completed" else {}


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
