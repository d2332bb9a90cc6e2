"""The owner's side of the embedded servers."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from renown_server.storage.embedded.account import choose_account
from renown_server.storage.embedded.binaries import locate_binaries
from renown_server.storage.embedded.layout import (
    STOPPING_SECONDS,
    prepare_data_dir,
    prepare_socket_dir,
)
from renown_server.storage.embedded.locks import lock_for_owner, lock_for_servers
from renown_server.storage.embedded.postgres import APP_ROLE, DATABASE, OWNER_ROLE
from renown_server.storage.embedded.spec import EmbeddedServersError, GuardianSpec
from renown_server.storage.embedded.valkey import SOCKET_NAME

GUARDIAN = "renown_server.storage.embedded.guardian"


@dataclass(frozen=True, slots=True)
class EmbeddedUrls:
    """How to reach the servers; no passwords, the sockets' folder is private."""

    owner_database_url: str
    """For migrations: the role that owns the schema."""
    database_url: str
    """For the application: a role with only what migrations grant it."""
    superuser_database_url: str
    """For tests that need more, such as ending other connections."""
    redis_url: str


class EmbeddedServers:
    """Postgres and Valkey that live as long as this process, at most.

    Whichever way the process ends, both stop within moments: cleanly on ``stop``, or through
    their guardian when the process was killed. The data stay, unless ``fresh`` is asked for.

    Not for use by several threads at once. Calls block; run them outside an event loop.

    Args:
        data_dir: Where the data and logs are kept; made if missing.
        fresh: Remove the data of earlier runs first.
        postgres_settings: Postgres settings by name, beside or instead of the defaults.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        fresh: bool = False,
        postgres_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._fresh = fresh
        self._settings = dict(postgres_settings or {})
        self._guardian: subprocess.Popen[bytes] | None = None
        self._owner_lock: int | None = None
        self._pids: dict[str, int | None] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def urls(self) -> EmbeddedUrls:
        """The running servers' addresses."""
        return self._urls

    @property
    def guardian_pid(self) -> int | None:
        """The process that starts and stops both servers; None while they don't run."""
        return self._guardian.pid if self._guardian else None

    @property
    def postgres_pid(self) -> int | None:
        """Postgres' first process, the parent of all its others; None while it is stopped."""
        return self._pids.get("postgres")

    @property
    def redis_pid(self) -> int | None:
        """Valkey's only process; None while it is stopped."""
        return self._pids.get("valkey")

    def start(self) -> EmbeddedUrls:
        """Starts both servers and returns their addresses when they answer.

        Raises:
            EmbeddedServersError: they cannot be started, or another process owns the data.
        """
        account = choose_account(self.data_dir / "postgres")
        prepare_data_dir(self.data_dir, account)
        self._owner_lock = lock_for_owner(self.data_dir)
        try:
            lock = lock_for_servers(self.data_dir, STOPPING_SECONDS)
            try:
                if self._fresh and (self.data_dir / "postgres").exists():
                    shutil.rmtree(self.data_dir / "postgres")
                binaries = locate_binaries(self.data_dir, account)
                spec = GuardianSpec(
                    owner_pid=os.getpid(),
                    lock_fd=lock,
                    data_dir=self.data_dir,
                    socket_dir=prepare_socket_dir(self.data_dir, account),
                    postgres_bin=binaries.postgres_bin,
                    valkey_server=binaries.valkey_server,
                    account=account,
                    postgres_settings=self._settings,
                )
                self._guardian = self._spawn_guardian(spec)
            finally:
                os.close(lock)  # the guardian has inherited it
            self._read_answer()
        except OSError as error:
            self.stop()
            raise EmbeddedServersError(f"cannot start the embedded servers: {error}") from error
        except BaseException:
            self.stop()
            raise
        self._urls = _urls(spec.socket_dir)
        return self._urls

    def stop(self) -> None:
        """Stops both servers cleanly and waits for them; harmless when they don't run."""
        if self._guardian:
            # Said in words, too: a forked child of ours may hold the pipe open.
            with contextlib.suppress(EmbeddedServersError):
                self._send(do="quit")
            for pipe in (self._guardian.stdin, self._guardian.stdout):
                if pipe:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self._guardian.wait()
            self._guardian = None
        if self._owner_lock is not None:
            os.close(self._owner_lock)
            self._owner_lock = None
        self._pids = {}

    def kill_postgres(self, *, immediate: bool = True) -> None:
        """Stops Postgres: at once, as after a crash, or in order when not ``immediate``."""
        self._request(do="stop", server="postgres", signal="SIGQUIT" if immediate else "SIGINT")

    def restart_postgres(self) -> None:
        """Starts a stopped Postgres and returns when it has recovered."""
        self._request(do="start", server="postgres")

    def kill_redis(self) -> None:
        """Kills Valkey; what it held is lost."""
        self._request(do="stop", server="valkey", signal="SIGKILL")

    def restart_redis(self) -> None:
        """Starts a stopped Valkey, empty."""
        self._request(do="start", server="valkey")

    def pause_redis(self) -> None:
        """Freezes Valkey: connections stay open and nothing answers."""
        self._request(do="signal", server="valkey", signal="SIGSTOP")

    def resume_redis(self) -> None:
        """Lets a frozen Valkey go on."""
        self._request(do="signal", server="valkey", signal="SIGCONT")

    def _spawn_guardian(self, spec: GuardianSpec) -> subprocess.Popen[bytes]:
        with (self.data_dir / "guardian.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", GUARDIAN, spec.to_json()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(spec.lock_fd,),
                start_new_session=True,
            )

    def _request(self, **request: str) -> None:
        self._send(**request)
        self._read_answer()

    def _send(self, **request: str) -> None:
        if self._guardian is None or self._guardian.stdin is None:
            raise EmbeddedServersError("the embedded servers are not running")
        try:
            self._guardian.stdin.write(json.dumps(request).encode() + b"\n")
            self._guardian.stdin.flush()
        except BrokenPipeError as error:
            raise self._guardian_died() from error

    def _read_answer(self) -> None:
        if self._guardian is None or self._guardian.stdout is None:
            raise EmbeddedServersError("the embedded servers are not running")
        line = self._guardian.stdout.readline()
        if not line:
            raise self._guardian_died()
        answer: dict[str, Any] = json.loads(line)
        self._pids = answer["pids"]
        if answer["error"]:
            raise EmbeddedServersError(answer["error"])

    def _guardian_died(self) -> EmbeddedServersError:
        return EmbeddedServersError(
            f"the embedded servers' guardian has died, see {self.data_dir / 'guardian.log'}"
        )


def _urls(socket_dir: Path) -> EmbeddedUrls:
    def database(role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={socket_dir}"

    return EmbeddedUrls(
        owner_database_url=database(OWNER_ROLE),
        database_url=database(APP_ROLE),
        superuser_database_url=database("postgres"),
        redis_url=f"unix://{socket_dir / SOCKET_NAME}",
    )
