"""Runs the code of a README as its reader would."""

import ast
import inspect
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import renown

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(readme: Path, language: str) -> list[str]:
    """Returns the blocks in a language, such as `sh`, in order."""
    found = BLOCK.findall(readme.read_text(encoding="utf-8"))
    return [block for name, block in found if name == language]


def python_blocks(readme: Path) -> list[str]:
    """Returns the Python blocks, in order.

    The first is a whole program. The others go inside its `async with`, one
    after the other: they know `game` and what blocks before them defined.
    """
    return blocks_of(readme, "python")


def run_program(block: str, address: str, key: str) -> str:
    """Runs a whole program in a process of its own, and returns what it printed.

    Raises:
        AssertionError: it failed.
    """
    environment = {"RENOWN_ADDRESS": address, "RENOWN_KEY": key}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(block: str, address: str, key: str, tools: str) -> str:
    """Runs commands that call 127.0.0.1:50051, and returns what they printed.

    Args:
        block: the commands.
        address: what to call instead.
        key: RENOWN_KEY.
        tools: folders of programs to look in first, as in PATH.

    Raises:
        AssertionError: one of them failed.
    """
    environment = {"RENOWN_KEY": key, "PATH": f"{tools}:{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        ["bash", "-euc", block.replace("127.0.0.1:50051", address)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def run_snippets(blocks: list[str], game: renown.Client, **known: Any) -> dict[str, Any]:
    """Runs blocks that await and know `known` as well, and returns what they defined."""
    names: dict[str, Any] = {"game": game, "renown": renown, **known}
    for number, block in enumerate(blocks, 2):
        code = compile(
            block, f"<README block {number}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        running = types.FunctionType(code, names)()
        if inspect.isawaitable(running):
            await running
    return names
