"""A class of players, killed workers, and at the end the state that the rules alone come to."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.storage.embedded import EmbeddedServers
from tests.chaos.boards import verify_boards
from tests.chaos.deeds import DAY_S, Class, Deed
from tests.chaos.naive_check import compare_naively, counted
from tests.chaos.replay import SHOWN_MAX, compare, load_traces, missing_and_extra, replay
from tests.chaos.school import School
from tests.chaos.site import WORKERS, Site, installed
from tests.chaos.test_failpoints import FAILPOINTS, SHORT
from tests.conftest import CHECKOUT
from tests.kit.books import check_books
from tests.kit.processes import gone

LATENESS_DAYS = 20
"""Long enough for streaks that pay at 7 and 14 days."""

BOARDS = ("xp", "xp_weekly", "lessons_weekly", "best_score")
CUT_BATCHES = 6
"""At which visit of its failpoint a worker dies."""


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The classroom, with more lateness."""
    folder = tmp_path_factory.mktemp("classroom")
    game: Path = shutil.copytree(CHECKOUT / "catalogs/classroom", folder / "game")
    settings = game / "game.yaml"
    text = settings.read_text()
    assert "lateness_max" not in text
    late = f"settings:\n  lateness_max: {24 * LATENESS_DAYS}h\n"
    settings.write_text(text.replace("settings:\n", late, 1))
    return game


@pytest_asyncio.fixture(loop_scope="session")
async def school_site(
    backends: EmbeddedServers, classroom: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    # Not `tmp_path`: the server's sockets lie beside the log, and their paths must be short.
    log = tmp_path_factory.mktemp("school") / "server.log"
    async with installed(backends, log, classroom) as found:
        yield found


@pytest.mark.parametrize(
    ("players", "activities", "failpoints", "kills"),
    [
        pytest.param(40, 2_000, SHORT[:1], 1, id="short"),
        pytest.param(200, 20_000, FAILPOINTS, 12, id="soak", marks=pytest.mark.soak),
    ],
)
async def test_what_is_left_is_what_the_rules_alone_come_to(
    school_site: Site,
    classroom: Path,
    players: int,
    activities: int,
    failpoints: tuple[str, ...],
    kills: int,
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"seed {seed}")
    site = school_site
    class_ = Class("pupil", seed=seed, players=players, lateness_s=LATENESS_DAYS * DAY_S)
    await site.serve("native")
    async with site.server.supervised(), site.clients() as clients:
        beginnings = list(class_.beginnings())
        school = School(clients, _mixed(class_, activities, seed), seed)
        started = time.monotonic()
        await asyncio.gather(*[school.settle([deed]) for deed in beginnings])
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(school.empty())
            group.create_task(_attack(site, school, failpoints, kills, seed))
        assert playing.done()
        told = school.told
        print(
            f"{len(told.done)} done, refused {dict(told.refused)}, {told.repeated} heard again the"
            f" same, in {time.monotonic() - started:.1f} s; failures {dict(told.failures)}"
        )
        await site.server.until_workers(WORKERS)
    # Connections of their own: nobody repeats what a worker's death cuts short here.
    async with site.clients() as clients:
        print("boards equal Postgres:", await verify_boards(site, clients[0], BOARDS))
    await site.server.stop()
    await check_books(site.database.superuser_url)
    await _reckon(site, classroom, class_, school)


def _mixed(class_: Class, activities: int, seed: int) -> list[Deed]:
    """Activities with other requests strewn among them."""
    deeds = [*class_.activities(activities), *class_.others(activities // 5)]
    random.Random(seed).shuffle(deeds)
    return deeds


async def _attack(
    site: Site, school: School, failpoints: tuple[str, ...], kills: int, seed: int
) -> None:
    """Workers die: at failpoints, and anywhere, spread over all that is to be done."""
    chance = random.Random(seed)
    blows = [*failpoints, *[""] * kills]
    chance.shuffle(blows)
    all_of_it = school.left
    for number, failpoint in enumerate(blows, start=1):
        await school.until_left(int(all_of_it * (1 - number / (len(blows) + 1))))
        if failpoint:
            await _die_at(site, school, failpoint)
        else:
            victim = chance.choice(await site.server.until_workers(1))
            os.kill(victim, signal.SIGKILL)


async def _die_at(site: Site, school: School, failpoint: str) -> None:
    failpoints = f"{failpoint}=kill@{CUT_BATCHES}"
    async with AsyncExitStack() as stack:
        async with school.recess():
            # All would be done before it has started.
            worker = site.extra_worker("native", failpoints=failpoints)
            victim = await stack.enter_async_context(worker)
        (doomed,) = await stack.enter_async_context(site.clients(victim.address))
        await asyncio.gather(*[school.until_dead(doomed) for _ in range(4)])
        if school.left:
            await gone([victim.pid])


async def _reckon(site: Site, classroom: Path, class_: Class, school: School) -> None:
    started = time.monotonic()
    async with site.sql() as sql:
        traces = await load_traces(sql)
        missing, extra = missing_and_extra(traces, school.told)
        assert not missing, f"acknowledged, and not there: {sorted(missing)[:SHOWN_MAX]}"
        assert not extra, f"there, and nobody was told: {sorted(extra)[:SHOWN_MAX]}"
        version = await sql.fetchval("SELECT max(catalog_version) FROM activities")
        snapshot = compile_catalog(load_catalog(classroom), version)
        found = await asyncio.to_thread(replay, snapshot, traces, school.told)
        wrong = found.wrong[: 2 * SHOWN_MAX] or await compare(sql, found)
    wrong += compare_naively(class_, school.told, traces, found)
    assert not wrong, "\n".join(itertools.islice(wrong, 40))
    print("earned:", dict(sorted(counted(found).items())))
    print(f"decided again in {time.monotonic() - started:.1f} s: chance gave {dict(found.rolls)}")
