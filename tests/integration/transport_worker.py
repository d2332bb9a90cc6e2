"""Workers for the tests of `renown_server.workers`, and a parent that can be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from renown.v1 import currency_service_pb2 as currency
from renown_server.calls import CallContext
from renown_server.transport.logs import configure_logs
from renown_server.transport.ports import reserve_port
from renown_server.transport.settings import CannotServe, TransportSettings
from renown_server.workers import Serving, WorkerPlan, run_workers
from tests.integration.transport_fakes import Game

ROOT = Path(__file__).resolve().parent.parent.parent


def plan(
    name: str, payload: dict[str, Any], count: int = 2, metrics_port: int | None = None
) -> WorkerPlan:
    """Plans workers that run a function of this module."""
    return WorkerPlan(
        count=count,
        # Not __name__: the parent that is killed runs this as __main__.
        target=f"tests.integration.transport_worker:{name}",
        payload=payload,
        grace_s=5.0,
        metrics_port=metrics_port,
        environment={"PYTHONPATH": str(ROOT)},
    )


async def serve(payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Serves wallets that belong to the process."""
    settings = TransportSettings(
        port=payload["port"], share_port=True, transport=payload["transport"]
    )
    game = Game(settings)

    async def answer(request: object, call: CallContext) -> currency.GetWalletResponse:
        return currency.GetWalletResponse(wallet=currency.Wallet(player_id=str(os.getpid())))

    game.currency.answer = answer
    await game.server.start()
    ready()
    await stop.wait()
    await game.server.stop(1.0)


async def refuse(payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Cannot start."""
    raise CannotServe("there is no database")


async def crash(payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Has a bug."""
    raise ZeroDivisionError("by zero")


async def vanish(payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Ends without a word."""
    os._exit(7)


async def ignore(payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Does not finish when it is told to."""
    ready()
    await asyncio.Event().wait()


def main() -> None:
    """Runs two workers and prints their process ids and port, for a test that kills this."""
    configure_logs("console")
    with reserve_port("127.0.0.1", 0) as reserved:
        port = reserved.getsockname()[1]
        serving = plan("serve", {"port": port, "transport": sys.argv[1]})

        def ready(now: Serving) -> None:
            print(port, *now.process_ids, flush=True)

        asyncio.run(run_workers(serving, ready))


if __name__ == "__main__":
    main()
