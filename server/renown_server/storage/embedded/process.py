"""One server process: started under its account, tied to the guardian's life, logging to a file."""

import contextlib
import ctypes
import functools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from renown_server.storage.embedded.account import credentials
from renown_server.storage.embedded.spec import EmbeddedServersError, GuardianSpec

POLL_SECONDS = 0.01
LOG_BYTES_MAX = 16 * 1024 * 1024
PR_SET_PDEATHSIG = 1


class ServerProcess:
    """A child of the guardian.

    Args:
        spec: What the owner asked for.
        name: For messages and the log's file name, such as ``postgres``.
        farewell: The signal for a clean stop, also sent by the kernel if the guardian dies.
    """

    def __init__(self, spec: GuardianSpec, name: str, farewell: signal.Signals) -> None:
        self.log = spec.data_dir / f"{name}.log"
        self._spec = spec
        self._name = name
        self._farewell = farewell
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id, or None while it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def run(self, command: Sequence[str]) -> int:
        """Runs a program to its end in the server's place and returns its exit code."""
        self._spawn(command)
        return self._child.wait() if self._child else 1

    def start(self, command: Sequence[str], is_ready: Callable[[], bool], seconds: float) -> None:
        """Starts the server and returns when it answers.

        Raises:
            EmbeddedServersError: it ended or did not answer in time.
        """
        self._spawn(command)
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.pid is None:
                raise EmbeddedServersError(f"{self._name} did not start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise EmbeddedServersError(
                    f"{self._name} did not answer in {seconds:.0f} s, see {self.log}"
                )
            time.sleep(POLL_SECONDS)

    def last_words(self) -> str:
        """Returns the most telling line logged since the last start, for a one-line message."""
        with self.log.open(errors="replace") as log:
            log.seek(self._log_start)
            lines = [line for line in log if line.strip() and "is starting up" not in line]
        telling = [line for line in lines if re.search("FATAL|PANIC|error:", line)]
        text = (telling or lines or ["no message"])[-1]
        return f"{text.strip()} (see {self.log})"

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, if it runs."""
        if self._child and self._child.poll() is None:
            self._child.send_signal(number)

    def ask_to_stop(self) -> None:
        """Asks for a clean stop without waiting; a paused server is woken first."""
        self.send(self._farewell)
        self.send(signal.SIGCONT)

    def wait_stopped(self, *harder: signal.Signals, seconds: float) -> None:
        """Waits for the end, sending the next harder signal each time ``seconds`` have passed."""
        if self._child is None:
            return
        for number in harder:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)
                return
            self.send(number)
        self._child.wait()

    def _spawn(self, command: Sequence[str]) -> None:
        self._log_start = rotate(self.log)
        tie = functools.partial(tie_to_guardian, os.getpid(), self._farewell)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",  # the caller's folder may be closed to the account
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"},
                pass_fds=(self._spec.lock_fd,),
                preexec_fn=tie,  # noqa: PLW1509
                **credentials(self._spec.account),
            )


def tie_to_guardian(guardian: int, farewell: signal.Signals) -> None:
    """Has the kernel end this process if the guardian dies; called in the child before exec.

    It must come after setuid, which would undo it. It is bound to the thread that forked: the
    guardian has only one.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(farewell))
    if os.getppid() != guardian:  # it died before the call
        os._exit(1)


def rotate(log: Path) -> int:
    """Keeps one older log once the current one has grown large; returns the current one's size."""
    size = log.stat().st_size if log.exists() else 0
    if size <= LOG_BYTES_MAX:
        return size
    log.rename(log.with_suffix(".log.old"))
    return 0
