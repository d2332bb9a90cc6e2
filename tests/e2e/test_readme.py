"""The examples of the READMEs are run."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.e2e.conftest import Running

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def programs(readme: Path) -> list[str]:
    """The blocks that are whole programs."""
    return [block for block in _BLOCK.findall(readme.read_text()) if "asyncio.run" in block]


async def run_program(running: Running, program: str) -> str:
    environment = {
        **os.environ,
        "RENOWN_ADDRESS": running.address,
        "RENOWN_KEY": running.server_key,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        output, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return output.decode()


async def test_first_call(running: Running) -> None:
    (program,) = programs(CHECKOUT / "README.md")
    output = await run_program(running, program)
    assert output.splitlines()[:2] == ["37 XP, level 1", "xp.gained 37"]
    assert "has 6 coins, needs 1000000" in output
    assert "currency.changed because of activity_type:lesson_completed" in output


@pytest.mark.parametrize("place", range(len(programs(CHECKOUT / "client_sdk" / "README.md"))))
async def test_programs_of_the_sdk_readme(running: Running, place: int) -> None:
    program = programs(CHECKOUT / "client_sdk" / "README.md")[place]
    assert await run_program(running, program)
