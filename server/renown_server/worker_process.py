"""A worker process, seen from its parent: its pipes, its report, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from typing import Self

from renown_server.worker import READY, REPORT_BYTES_MAX

# A pipe holds 64 KiB: the parent never waits for a worker to read its order.
ORDER_BYTES_MAX = 32 * 1024


class WorkerProcess:
    """A process of `renown_server.worker`.

    It ends with its parent, also if that is killed, since the parent alone holds the other end
    of its standard input. It has a session of its own: Ctrl-C reaches only the parent.

    Attributes:
        process_id: the process.
    """

    def __init__(self, process: Process, lifeline: int, report: int) -> None:
        self.process_id = process.pid
        self._process = process
        self._lifeline = lifeline
        self._report_end = report
        self._report: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(report, self._on_report)

    @classmethod
    async def start(cls, order: bytes, environment: Mapping[str, str]) -> Self:
        """Starts a process.

        Args:
            order: the line it reads first, at most `ORDER_BYTES_MAX`.
            environment: added to this process's.
        """
        order_end, lifeline = os.pipe()
        report, report_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                # -P: what lies in the working directory is not for importing.
                *(sys.executable, "-P", "-m", "renown_server.worker", str(report_end)),
                stdin=order_end,
                pass_fds=(report_end,),
                env={**os.environ, **environment, "GRPC_ENABLE_FORK_SUPPORT": "0"},
                start_new_session=True,
            )
        except BaseException:
            os.close(lifeline)
            os.close(report)
            raise
        finally:
            os.close(order_end)
            os.close(report_end)
        # A worker that is dead already has nothing to read with.
        with contextlib.suppress(BrokenPipeError):
            os.write(lifeline, order)
        return cls(process, lifeline, report)

    async def refusal(self, timeout_s: float) -> str:
        """Waits until the worker serves, which is no refusal: an empty string.

        Returns why it doesn't otherwise; it may still run then.
        """
        try:
            report = await asyncio.wait_for(asyncio.shield(self._report), timeout_s)
        except TimeoutError:
            return f"a worker did not serve within {timeout_s:g} s"
        if report == READY:
            return ""
        return report.decode(errors="replace") or f"a worker {await self.ended()}"

    async def ended(self) -> str:
        """Waits until the process has ended and returns how, in words."""
        code = await self._process.wait()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"exited with code {code}"

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, if the process still runs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def close(self) -> None:
        """Closes the pipes; a process that still runs ends."""
        asyncio.get_running_loop().remove_reader(self._report_end)
        os.close(self._report_end)
        os.close(self._lifeline)

    def _on_report(self) -> None:
        # Reports are shorter than what a pipe passes on at once; nothing at all is its end.
        text = os.read(self._report_end, REPORT_BYTES_MAX)
        asyncio.get_running_loop().remove_reader(self._report_end)
        self._report.set_result(text)
