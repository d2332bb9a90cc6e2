"""Players who play and subscribers who watch, while a test does its worst; then the reckoning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import renown
from tests.chaos.boards import BOARDS, verify_boards
from tests.chaos.load import Load
from tests.chaos.site import Site
from tests.chaos.truth import verify
from tests.chaos.watchers import Watchers


@dataclass(frozen=True, slots=True)
class Scene:
    """What goes on.

    Attributes:
        load: who plays.
        watchers: who watches.
        clients: what they use.
    """

    load: Load
    watchers: Watchers
    clients: list[renown.Client]


@asynccontextmanager
async def playing(
    site: Site,
    name: str,
    *,
    addresses: Sequence[str] = (),
    boards: Sequence[str] = ("high_score", "best_time"),
    cut: float = 0.05,
    seed: int = 1,
    expiring: bool = False,
) -> AsyncIterator[Scene]:
    """Plays inside the block; at its end everything acknowledged must be there, once.

    Postgres is compared with the model, the boards with Postgres, the streams with the log, and
    the books must hold.

    Args:
        site: the installation, serving.
        name: of the test; the players' names begin with it.
        addresses: of the workers to use; the server's own unless named.
        boards: where scores are submitted.
        cut: how likely a subscriber leaves after a response.
        seed: of all decisions.
        expiring: whether trades are proposed that end by themselves; the end waits for it.
    """
    try:
        async with site.clients(*addresses) as clients:
            load = Load(clients, f"{name}-", boards=boards, seed=seed, expiring=expiring)
            async with Watchers(clients, load.players, cut=cut) as watchers:
                async with load:
                    yield Scene(load, watchers, clients)
                await watchers.catch_up(site)
            await verify(site, load, clients)
            entries = await verify_boards(site, clients[0], BOARDS)
            print(f"{name}: boards equal Postgres, with {entries} entries")
    except BaseException:
        print(f"the server said:\n{site.server.words()}")
        raise
