"""Catalogs as stored text, and the snapshot that follows the active version."""

import asyncio
from pathlib import Path

import pytest
from google.protobuf import json_format

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.check import load_catalog
from renown_server.catalog.holder import CatalogHolder, NoCatalog
from renown_server.catalog.store import CatalogUnreadable, decode_catalog, encode_catalog

ROOT = Path(__file__).parents[2]


class Active:
    """Stands for a connection: answers with the version that is active when it is asked."""

    def __init__(self, version: int = 0, content: str = '{"name":"game"}') -> None:
        self.version = version
        self.content = content
        self.reads = 0

    async def fetchrow(self, _query: str) -> dict[str, object] | None:
        self.reads += 1
        row = {"version": self.version, "content": self.content}
        await asyncio.sleep(0)
        return row if row["version"] else None


def test_a_catalog_survives_storage() -> None:
    catalog = load_catalog(ROOT / "catalogs/starter")
    text = encode_catalog(catalog)
    assert decode_catalog(1, text) == catalog
    assert encode_catalog(decode_catalog(1, text)) == text


def test_equal_catalogs_are_the_same_text() -> None:
    ranges = [{"hard": 3, "easy": 1}, {"easy": 1, "hard": 3}]
    texts = set()
    for by_context in ranges:
        catalog = Catalog(name="é")
        catalog.activity_types.add().xp_range.by_context.update(by_context)
        texts.add(encode_catalog(catalog))
    assert texts == {
        '{"activity_types":[{"xp_range":{"by_context":{"easy":"1","hard":"3"}}}],"name":"é"}'
    }


@pytest.mark.parametrize("content", ['{"guilds": []}', "{", '{"name": 5}'])
def test_what_another_release_wrote_is_refused(content: str) -> None:
    with pytest.raises(CatalogUnreadable, match="catalog version 4 cannot be read") as caught:
        decode_catalog(4, content)
    assert isinstance(caught.value.__cause__, json_format.ParseError)


async def test_nothing_is_published() -> None:
    with pytest.raises(NoCatalog):
        await CatalogHolder.load(Active())


async def test_the_active_version_is_taken_up() -> None:
    active = Active(3)
    holder = await CatalogHolder.load(active)
    first = holder.current
    assert (first.version, first.name) == (3, "game")
    assert await holder.reload(active) is first
    active.version, active.content = 4, '{"name":"next"}'
    assert (await holder.reload(active)).name == "next"
    assert holder.current.version == 4
    assert first.version == 3


async def test_a_version_that_cannot_be_read_leaves_the_snapshot() -> None:
    active = Active(1)
    holder = await CatalogHolder.load(active)
    active.version, active.content = 2, '{"later": true}'
    with pytest.raises(CatalogUnreadable):
        await holder.reload(active)
    assert holder.current.version == 1


async def test_a_slow_reload_does_not_put_an_older_version_back() -> None:
    active = Active(1)
    holder = await CatalogHolder.load(active)
    active.version = 2
    slow = asyncio.create_task(holder.reload(active))
    await asyncio.sleep(0)
    active.version = 3
    await asyncio.gather(slow, holder.reload(active))
    assert holder.current.version == 3
