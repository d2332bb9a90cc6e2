"""Where the servers' data and sockets live."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from renown_server.storage.embedded.account import can_reach, choose_account
from renown_server.storage.embedded.locks import lock_for_servers
from renown_server.storage.embedded.spec import Account, EmbeddedServersError

SHORT_FOLDER = Path("/tmp")
LASTING_FOLDER = Path("/var/tmp")
STOPPING_SECONDS = 90.0
FREE_BYTES_MIN = 300 * 1024 * 1024


def default_data_dir(checkout: Path) -> Path:
    """Returns the data directory of a checkout.

    It lies inside the checkout. When root works in a place that no other account can enter,
    such as its home, it lies under ``/var/tmp`` and is found again by the checkout's path.
    """
    checkout = checkout.resolve()
    inside = checkout / ".renown"
    account = choose_account(inside / "postgres")
    if account is None or can_reach(account, checkout):
        return inside
    return LASTING_FOLDER / f"renown-{_digest(checkout)}"


@contextlib.contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """Makes a data directory for one test and removes it afterwards.

    Test runners' own temporary folders are closed to the account that root runs Postgres under.
    Servers of a killed owner may still be stopping at the end; they are waited for.
    """
    path = Path(tempfile.mkdtemp(prefix="renown-data-", dir=LASTING_FOLDER))
    path.chmod(0o711)
    try:
        yield path
    finally:
        os.close(lock_for_servers(path, STOPPING_SECONDS))
        shutil.rmtree(_socket_dir(path), ignore_errors=True)  # a killed guardian leaves it
        shutil.rmtree(path)


def prepare_data_dir(data_dir: Path, account: Account | None) -> None:
    """Creates the data directory and makes sure that the servers can use it.

    Raises:
        EmbeddedServersError: it cannot be made, is foreign, out of reach, or the disk is full.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        status = data_dir.stat()
        if status.st_uid == os.geteuid():
            # Under a strict umask or for root, the account must still get through.
            data_dir.chmod(stat.S_IMODE(status.st_mode) | (0o711 if account else 0o700))
    except OSError as error:
        raise EmbeddedServersError(f"cannot use {data_dir}: {error.strerror}") from error
    if status.st_mode & stat.S_IWOTH or not _is_own_or_servers(status, account):
        raise EmbeddedServersError(f"cannot use {data_dir}: other accounts may change it")
    if account is not None and not can_reach(account, data_dir):
        raise EmbeddedServersError(
            f"cannot use {data_dir}: {account.name}, which runs Postgres for root, "
            "cannot enter the folder it is in"
        )
    free = shutil.disk_usage(data_dir).free
    if free < FREE_BYTES_MIN:
        raise EmbeddedServersError(
            f"not enough disk for {data_dir}: {free >> 20} MB free, {FREE_BYTES_MIN >> 20} needed"
        )


def prepare_socket_dir(data_dir: Path, account: Account | None) -> Path:
    """Creates the folder of the servers' sockets; call it only while holding the servers' lock.

    Its name follows from the data directory, so what a killed guardian leaves is used again.
    The mode is the access control: whoever enters may connect without a password.

    Raises:
        EmbeddedServersError: somebody else took the name.
    """
    uid = account.uid if account else os.geteuid()
    path = _socket_dir(data_dir)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, account.uid, account.gid)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or status.st_mode & 0o077:
        raise EmbeddedServersError(f"cannot use {path} for sockets: it is not private; remove it")
    return path


def _socket_dir(data_dir: Path) -> Path:
    return SHORT_FOLDER / f"renown-{_digest(data_dir, os.geteuid())}"


def _is_own_or_servers(status: os.stat_result, account: Account | None) -> bool:
    allowed = {0, os.geteuid()} | ({account.uid} if account else set())
    return status.st_uid in allowed


def _digest(*parts: object) -> str:
    text = "\0".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
