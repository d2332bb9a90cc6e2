"""Where and on what a benchmark ran."""

import datetime as dt
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis

from tests.bench import database
from tests.bench.servers import DURABLE, Stack

SETTINGS = "SELECT name, setting FROM pg_settings"
NOTED = ("server_version", *DURABLE, "shared_buffers", "max_wal_size", "checkpoint_timeout")


class NotDurable(Exception):
    """Postgres would lose commits in a crash, and the figures would be flattered."""


def describe(stack: Stack) -> dict[str, Any]:
    """Returns what the figures depend on.

    Raises:
        NotDurable: Postgres does not wait for its disk.
    """
    settings: dict[str, str] = dict(database.fetch(stack.database_url, SETTINGS))
    if weak := [name for name, value in DURABLE.items() if settings[name] != value]:
        raise NotDurable(f"Postgres runs with {', '.join(weak)} off")
    with redis.Redis.from_url(stack.embedded.urls.redis_url) as valkey:
        information: Any = valkey.info("server")
    return {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgres": {name: settings[name] for name in NOTED},
        "valkey": information.get("valkey_version", information["redis_version"]),
        "packages": {name: version(name) for name in ("grpcio", "pygrpc-native", "asyncpg")},
        "workers": stack.server.workers,
        "transport": stack.transport,
    }


def _commit() -> str:
    """Returns the commit of the checkout, marked if files differ from it; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    result = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return result.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
