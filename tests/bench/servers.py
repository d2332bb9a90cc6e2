"""Everything that serves: embedded Postgres and Valkey with fresh data, and the real server."""

import base64
import contextlib
import functools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from renown_server.storage.embedded.process import tie_to_guardian
from tests.bench.cascade.games import write_catalog
from tests.bench.cpu import Meter, peak_resident_bytes, processes, tree
from tests.bench.load import Server
from tests.bench.row import Game

RENOWN = Path(sys.executable).with_name("renown")
HEALTH = "/grpc.health.v1.Health/Check"
SERVING = b"\x08\x01"  # HealthCheckResponse(status=SERVING)
READY_SECONDS = 60
# Twice as long as workers wait before they publish their counters again.
METRICS_SECONDS = 2
VISITED = "renown_definitions_visited_total"
STOP_SECONDS = 30
# Losing these would make every write cheaper.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class ServersFailed(Exception):
    """The servers did not start."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The running servers."""

    server: Server
    embedded: EmbeddedServers
    transport: str
    environment: dict[str, str]
    data_dir: Path

    @property
    def database_url(self) -> str:
        """For looking at everything."""
        return self.embedded.urls.superuser_database_url

    def play(self, game: Game) -> None:
        """Makes another catalog the active one."""
        folder = write_catalog(game, self.data_dir / f"catalog-{game.value}")
        _renown(self.environment, "catalog", "apply", str(folder))

    def visited(self) -> int:
        """Definitions that the workers have looked at, once what they say of it is up to date."""
        time.sleep(METRICS_SECONDS)
        page = f"http://127.0.0.1:{self.environment['RENOWN_METRICS_PORT']}/metrics"
        with urllib.request.urlopen(page, timeout=READY_SECONDS) as answer:
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith(VISITED))

    def meter(self, generator_pid: int) -> Meter:
        """Returns a meter of all that serves, and of the generator."""
        if self.embedded.postgres_pid is None or self.embedded.redis_pid is None:
            raise ServersFailed("an embedded server has stopped")
        return Meter(
            {
                "workers": self.server.pid,
                "postgres": self.embedded.postgres_pid,
                "valkey": self.embedded.redis_pid,
                "generator": generator_pid,
            }
        )

    def peak_resident_bytes(self) -> list[int]:
        """Returns the peak of each process of the server so far, largest first."""
        pids = [times.pid for times in tree(self.server.pid, processes())]
        return sorted(map(peak_resident_bytes, pids), reverse=True)


@contextlib.contextmanager
def running(workers: int, transport: str) -> Iterator[Stack]:
    """Starts everything and stops it at the end."""
    with temporary_data_dir() as data_dir, EmbeddedServers(data_dir) as embedded:
        port = free_port()
        environment = os.environ | {
            "RENOWN_DATABASE_URL": embedded.urls.database_url,
            "RENOWN_OWNER_DATABASE_URL": embedded.urls.owner_database_url,
            "RENOWN_REDIS_URL": embedded.urls.redis_url,
            "RENOWN_TOKEN_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "RENOWN_CATALOG": str(write_catalog(Game.FIRST_PATH, data_dir / "catalog")),
            "RENOWN_PORT": str(port),
            "RENOWN_METRICS_PORT": str(free_port()),
            "RENOWN_WORKERS": str(workers),
            "RENOWN_TRANSPORT": transport,
        }
        _renown(environment, "migrate")
        key = _renown(environment, "keys", "create", "--name", "bench")
        log = data_dir / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [RENOWN, "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A benchmark that is killed leaves nothing behind.
                preexec_fn=functools.partial(tie_to_guardian, os.getpid(), signal.SIGTERM),  # noqa: PLW1509
            )
            try:
                _wait_ready(process, port, log)
                server = Server(port=port, key=key, pid=process.pid, workers=workers)
                yield Stack(server, embedded, transport, environment, data_dir)
            finally:
                _stop(process)


def free_port() -> int:
    """Returns a port of the loopback interface that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_serving(port):
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace").strip()[-2000:]
            raise ServersFailed(f"the server did not become ready; it said:\n{words}")
        time.sleep(0.1)


def _is_serving(port: int) -> bool:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH)
        try:
            return check(b"", timeout=2) == SERVING
        except grpc.RpcError:
            return False


def _renown(environment: dict[str, str], *words: str) -> str:
    """Runs a command to its end and returns what it prints."""
    result = subprocess.run(
        [RENOWN, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )
    if result.returncode:
        raise ServersFailed(f"renown {' '.join(words)}: {result.stderr.strip()}")
    return result.stdout.strip()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
