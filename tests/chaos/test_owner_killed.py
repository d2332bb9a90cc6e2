"""`renown serve --dev` killed or stopped: no process is left, and the next one finds the data."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

import renown
from renown_server.cli.dev_files import DevFiles
from renown_server.storage.embedded import temporary_data_dir
from tests.chaos.lengths import durations, rounds
from tests.kit.processes import ServerProcess, gone

# The workers, the guardian of the servers, Postgres with its helpers, Valkey.
FAMILY_MIN = 1 + 2 + 1 + 2 + 1


@pytest_asyncio.fixture(loop_scope="session")
async def owner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """What `make serve` runs, with data of its own."""
    # Not `tmp_path`: its sockets lie beside the log, and their paths must be short.
    log = tmp_path_factory.mktemp("owner") / "log"
    with temporary_data_dir() as data_dir:
        environment = {"RENOWN_DATA_DIR": str(data_dir), "RENOWN_METRICS_PORT": "none"}
        server = ServerProcess(environment, log, "--dev", "--workers", "2")
        await server.start()
        try:
            yield server
        finally:
            if server.is_running:
                await server.stop()


@durations()
async def test_a_killed_owner_leaves_no_process_and_loses_nothing(
    owner: ServerProcess, seconds: float
) -> None:
    keys = DevFiles(Path(owner.environment["RENOWN_DATA_DIR"])).read_keys()
    known: dict[str, renown.ActivityResult] = {}
    for number in rounds(1, seconds):
        async with renown.connect(owner.address, key=keys["server"]) as game:
            for key in (f"{number}-{place}" for place in range(20)):
                known[key] = await game.activities.record(
                    "ada", "lesson_completed", activity_id=key
                )
            family = owner.family()
            assert len(family) >= FAMILY_MIN, owner.words()
            owner.send(signal.SIGKILL)
            await owner.ended()
            await gone(family)
            await owner.start()
            assert (await game.players.get("ada")).stats["lessons"] == len(known)
            for key in (f"{number}-0", f"{number}-19"):
                again = await game.activities.record("ada", "lesson_completed", activity_id=key)
                assert again == known[key]
            ranked = await game.leaderboards.rank("xp_all_time", "ada")
            assert (ranked.rank, ranked.score) == (1, 25 * len(known))
    family = owner.family()
    owner.send(signal.SIGINT)  # Ctrl-C
    assert await owner.ended() == 0, owner.words()
    await gone(family)
