"""Callers who carry out deeds until each is answered, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error, from_status
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1.badge_service_pb2_grpc import BadgeServiceStub
from renown.v1.player_profile_service_pb2_grpc import PlayerProfileServiceStub
from renown.v1.quest_service_pb2_grpc import QuestServiceStub
from renown.v1.streak_service_pb2_grpc import StreakServiceStub
from tests.chaos.asking import ATTEMPT_S, SETTLE_S
from tests.chaos.deeds import Deed
from tests.chaos.journal import MAYBE
from tests.kit.eventually import eventually

Key = tuple[str, str]
"""Player, and activity_id or request_id."""

BATCH_MAX = 60
PATIENCE_S = 300.0
CALLERS = 16

WAITS = frozenset({"TIME_ZONE_CHANGED_RECENTLY"})
"""Reasons to wait for longer than a test can."""

UNRECORDED = frozenset({grpc.StatusCode.NOT_FOUND.name, grpc.StatusCode.RESOURCE_EXHAUSTED.name})
"""Refusals of which nothing is kept: the same request may be answered otherwise later."""

_STUBS: tuple[Any, ...] = (
    *(QuestServiceStub, BadgeServiceStub, StreakServiceStub, PlayerProfileServiceStub),
)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: the bytes of what was done, or why it was refused and whether that is kept."""

    done: bytes = b""
    refusal: str = ""
    lasts: bool = True


@dataclass(slots=True)
class Told:
    """What the callers were told.

    Attributes:
        deeds: by key, all that was answered.
        said: the answers.
        repeated: how many answers were heard once more, and were the same.
        failures: answers other than these, by code and reason.
    """

    deeds: dict[Key, Deed] = field(default_factory=dict)
    said: dict[Key, Said] = field(default_factory=dict)
    repeated: int = 0
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, deed: Deed, said: Said) -> None:
        """Notes an answer; another one than before is a failure of the server."""
        key = deed.player, deed.id
        first = self.said.setdefault(key, said)
        if not first.lasts:
            first = self.said[key] = said
        assert first == said, f"{deed}: first {first}, then {said}"
        self.repeated += key in self.deeds
        self.deeds[key] = deed

    @property
    def done(self) -> dict[Key, Deed]:
        """The deeds that were done."""
        return {key: deed for key, deed in self.deeds.items() if not self.said[key].refusal}

    @property
    def refused(self) -> Counter[str]:
        """How often each refusal was met."""
        return Counter(said.refusal for said in self.said.values() if said.refusal)


class School:
    """Callers with a queue of deeds.

    Args:
        clients: any of them is asked.
        deeds: what is to be done, in the order of this list, roughly.
        seed: of batches, repetitions and of whom is asked.
    """

    def __init__(self, clients: Sequence[renown.Client], deeds: Sequence[Deed], seed: int) -> None:
        self.told = Told()
        self._clients = clients
        self._chance = random.Random(seed)
        self._queue = deque(deeds)
        self._opened = asyncio.Event()
        self._opened.set()

    @asynccontextmanager
    async def recess(self) -> AsyncIterator[None]:
        """Nobody begins anything inside the block."""
        self._opened.clear()
        try:
            yield
        finally:
            self._opened.set()

    @property
    def left(self) -> int:
        """Deeds that nobody has begun."""
        return len(self._queue)

    async def until_left(self, count: int) -> None:
        """Returns when no more than so many deeds are left to begin."""

        async def few() -> bool:
            return self.left <= count

        await eventually(few, PATIENCE_S)

    async def empty(self) -> None:
        """Returns when all is answered."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(self._call())

    async def until_dead(self, doomed: renown.Client) -> None:
        """Asks one that dies; what it leaves without an answer is asked of others."""
        alive = True
        while alive and self._queue:
            chunk = self._chunk()
            alive = await self._once(doomed, chunk, self._is_batch(chunk))
            await self.settle(chunk)

    async def settle(self, chunk: Sequence[Deed]) -> None:
        """Asks until everything is answered; what is answered already may be asked again."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + SETTLE_S
        while left := [deed for deed in chunk if (deed.player, deed.id) not in self.told.deeds]:
            client = self._chance.choice(self._clients)
            again = left if self._chance.random() < 0.5 else chunk
            if not await self._once(client, again, self._is_batch(again)):
                assert clock() < deadline, f"no answer in {SETTLE_S} s: {self.told.failures}"
                await asyncio.sleep(self._chance.uniform(0.05, 0.4))

    async def _call(self) -> None:
        done: list[Deed] = []
        while self._queue:
            await self._opened.wait()
            chunk = self._chunk()
            if self._chance.random() < 0.05:
                # From two places at once: one of them does it, both hear the same.
                await asyncio.gather(self._blindly(chunk), self.settle(chunk))
            await self.settle(chunk)
            done = [*done[-200:], *chunk]
            if self._chance.random() < 0.15:
                await self._blindly(self._chance.sample(done, min(len(done), 10)))

    async def _blindly(self, deeds: Sequence[Deed]) -> None:
        """Asks once, in batches of its own, whatever comes of it."""
        client = self._chance.choice(self._clients)
        activities = [deed for deed in deeds if deed.is_activity]
        if activities:
            await self._once(client, activities, True)
        for deed in deeds:
            if not deed.is_activity:
                await self._once(client, [deed], False)

    def _chunk(self) -> list[Deed]:
        """What is next: one deed, or a batch of activities."""
        size = 1 if self._chance.random() < 0.5 else self._chance.randint(2, BATCH_MAX)
        chunk: list[Deed] = []
        while self._queue and len(chunk) < size:
            if chunk and not self._queue[0].is_activity:
                break
            chunk.append(self._queue.popleft())
            if not chunk[0].is_activity:
                break
        return chunk

    def _is_batch(self, chunk: Sequence[Deed]) -> bool:
        return len(chunk) > 1 or (chunk[0].is_activity and self._chance.random() < 0.2)

    async def _once(self, client: renown.Client, chunk: Sequence[Deed], batch: bool) -> bool:
        """Asks once; whether all of it was answered."""
        if not batch:
            return all([await self._one(client, deed) for deed in chunk])
        request = activity_pb.BatchRecordActivitiesRequest(
            activities=[deed.request for deed in chunk]
        )
        try:
            answer = await client.raw.activity.BatchRecordActivities(request, timeout=ATTEMPT_S)
        except grpc.aio.AioRpcError as cause:
            return self._note(None, from_rpc_error(cause))
        good = True
        for deed, item in zip(chunk, answer.items, strict=True):
            if item.WhichOneof("outcome") == "error":
                good &= self._note(deed, from_status(item.error))
            else:
                self.told.take(deed, _said(item.result))
        return good

    async def _one(self, client: renown.Client, deed: Deed) -> bool:
        try:
            answer = await _send(client, deed)
        except grpc.aio.AioRpcError as cause:
            return self._note(deed, from_rpc_error(cause))
        self.told.take(deed, _said(answer))
        return True

    def _note(self, deed: Deed | None, error: errors.RenownError) -> bool:
        """Whether an error is an answer; what is none may be asked again."""
        if error.code in MAYBE and error.reason not in WAITS:
            self.told.failures[error.code.name, error.reason or error.message[:60]] += 1
            return False
        assert deed is not None, f"a whole batch was refused: {error!r}"
        assert error.reason, f"{deed}: {error!r}"
        lasts = error.code.name not in UNRECORDED
        self.told.take(deed, Said(refusal=error.reason, lasts=lasts))
        return True


async def _send(client: renown.Client, deed: Deed) -> Any:
    if deed.is_activity:
        request = activity_pb.RecordActivityRequest(activity=deed.request)
        return (await client.raw.activity.RecordActivity(request, timeout=ATTEMPT_S)).result
    name = type(deed.request).__name__.removesuffix("Request")
    for kind in _STUBS:
        method = getattr(kind(client._channel), name, None)
        if method is not None:
            return await method(deed.request, timeout=ATTEMPT_S)
    raise AssertionError(name)


def _said(answer: Any) -> Said:
    return Said(answer.SerializeToString(deterministic=True))
