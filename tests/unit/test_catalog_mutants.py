"""Whatever is done to a catalog: it is found out, or it compiles to what rules can rely on."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.goods import ItemKind
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.validate import validate
from tests.kit.catalogs import catalog_of
from tests.kit.economy import ECONOMY

_GAME = catalog_of(ECONOMY)
_TEXTS = ["potion", "sword", "vault", "deals", "coins", "gems", "frame", "", "UTC", "Asia/Tokyo"]
_TEXTS += ["0 0 * * *", "0 0 L * *", "@daily", "2026-11-18T00:00:00Z", "Nobody's"]
_NUMBERS = [0, 1, 2, 3, 10, 100, 10000, 20000, 2**31 - 1, -1, 10**12, 2**53 - 1, 2**53, 2**63 - 1]
_USED = {ItemKind.CONSUMABLE, ItemKind.POWER_UP, ItemKind.CONTAINER}


@settings(deadline=None, max_examples=500)
@given(seed=st.integers(0, 2**64), changes=st.integers(1, 4))
def test_what_passes_compiles(seed: int, changes: int) -> None:
    catalog = Catalog()
    catalog.CopyFrom(_GAME)
    random = Random(seed)
    for _ in range(changes):
        _change(random, catalog)
    findings = validate(catalog)
    assert all(finding.path and finding.problem for finding in findings)
    if not findings:
        _check(compile_catalog(catalog, 1))


def _check(snapshot: CatalogSnapshot) -> None:
    for item in snapshot.items.values():
        assert item.uses >= 1
        assert item.max_stack >= 1
        assert (item.use is not None) == (item.kind in _USED)
    for table in snapshot.loot_tables.values():
        ids = {entry.id for entry in table.entries}
        assert len(ids) == len(table.entries)
        assert table.pity_entries < ids
        assert not any(entry.reward.loot for entry in table.entries)
    for offer in snapshot.offers.values():
        assert not offer.contents.is_empty
        assert offer.rotation == "" or offer.rotation in snapshot.rotations
    for rotation in snapshot.rotations.values():
        assert 1 <= rotation.size <= len(rotation.offers)
    for sources in snapshot.item_sources.values():
        assert all(0 <= source.probability_ppm <= 1_000_000 for source in sources)


def _change(random: Random, catalog: Catalog) -> None:
    """Clears, sets, adds or repeats one field somewhere in one definition."""
    definitions = [message for _, value in catalog.ListFields() for message in _messages(value)]
    message, field = random.choice(list(_places(random.choice(definitions))))
    if random.random() < 0.25:
        message.ClearField(field.name)
    elif not field.is_repeated:
        if field.message_type is None:
            setattr(message, field.name, _value(random, field))
        else:
            getattr(message, field.name).SetInParent()
    elif field.message_type is None:
        getattr(message, field.name).append(_value(random, field))
    else:
        values = getattr(message, field.name)
        copied = random.choice(list(values)) if len(values) else None
        added = values.add()
        if copied is not None:
            added.CopyFrom(copied)


def _messages(value: Any) -> list[Message]:
    if isinstance(value, Message):
        return [value]
    return [] if isinstance(value, str) else list(value)


def _places(message: Message) -> Iterator[tuple[Message, Any]]:
    # Two implementations of descriptors, of which the stubs declare both.
    fields: Any = message.DESCRIPTOR.fields
    for field in fields:
        child = field.message_type
        if child is not None and child.GetOptions().map_entry:
            continue
        yield message, field
        if child is None:
            continue
        if field.is_repeated:
            for value in getattr(message, field.name):
                yield from _places(value)
        elif message.HasField(field.name):
            yield from _places(getattr(message, field.name))


def _value(random: Random, field: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return random.choice(_TEXTS)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return random.random() < 0.5
    if field.type == FieldDescriptor.TYPE_ENUM:
        return random.choice([value.number for value in field.enum_type.values])
    number = random.choice(_NUMBERS)
    return min(number, 2**31 - 1) if field.type == FieldDescriptor.TYPE_INT32 else number
