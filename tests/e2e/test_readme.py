"""The examples of the READMEs are run, against a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

import renown
from renown_server.catalog.check import load_catalog
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import CHECKOUT
from tests.e2e.conftest import TRANSPORTS, Running, running_server
from tests.e2e.test_grpcurl import find_grpcurl
from tests.kit.readme import blocks_of, python_blocks, run_program, run_script, run_snippets


async def test_first_call(running: Running) -> None:
    (program,) = python_blocks(CHECKOUT / "README.md")
    output = await asyncio.to_thread(run_program, program, running.address, running.server_key)
    assert output.splitlines()[:5] == [
        "37 XP, level 1",
        "achievement first_lesson",
        "streak study: day 1",
        "xp.gained 37",
        "['1 of 3']",
    ]
    assert "has 6 coins, needs 1000000" in output
    assert "currency.changed because of activity_type:lesson_completed" in output


async def test_sdk_readme(running: Running, game: renown.Client) -> None:
    first, *snippets = python_blocks(CHECKOUT / "client_sdk" / "README.md")
    output = await asyncio.to_thread(run_program, first, running.address, running.server_key)
    assert "XP, level" in output
    async with asyncio.timeout(60):
        await run_snippets(snippets, game)


async def test_economy_guide(
    running: Running, game: renown.Client, operator: renown.Client
) -> None:
    snippets = python_blocks(CHECKOUT / "docs" / "economy.md")
    assert len(snippets) >= 8
    async with asyncio.timeout(60):
        await run_snippets(snippets, game, operator=operator)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_progression_guide(servers: EmbeddedServers, transport: str, tmp_path: Path) -> None:
    guide = CHECKOUT / "docs" / "progression.md"
    (catalog,) = blocks_of(guide, "yaml")
    (tmp_path / "game.yaml").write_text(catalog)
    assert load_catalog(tmp_path).name == "runners"
    _, calls = blocks_of(guide, "sh")
    async with (
        running_server(servers, transport, tmp_path) as running,
        renown.connect(running.address, key=running.server_key) as game,
        renown.connect(running.address, key=running.admin_key) as operator,
        asyncio.timeout(60),
    ):
        await run_snippets(python_blocks(guide), game, operator=operator)
        tools = str(Path(find_grpcurl()).parent)
        output = await asyncio.to_thread(
            run_script, calls, running.address, running.server_key, tools
        )
    for text in ('"quests_completed"', '"current_progress": "6000"', "QUEST_STATE_COMPLETED"):
        assert text in output


async def test_operations_queries(sql: asyncpg.Connection) -> None:
    (query,) = blocks_of(CHECKOUT / "docs" / "operations.md", "sql")
    assert len(await sql.fetchrow(query)) == 2
