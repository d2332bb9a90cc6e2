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
from renown_server.catalog.criteria import Criteria, Logic, RequirementType
from renown_server.catalog.goods import ItemKind
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.progression import Listeners, Progression
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.validate import validate
from tests.kit.catalogs import catalog_of
from tests.kit.economy import ECONOMY
from tests.kit.progression_catalog import PROGRESSION

_GAMES = [catalog_of(ECONOMY), catalog_of(PROGRESSION)]
_TEXTS = ["potion", "sword", "vault", "deals", "coins", "gems", "frame", "", "UTC", "Asia/Tokyo"]
_TEXTS += [
    "lessons",
    "hours",
    "accuracy",
    "lesson",
    "bronze",
    "silver",
    "metals",
    "scholar",
    "daily",
]
_TEXTS += ["opening", "middle", "visit", "spring", "sage", "novice", "xp", "ore", "reference_id"]
_TEXTS += ["0 0 * * *", "0 0 L * *", "@daily", "2026-11-18T00:00:00Z", "Nobody's"]
_NUMBERS = [0, 1, 2, 3, 10, 100, 10000, 20000, 2**31 - 1, -1, 10**12, 2**53 - 1, 2**53, 2**63 - 1]
_USED = {ItemKind.CONSUMABLE, ItemKind.POWER_UP, ItemKind.CONTAINER}


@settings(deadline=None, max_examples=500)
@given(game=st.sampled_from(_GAMES), seed=st.integers(0, 2**64), changes=st.integers(1, 4))
def test_what_passes_compiles(game: Catalog, seed: int, changes: int) -> None:
    catalog = Catalog()
    catalog.CopyFrom(game)
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
    _check_progression(snapshot.progression)


def _check_progression(found: Progression) -> None:
    for achievement in found.achievements.values():
        _check_criteria(achievement.criteria)
        assert found.achievements.keys() >= set(achievement.prerequisites)
        if achievement.tiers:
            assert achievement.criteria.conditions[0].value == achievement.tiers[-1].value
        shares = [milestone.percentage for milestone in achievement.milestones]
        assert shares == sorted(set(shares))
    for quest in found.quests.values():
        ids = [objective.id for objective in quest.objectives]
        assert len(ids) == len(set(ids))
        assert not all(objective.optional for objective in quest.objectives)
        for objective in quest.objectives:
            _check_criteria(objective.criteria)
            assert objective.criteria.own_start
            assert set(objective.unlocked_by) < set(ids)
            values = [value for value, _ in objective.checkpoints]
            assert values == sorted(set(values))
    for badge in found.badges.values():
        assert badge.max_per_player >= 1
        assert badge.evolution is None or badge.evolution.next_badge in found.badges.keys() - {
            badge.id
        }
    _check_listeners(found, found.listeners)


def _check_criteria(criteria: Criteria) -> None:
    assert 1 <= criteria.required <= len(criteria.conditions)
    assert criteria.type is not RequirementType.SEQUENCE or criteria.logic is Logic.SEQUENCE
    for place, condition in enumerate(criteria.conditions):
        assert condition.place == place
        assert 0 <= condition.value <= AMOUNT_MAX
        assert condition.key
        assert not (condition.derived and (criteria.own_start or condition.filters))


def _check_listeners(found: Progression, listeners: Listeners) -> None:
    for index, defined in (
        (listeners.achievements, found.achievements.keys()),
        (listeners.badges, found.badges.keys()),
        (listeners.quests, found.quests.keys()),
        (listeners.streaks, found.streaks.keys()),
    ):
        assert all(names and defined >= set(names) for names in index.values())


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
