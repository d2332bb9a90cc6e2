"""Two locks on a data directory: who owns it, and whether its servers still live.

``owner.lock`` is held by the owner and free the moment it dies. ``servers.lock`` is inherited by
the guardian, Postgres with all its backends, and Valkey: it is free when the last of them is gone.
A new owner that finds only the second one held waits for its predecessor's servers to stop.
"""

import fcntl
import os
import time
from pathlib import Path

from renown_server.storage.embedded.spec import EmbeddedServersError


def lock_for_owner(data_dir: Path) -> int:
    """Takes ``owner.lock`` and returns its descriptor.

    Raises:
        EmbeddedServersError: another live process owns the directory.
    """
    descriptor = _open(data_dir / "owner.lock")
    if not _try_lock(descriptor):
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise EmbeddedServersError(
            f"{data_dir} is in use by process {holder or '?'}; stop it first"
        )
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def lock_for_servers(data_dir: Path, timeout_seconds: float) -> int:
    """Takes ``servers.lock``, waiting for the servers of an owner that died.

    Raises:
        EmbeddedServersError: they are still running after the timeout.
    """
    descriptor = _open(data_dir / "servers.lock")
    deadline = time.monotonic() + timeout_seconds
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise EmbeddedServersError(f"earlier servers on {data_dir} do not stop; end them first")
        time.sleep(0.02)
    return descriptor


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise EmbeddedServersError(f"cannot use {path}: {error.strerror}") from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
