"""The examples of the READMEs are run, against a real server."""

from __future__ import annotations

import asyncio

import renown
from tests.conftest import CHECKOUT
from tests.e2e.conftest import Running
from tests.kit.readme import python_blocks, run_program, run_snippets


async def test_first_call(running: Running) -> None:
    (program,) = python_blocks(CHECKOUT / "README.md")
    output = await asyncio.to_thread(run_program, program, running.address, running.server_key)
    assert output.splitlines()[:2] == ["37 XP, level 1", "xp.gained 37"]
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
