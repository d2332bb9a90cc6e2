"""The process between an owner and its servers, so that they never outlive it.

It has its own session, so a signal to the owner's process group does not reach it, and holds the
reading end of a pipe whose writing end only the owner has: however the owner dies, the pipe
closes, and the guardian stops both servers. Should the guardian itself be killed, the kernel
signals them (Linux).

Over the pipe come requests, one JSON object a line; each gets one line back on stdout.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import Any

from renown_server.storage.embedded.postgres import Postgres
from renown_server.storage.embedded.spec import EmbeddedServersError, GuardianSpec
from renown_server.storage.embedded.valkey import Valkey

OWNER_CHECK_SECONDS = 1.0


class Guardian:
    """Owns both servers and obeys the owner."""

    def __init__(self, spec: GuardianSpec) -> None:
        self._spec = spec
        self._servers: dict[str, Postgres | Valkey] = {
            "postgres": Postgres(spec),
            "valkey": Valkey(spec),
        }

    def start_all(self) -> None:
        """Makes the cluster if there is none and starts both servers."""
        postgres = self._servers["postgres"]
        if isinstance(postgres, Postgres):
            postgres.create()
        for server in self._servers.values():
            server.start()

    def obey(self, request: dict[str, str]) -> None:
        """Carries out one request of the owner."""
        server = self._servers[request["server"]]
        match request["do"]:
            case "start":
                if server.process.pid is None:
                    server.start()
            case "signal":
                server.process.send(signal.Signals[request["signal"]])
            case "stop":
                server.process.send(signal.Signals[request["signal"]])
                server.wait_stopped()

    def pids(self) -> dict[str, int | None]:
        """Returns each server's process id, None for one that does not run."""
        return {name: server.process.pid for name, server in self._servers.items()}

    def stop_all(self) -> None:
        """Stops both servers, cleanly if they let it, and removes their sockets."""
        for server in self._servers.values():
            server.process.ask_to_stop()
        for server in self._servers.values():
            server.wait_stopped()
        shutil.rmtree(self._spec.socket_dir, ignore_errors=True)


def requests(owner_pid: int) -> Iterator[dict[str, str]]:
    """Yields the owner's requests until it closes the pipe or is gone."""
    pending = b""
    while True:
        readable, _, _ = select.select([0], [], [], OWNER_CHECK_SECONDS)
        if not readable:
            # A forked child of the owner may hold the pipe open; the owner's death still counts.
            if os.getppid() != owner_pid:
                return
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            return
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            request: dict[str, str] = json.loads(line)
            if request["do"] == "quit":
                return
            yield request


def answer(guardian: Guardian, error: str | None = None) -> None:
    """Sends one line to the owner, if it still listens."""
    reply: dict[str, Any] = {"error": error, "pids": guardian.pids()}
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(reply).encode() + b"\n")


def main() -> None:
    """Runs a guardian for the spec on the command line."""
    spec = GuardianSpec.from_json(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    guardian = Guardian(spec)
    try:
        try:
            guardian.start_all()
        except (EmbeddedServersError, OSError) as error:
            return answer(guardian, str(error))
        answer(guardian)
        for request in requests(spec.owner_pid):
            try:
                guardian.obey(request)
            except EmbeddedServersError as error:
                answer(guardian, str(error))
            else:
                answer(guardian)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        guardian.stop_all()


if __name__ == "__main__":
    main()
