"""Connections that reach every worker equally often.

Workers share a port, and the kernel gives a new connection to one of them by a hash. With a few
connections one worker may get most of them, and the numbers would differ from run to run.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.bench.cpu import PROC, processes, tree
from tests.bench.h2 import Connection

ATTEMPTS_PER_CONNECTION = 50
ACCEPT_SECONDS = 5.0


class SpreadError(Exception):
    """The connections could not be spread."""


def open_spread(
    open_one: Callable[[], Connection], count: int, server_pid: int, workers: int
) -> list[Connection]:
    """Opens connections until each worker has its share, and closes the surplus.

    Args:
        open_one: Opens a connection.
        count: How many to return.
        server_pid: The parent of the workers, or the only worker.
        workers: How many workers share the port.

    Raises:
        SpreadError: a worker is not reached.
    """
    share = -(-count // workers)
    kept: list[Connection] = []
    by_worker: Counter[int] = Counter()
    for _ in range(count * ATTEMPTS_PER_CONNECTION):
        if len(kept) == count:
            return kept
        connection = open_one()
        worker = _worker_behind(connection, server_pid)
        if by_worker[worker] < share:
            by_worker[worker] += 1
            kept.append(connection)
        else:
            connection.close()
            time.sleep(0.01)  # a worker may still be starting
    for connection in kept:
        connection.close()
    raise SpreadError(f"{count} connections reach workers unequally: {dict(by_worker)}")


def _worker_behind(connection: Connection, server_pid: int) -> int:
    """Returns the process that has accepted a connection."""
    port, own_port = connection.socket.getpeername()[1], connection.socket.getsockname()[1]
    deadline = time.monotonic() + ACCEPT_SECONDS
    while time.monotonic() < deadline:
        inode = _inode(port, own_port)
        if inode:
            for times in tree(server_pid, processes()):
                if _has_open(times.pid, f"socket:[{inode}]"):
                    return times.pid
        time.sleep(0.01)
    raise SpreadError("no worker accepts a connection")


def _inode(local_port: int, remote_port: int) -> int:
    """Returns the inode of a connection's other end; 0 while it is not accepted."""
    for name in ("tcp", "tcp6"):
        for line in (PROC / "net" / name).read_text().splitlines()[1:]:
            fields = line.split()
            local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
            if (local, remote) == (local_port, remote_port):
                return int(fields[9])
    return 0


def _has_open(pid: int, target: str) -> bool:
    folder = Path(PROC, str(pid), "fd")
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return False
    for name in names:
        try:
            if os.readlink(folder / name) == target:
                return True
        except FileNotFoundError:
            continue
    return False
