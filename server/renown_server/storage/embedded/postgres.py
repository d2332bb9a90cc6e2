"""The embedded Postgres: made once, started, given its roles and database."""

import shutil
import signal
import time

from renown_server.storage.embedded import pgwire
from renown_server.storage.embedded.process import ServerProcess
from renown_server.storage.embedded.spec import EmbeddedServersError, GuardianSpec

DATABASE = "renown"
OWNER_ROLE = "renown_owner"
APP_ROLE = "renown_app"
# Long enough for a crash recovery that has to replay max_wal_size on a slow disk.
START_SECONDS = 180
STOP_SECONDS = 60
ORPHAN_SECONDS = 10

DEFAULT_SETTINGS = {
    "listen_addresses": "",  # only the private socket
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Batches write much in few commits: room for five minutes of them between checkpoints.
    "checkpoint_timeout": "5min",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "wal_buffers": "16MB",
    "wal_compression": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
}

CREATE_ROLE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} LOGIN;
        END IF;
    END $$
"""
UNKNOWN_DATABASE = "3D000"


class Postgres:
    """Postgres under the guardian."""

    def __init__(self, spec: GuardianSpec) -> None:
        self.process = ServerProcess(spec, "postgres", signal.SIGINT)  # SIGINT: fast shutdown
        self._spec = spec
        self._socket = spec.socket_dir / ".s.PGSQL.5432"

    def create(self) -> None:
        """Makes the cluster unless there is one; an interrupted attempt leaves no half of one.

        Raises:
            EmbeddedServersError: initdb failed.
        """
        pgdata = self._spec.pgdata
        if (pgdata / "PG_VERSION").exists():
            return
        unfinished = pgdata.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if account := self._spec.account:
            shutil.chown(unfinished, account.uid, account.gid)
        command = [str(self._spec.postgres_bin / "initdb"), f"--pgdata={unfinished}"]
        command += ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.process.run(command) != 0:
            raise EmbeddedServersError(f"initdb failed: {self.process.last_words()}")
        shutil.rmtree(pgdata, ignore_errors=True)
        unfinished.rename(pgdata)

    def start(self) -> None:
        """Starts Postgres and makes sure that roles and database exist.

        Raises:
            EmbeddedServersError: it does not start.
        """
        settings = DEFAULT_SETTINGS | self._spec.postgres_settings
        settings |= {"unix_socket_directories": str(self._spec.socket_dir)}
        command = [str(self._spec.postgres_bin / "postgres"), "-D", str(self._spec.pgdata)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._start_after_orphans(command)
        self._create_roles_and_database()

    def _start_after_orphans(self, command: list[str]) -> None:
        """Starts it; if its first process was killed, its backends may need a moment to notice."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            try:
                return self.process.start(command, self._is_ready, START_SECONDS)
            except EmbeddedServersError as error:
                orphans = "is still in use" in str(error) or "postmaster.pid" in str(error)
                if not orphans or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def wait_stopped(self) -> None:
        """Waits for a stop that was asked for; insists if it takes too long."""
        self.process.wait_stopped(signal.SIGQUIT, signal.SIGKILL, seconds=STOP_SECONDS)

    def _is_ready(self) -> bool:
        try:
            pgwire.execute(self._socket, "postgres", "SELECT 1")
        except (OSError, pgwire.StatementError):  # not listening yet, or still recovering
            return False
        return True

    def _create_roles_and_database(self) -> None:
        """The owner runs migrations; the application's role gets only what they grant it."""
        try:
            for role in (OWNER_ROLE, APP_ROLE):
                pgwire.execute(self._socket, "postgres", CREATE_ROLE.format(role=role))
            if not self._has_database():
                create = f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}"
                pgwire.execute(self._socket, "postgres", create)
            pgwire.execute(
                self._socket,
                "postgres",
                f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
                f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE}",
            )
        except (OSError, pgwire.StatementError) as error:
            raise EmbeddedServersError(f"cannot prepare Postgres: {error}") from error

    def _has_database(self) -> bool:
        try:
            pgwire.execute(self._socket, DATABASE)
        except pgwire.StatementError as error:
            if error.sqlstate != UNKNOWN_DATABASE:
                raise
            return False
        return True
