"""Failpoints: where, how, and at which visit."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from renown_server.engine import failpoints
from renown_server.engine.failpoints import FailpointError


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


async def test_nothing_is_armed_by_itself() -> None:
    for name in failpoints.NAMES:
        await failpoints.hit(name)


async def test_raise_is_taken_once_at_its_visit() -> None:
    failpoints.arm("batch.written=raise@2")
    await failpoints.hit("batch.written")
    await failpoints.hit("batch.locked")
    with pytest.raises(FailpointError, match=r"batch\.written"):
        await failpoints.hit("batch.written")
    await failpoints.hit("batch.written")


async def test_sleep_stays() -> None:
    failpoints.arm("batch.loaded=sleep:20, batch.locked=raise")
    for _ in range(2):
        started = time.perf_counter()
        await failpoints.hit("batch.loaded")
        assert time.perf_counter() - started > 0.015
    with pytest.raises(FailpointError):
        await failpoints.hit("batch.locked")


@pytest.mark.parametrize("spec", ["batch.nowhere=raise", "batch.locked=explode", "batch.locked"])
def test_unknown_ones_are_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="unknown failpoint"):
        failpoints.arm(spec)
