"""Five times the load: what is too much is shed early, and leaves no trace."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field

import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from tests.chaos.asking import ask_raw
from tests.chaos.lengths import runs
from tests.chaos.model import Activity
from tests.chaos.site import Site
from tests.chaos.truth import verify_invariants
from tests.kit.processes import resident_bytes

QUEUE_CAPACITY = 64
CALLERS = 5 * QUEUE_CAPACITY
CALLS = 3000
GROWTH_BYTES_MAX = 64 * 2**20
ACCEPTED_P99_S_MAX = 8.0

REFUSED_STREAM = "RST_STREAM with error code 7"
"""HTTP/2's word for a call that nobody has looked at: one too many for its connection. Clients
count their calls a moment behind the server."""

REFUSED_SHARE_MAX = 0.01


@dataclass(slots=True)
class Answers:
    """How calls were answered; times in seconds.

    Attributes:
        accepted: by activity.
        shed: those the queue had no room for.
        refused: those for which their connection had no room.
    """

    accepted: dict[str, float] = field(default_factory=dict)
    shed: list[float] = field(default_factory=list)
    refused: int = 0


@runs("native")
async def test_overload_is_shed_early(site: Site, transport: str, seconds: float) -> None:
    await site.serve("native")
    name = f"overload-{transport}-{seconds:.0f}"
    async with (
        site.extra_worker(transport, queue_capacity=QUEUE_CAPACITY, batch_max=16) as extra,
        site.clients(extra.address) as (client,),
    ):
        await _call(client, Answers(), f"{name}-first", "first")  # what is made once is made
        before = resident_bytes(extra.pid)
        answers = Answers()
        until = time.monotonic() + seconds
        left = iter(range(10**9))

        async def caller(number: int) -> None:
            for call in left:
                if call >= CALLS and time.monotonic() >= until:
                    return
                await _call(client, answers, f"{name}-{number}", f"{name}-{call}")

        await asyncio.gather(*[caller(number) for number in range(CALLERS)])
        grown = resident_bytes(extra.pid) - before
        accepted = sorted(answers.accepted.values())
        report = (
            f"{len(accepted)} accepted, {len(answers.shed)} shed, {answers.refused} refused;"
            f" p99 of accepted {accepted[int(len(accepted) * 0.99)]:.3f} s; median of shed"
            f" {statistics.median(answers.shed or [0]):.3f} s; grown by {grown / 2**20:.1f} MiB"
        )
        print(report)
        assert len(accepted) > CALLS / 100, report
        assert len(answers.shed) > CALLS / 100, report
        assert answers.refused <= REFUSED_SHARE_MAX * len(accepted), report
        assert accepted[int(len(accepted) * 0.99)] < ACCEPTED_P99_S_MAX, report
        assert grown < GROWTH_BYTES_MAX, report
        async with site.sql() as sql:
            rows = await sql.fetch(
                "SELECT activity_id FROM activities WHERE starts_with(activity_id, $1)", name
            )
        await verify_invariants(site)
        assert {row[0] for row in rows} == set(answers.accepted), "what was shed left a trace"


async def _call(client: renown.Client, answers: Answers, player: str, key: str) -> None:
    started = time.monotonic()
    try:
        await ask_raw(client, Activity(player, key, "lesson_completed", 10))
    except grpc.aio.AioRpcError as cause:
        error = from_rpc_error(cause)
        if REFUSED_STREAM in error.message:
            answers.refused += 1
            return
        assert isinstance(error, errors.Overloaded), f"{key}: {error!r}"
        assert error.retry_after, f"{key}: {error!r} says not when to try again"
        assert error.violations, f"{key}: {error!r} names no quota"
        answers.shed.append(time.monotonic() - started)
    else:
        answers.accepted[key] = time.monotonic() - started
