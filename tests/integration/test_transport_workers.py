"""Worker processes: sharing a port, dying, being replaced, ending with their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc
import psutil
import pytest
from structlog.testing import capture_logs

from renown.v1 import currency_service_pb2 as currency
from renown_server.transport.ports import ensure_port_free, reserve_port
from renown_server.transport.settings import CannotServe
from renown_server.workers import Serving, WorkerPlan, run_workers
from tests.integration.transport_fakes import CURRENCY
from tests.integration.transport_worker import ROOT, plan


@asynccontextmanager
async def running(planned: WorkerPlan) -> AsyncIterator[Serving]:
    """Runs workers until the end of the block."""
    started: asyncio.Queue[Serving] = asyncio.Queue()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run_workers(planned, started.put_nowait, stop))
        try:
            yield await started.get()
        finally:
            stop.set()
            await task


async def who_answers(port: int) -> int:
    """Calls over a connection of its own; returns the process that answered, 0 if none did."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        call = channel.unary_unary(
            f"/{CURRENCY}/GetWallet",
            request_serializer=currency.GetWalletRequest.SerializeToString,
            response_deserializer=currency.GetWalletResponse.FromString,
        )
        request = currency.GetWalletRequest(player_id="p")
        try:
            answer = await call(request, metadata=(("authorization", "Bearer server"),))
        except grpc.aio.AioRpcError:
            return 0
        return int(answer.wallet.player_id)


async def until_all_answer(port: int, count: int) -> set[int]:
    """Calls until so many processes have answered; the kernel spreads the connections."""
    found: set[int] = set()
    while len(found) < count:
        found |= {await who_answers(port)} - {0}
    return found


async def gone(*process_ids: int) -> None:
    """Waits until processes have ended."""
    await asyncio.to_thread(_wait_until_gone, process_ids)


def _wait_until_gone(process_ids: tuple[int, ...]) -> None:
    # Looking, not waiting for them: that would take their end from their parent.
    while any(_runs(process_id) for process_id in process_ids):
        time.sleep(0.02)


def _runs(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("transport", ["aio", "native"])
async def test_workers_share_a_port_and_are_replaced(transport: str) -> None:
    with reserve_port("127.0.0.1", 0) as reserved:
        port = reserved.getsockname()[1]
        planned = plan("serve", {"port": port, "transport": transport}, metrics_port=0)
        async with running(planned) as serving:
            assert await until_all_answer(port, 2) == set(serving.process_ids)
            victim, survivor = serving.process_ids
            with capture_logs() as logs:
                os.kill(victim, signal.SIGKILL)
                await gone(victim)
                found = {survivor}
                while len(found) < 2:
                    found |= {await who_answers(port)} - {0, victim}
            assert [log["reason"] for log in logs if log["log_level"] == "error"] == [
                "a worker was ended by SIGKILL"
            ]
            page = await asyncio.to_thread(read_metrics, serving.metrics_port)
            assert f'renown_rpc_calls_total{{code="OK",method="/{CURRENCY}/GetWallet"}}' in page
        await gone(*found)
    ensure_port_free("127.0.0.1", port)


def read_metrics(port: int) -> str:
    calls = "renown_rpc_calls_total{"
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            text: str = page.read().decode()
        # Workers publish once a second.
        if calls in text:
            return text


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("refuse", "there is no database"),
        ("crash", "ZeroDivisionError: by zero"),
        ("vanish", "a worker exited with code 7"),
        ("missing", "AttributeError"),
    ],
)
async def test_a_worker_that_cannot_start_says_why(target: str, reason: str) -> None:
    with pytest.raises(CannotServe, match=reason):
        await run_workers(plan(target, {}), unexpected)


async def test_a_worker_that_does_not_serve_in_time() -> None:
    planned = replace(plan("serve", {"port": 0, "transport": "aio"}, 1), start_timeout_s=0.0)
    with pytest.raises(CannotServe, match="did not serve within 0 s"):
        await run_workers(planned, unexpected)


def unexpected(serving: Serving) -> None:
    raise AssertionError(serving)


async def test_a_worker_that_does_not_finish_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renown_server.workers.EXIT_S", 0.0)
    async with running(replace(plan("ignore", {}), grace_s=0.2)) as serving:
        pass
    await gone(*serving.process_ids)


def test_a_payload_has_a_limit() -> None:
    with pytest.raises(ValueError, match="payload"):
        plan("serve", {"text": "x" * 40_000}).order()


@pytest.mark.parametrize("transport", ["aio", "native"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_workers_end_with_their_parent(number: signal.Signals, transport: str) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.transport_worker", transport),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert parent.stdout is not None
        port, *workers = [int(text) for text in (await parent.stdout.readline()).split()]
        assert len(workers) == 2
        assert await who_answers(port) in workers
    finally:
        parent.send_signal(number)
        code = await parent.wait()
    assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    await gone(*workers)
    ensure_port_free("127.0.0.1", port)
