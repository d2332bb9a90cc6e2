"""One worker process: `python -m renown_server.worker`, started by `workers` only.

Its standard input is a pipe from its parent: the first line says what to run, and its end means
that the parent is gone, however that died. A second pipe takes the worker's one report.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from renown_server.transport.settings import CannotServe

READY = b"ready"
REPORT_BYTES_MAX = 2000

Main = Callable[[dict[str, Any], Callable[[], None], asyncio.Event], Awaitable[None]]


class Report:
    """The one thing a worker tells its parent: that it serves, or why it cannot."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        os.set_inheritable(descriptor, False)

    def ready(self) -> None:
        """Says that calls are served."""
        # What has been loaded stays for good: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        # Looking seldom: batches make many objects and no cycles. A command at 256 in flight
        # costs 54 µs with the default thresholds and 39 with these.
        gc.set_threshold(100_000, 50, 1000)
        self._send(READY)

    def failed(self, reason: str) -> None:
        """Says why the worker gives up; only the first report counts."""
        self._send(reason.encode()[:REPORT_BYTES_MAX])

    def _send(self, text: bytes) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.write(descriptor, text)
            os.close(descriptor)


def main() -> None:
    """Runs what the parent asks for until it says stop, and exits."""
    report = Report(int(sys.argv[1]))
    order = json.loads(_read_line())
    threading.Thread(target=_die_with_parent, name="parent-watch", daemon=True).start()
    try:
        uvloop.run(_run(order["target"], order["payload"], report))
    except CannotServe as error:
        report.failed(str(error))
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must know
        traceback.print_exc()
        report.failed(f"{type(error).__name__}: {error}")
        raise SystemExit(1) from None


async def _run(target: str, payload: dict[str, Any], report: Report) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    module, _, name = target.partition(":")
    worker: Main = getattr(importlib.import_module(module), name)
    await worker(payload, report.ready, stop)


def _read_line() -> bytes:
    """Reads the order, and not a byte more: the rest of the pipe is the watch's."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise SystemExit(1)
        line += byte
    return line


def _die_with_parent() -> None:
    # A thread, since it must not wait for the event loop. At once, since whoever starts the
    # server anew needs its port: what was acknowledged is safe, and the rest is retried.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
