"""`renown serve --dev` and its companions, as a person at a terminal uses them."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
import pytest

import renown
from renown_server.cli import database
from renown_server.config import Settings
from renown_server.storage.embedded import EmbeddedServers, EmbeddedUrls, temporary_data_dir

pytestmark = pytest.mark.integration

RENOWN = str(Path(sys.executable).with_name("renown"))
CHECKOUT = Path(__file__).parents[2]
STARTER = CHECKOUT / "catalogs" / "starter"
READY_SECONDS = 60
GONE_SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RENOWN_")}
    return clean | {"RENOWN_METRICS_PORT": "none", "RENOWN_PORT": "0"} | more


def renown_command(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RENOWN, *words],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )


@dataclass
class Served:
    """A running `renown serve --dev`."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
        self.ended.set()

    @property
    def banner(self) -> str:
        return "".join(self.lines)

    def find(self, pattern: str) -> str:
        found = re.search(pattern, self.banner, re.MULTILINE | re.DOTALL)
        assert found, self.banner
        return found[1]

    @property
    def address(self) -> str:
        return self.find(r"ready on (\S+)")

    @property
    def server_key(self) -> str:
        return self.find(r"server's key +(\S+)")

    @property
    def operator_key(self) -> str:
        return self.find(r"operator's key +(\S+)")

    def family(self) -> list[psutil.Process]:
        return [*psutil.Process(self.process.pid).children(recursive=True)]

    def interrupt(self) -> int:
        """What Ctrl-C does: the whole foreground group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(GONE_SECONDS)


@contextlib.contextmanager
def serving(data_dir: Path) -> Iterator[Served]:
    process = subprocess.Popen(
        [RENOWN, "serve", "--dev", "--workers", "1"],
        env=environment(RENOWN_DATA_DIR=str(data_dir)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    served = Served(process)
    reader = threading.Thread(target=served.read)
    reader.start()
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C ends it" not in served.banner:
            assert not served.ended.is_set(), served.banner
            assert time.monotonic() < deadline, served.banner
            time.sleep(0.05)
        yield served
    finally:
        process.terminate()
        process.wait(GONE_SECONDS)
        reader.join(GONE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def wait_gone(processes: list[psutil.Process]) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while alive := [process for process in processes if is_alive(process)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.05)


def is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


@pytest.fixture(scope="module")
def served(data_dir: Path) -> Iterator[Served]:
    with serving(data_dir) as served:
        yield served


@pytest.fixture
def cli(served: Served, data_dir: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return renown_command(*words, RENOWN_DATA_DIR=str(data_dir))

    return run


Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_the_first_call_in_python_works_when_pasted(served: Served) -> None:
    script = served.find(r"(^\S+python\S* - <<'END'\n.*?^END\n)")
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ActivityResult(player_id='ada'" in done.stdout


def test_the_first_calls_with_grpcurl_work_when_pasted(served: Served) -> None:
    path = f"{CHECKOUT}/.tools/bin:{os.environ.get('PATH', '')}"
    if shutil.which("grpcurl", path=path) is None:
        pytest.skip("grpcurl is not installed")
    script = served.find(r"(^grpcurl .*?RecordActivity\n)")
    script += served.find(r"(^grpcurl [^\n]*\n[^\n]*ListPlayerAchievements\n)")
    done = subprocess.run(
        ["/bin/sh", "-ec", script],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stderr
    assert '"player_id": "ada"' in done.stdout
    assert '"achievement_id": "first_lesson"' in done.stdout


def test_health(served: Served, cli: Cli) -> None:
    done = cli("health", "--address", served.address)
    assert (done.returncode, done.stdout) == (0, "serving\n")


async def test_keys_by_the_command_line(served: Served, cli: Cli) -> None:
    created = await asyncio.to_thread(cli, "keys", "create", "--name", "my game", "--days", "2")
    assert created.returncode == 0, created.stderr
    key = created.stdout.strip()
    key_id = key.partition(".")[0]
    assert key_id in created.stderr
    async with renown.connect(served.address, key=key) as game:
        await game.activities.record("bob", "login")

    # The whole key may be pasted; its secret goes nowhere.
    revoked = await asyncio.to_thread(cli, "keys", "revoke", key, "--reason", "tried")
    revoked_at = time.monotonic()
    assert (revoked.returncode, revoked.stdout) == (0, f"{key_id} is revoked\n")
    async with renown.connect(served.address, key=served.operator_key) as operator:
        entries = [entry async for entry in operator.admin.audit(subject=f"key:{key_id}")]
    assert [(entry.actor, entry.action, entry.reason) for entry in entries] == [
        ("cli", "key.revoke", "tried"),
        ("cli", "key.create", ""),
    ]

    listed = await asyncio.to_thread(cli, "keys", "list")
    [line] = [line for line in listed.stdout.splitlines() if line.startswith(key_id)]
    assert "my game" in line
    assert "revoked" in line
    assert key.partition(".")[2] not in listed.stdout
    assert listed.stdout.count("development") == 2

    await asyncio.sleep(max(0.0, revoked_at + 5 - time.monotonic()))
    async with renown.connect(served.address, key=key) as game:
        with pytest.raises(renown.errors.Unauthenticated, match="revoked"):
            await game.activities.record("bob", "login")


async def test_an_operator_key(served: Served, cli: Cli) -> None:
    created = await asyncio.to_thread(cli, "keys", "create", "--name", "ops", "--role", "viewer")
    async with renown.connect(served.address, key=created.stdout.strip()) as operator:
        assert [entry async for entry in operator.admin.audit()]
        with pytest.raises(renown.errors.PermissionDenied):
            await anext(aiter(operator.admin.keys()))
        with pytest.raises(renown.errors.PermissionDenied):
            await operator.activities.record("bob", "login")


async def test_a_player_token(served: Served, cli: Cli) -> None:
    issued = await asyncio.to_thread(cli, "token", "ada")
    async with renown.connect(served.address, key=served.server_key) as game:
        await game.activities.record("ada", "login")
    async with renown.connect(served.address, token=issued.stdout.strip()) as player:
        assert (await player.wallets.get("ada")).player_id == "ada"
        with pytest.raises(renown.errors.PermissionDenied):
            await player.wallets.get("bob")
        with pytest.raises(renown.errors.PermissionDenied):
            await player.activities.record("ada", "login")


def test_what_is_wrong_is_one_line(served: Served, cli: Cli) -> None:
    second = cli("serve", "--dev")
    assert second.returncode == 1
    assert "is in use by process" in second.stderr.splitlines()[-1]
    port = served.address.rpartition(":")[2]
    taken = cli("serve", "--dev", "--port", port)
    assert taken.returncode == 1
    assert taken.stderr == f"renown: cannot listen on {served.address}: Address already in use\n"
    unknown = cli("keys", "revoke", "k_unknown")
    assert (unknown.returncode, unknown.stderr) == (1, "renown: key k_unknown not found\n")
    nameless = cli("keys", "create", "--name", "")
    assert nameless.returncode == 1
    assert nameless.stderr == "renown: name: must have 1 to 64 characters\n"


def test_the_catalog_is_applied_with_an_audit(served: Served, cli: Cli, tmp_path: Path) -> None:
    same = cli("catalog", "apply", str(STARTER))
    assert (same.returncode, same.stdout) == (0, "catalog version 1 is active\n")
    shutil.copytree(STARTER, tmp_path / "mine")
    game = tmp_path / "mine" / "activities.yaml"
    game.write_text(game.read_text().replace("base_xp: 25", "base_xp: 26", 1))
    changed = cli("catalog", "apply", str(tmp_path / "mine"))
    assert (changed.returncode, changed.stdout) == (0, "catalog version 2 is active\n")


def test_it_ends_without_a_trace_and_finds_its_data_again() -> None:
    async def record(served: Served) -> renown.ActivityResult:
        async with renown.connect(served.address, key=served.server_key) as game:
            return await game.activities.record("ada", "login", activity_id="once")

    with temporary_data_dir() as path:
        with serving(path) as first:
            answer = asyncio.run(record(first))
            keys = (first.server_key, first.operator_key)
            family = first.family()
            assert len(family) >= 4
            assert first.interrupt() == 0
            wait_gone(family)
        assert "Traceback" not in first.banner
        assert not (path / "urls.json").exists()

        with serving(path) as second:
            assert (second.server_key, second.operator_key) == keys
            assert asyncio.run(record(second)) == answer
            family = second.family()
            second.process.kill()
            second.process.wait(GONE_SECONDS)
            wait_gone(family)

        with serving(path) as third:
            assert asyncio.run(record(third)) == answer


@pytest.fixture(scope="module")
def urls() -> Iterator[EmbeddedUrls]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        yield servers.urls


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_production_goes_step_by_step(urls: EmbeddedUrls) -> None:
    production = {
        "RENOWN_DATABASE_URL": urls.database_url,
        "RENOWN_REDIS_URL": urls.redis_url,
        "RENOWN_WORKERS": "1",
    }
    assert "no schema yet: run `renown migrate`" in last_line(renown_command("serve", **production))
    owner = renown_command("migrate", RENOWN_OWNER_DATABASE_URL=urls.owner_database_url)
    assert (owner.returncode, owner.stderr) == (0, "")
    assert re.fullmatch(r"the schema is at \w+\n", owner.stdout)
    # Keys can be made before there is a catalog.
    created = renown_command("keys", "create", "--name", "early", **production)
    assert created.returncode == 0, created.stderr
    assert "catalog" in last_line(renown_command("serve", **production))
    applied = renown_command("catalog", "apply", str(STARTER), **production)
    assert applied.returncode == 0, applied.stderr


async def test_a_schema_that_is_too_old_or_newer(urls: EmbeddedUrls) -> None:
    settings = Settings.load(
        database_url=urls.database_url, owner_database_url=urls.owner_database_url
    )
    await database.upgrade(settings)
    owner = await asyncpg.connect(urls.owner_database_url)
    head = await owner.fetchval("SELECT version_num FROM alembic_version")
    try:
        await owner.execute("UPDATE alembic_version SET version_num = 'newer'")
        await database.check(settings)
        done = await asyncio.to_thread(
            renown_command, "migrate", RENOWN_OWNER_DATABASE_URL=urls.owner_database_url
        )
        assert "newer" in last_line(done)
    finally:
        await owner.execute("UPDATE alembic_version SET version_num = $1", head)
        await owner.close()


def test_unsafe_durability_is_refused() -> None:
    with (
        temporary_data_dir() as path,
        EmbeddedServers(path, postgres_settings={"fsync": "off"}) as servers,
    ):
        done = renown_command(
            "serve",
            RENOWN_DATABASE_URL=servers.urls.database_url,
            RENOWN_REDIS_URL=servers.urls.redis_url,
        )
    assert "fsync=off" in last_line(done)
