"""A catalog judged as a whole: the schema's rules, then what the schema can't say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import protovalidate
from google.protobuf.descriptor import EnumDescriptor

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.problems import Finding, MapKey, Path
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.validate_achievements import check_achievements
from renown_server.catalog.validate_activities import check_activity_types, check_boosts
from renown_server.catalog.validate_badges import check_badge_collections, check_badges
from renown_server.catalog.validate_basics import (
    Known,
    check_bonuses,
    check_currencies,
    check_ids,
    check_settings,
)
from renown_server.catalog.validate_boards import check_leaderboards
from renown_server.catalog.validate_cycles import check_cycles
from renown_server.catalog.validate_items import check_item_definitions
from renown_server.catalog.validate_levels import check_levels
from renown_server.catalog.validate_loot import check_loot_tables
from renown_server.catalog.validate_offers import check_offers, check_rotations
from renown_server.catalog.validate_progression import (
    check_prestige,
    check_progression_settings,
    check_seasons,
)
from renown_server.catalog.validate_quests import check_quests
from renown_server.catalog.validate_streaks import check_streaks

_PATTERNS = {
    "^[a-z0-9_]{1,64}$": "use 1 to 64 of a-z, 0-9 and _",
    "^[a-z0-9_]+$": "use 1 to 64 of a-z, 0-9 and _",
    "^[a-z0-9_.-]{1,64}$": "use 1 to 64 of a-z, 0-9, _ . and -",
    "^[a-z0-9_.-]{0,64}$": "use up to 64 of a-z, 0-9, _ . and -",
    "^[a-z0-9_]{0,64}$": "use up to 64 of a-z, 0-9 and _",
    "^(#[0-9A-Fa-f]{6})?$": "write a hex code like `#4CAF50`, in quotes",
    "^(small|medium|large)?$": "use small, medium or large",
    "^\\P{Cc}*$": "leave out control characters",
    "^[!-~]{0,128}$": "use up to 128 letters, digits and marks of ASCII",
}


def validate(catalog: Catalog) -> list[Finding]:
    """Finds everything wrong with a catalog; nothing is wrong if the list is empty.

    A value that breaks a rule of the schema is reported for that only.
    """
    findings = list(_schema_findings(catalog))
    broken = {finding.path for finding in findings}
    known = Known.of(catalog)
    checks = (
        check_settings(catalog),
        check_ids(catalog),
        check_currencies(catalog),
        check_bonuses(catalog.bonuses),
        check_levels(catalog, known, broken),
        check_activity_types(catalog, known),
        check_leaderboards(catalog, known),
        check_boosts(catalog, known),
        check_item_definitions(catalog, known),
        check_loot_tables(catalog, known),
        check_offers(catalog, known),
        check_rotations(catalog),
        check_progression_settings(catalog, known),
        check_seasons(catalog),
        check_prestige(catalog, known),
        check_achievements(catalog, known),
        check_badges(catalog, known),
        check_badge_collections(catalog, known),
        check_streaks(catalog, known),
        check_quests(catalog, known),
        check_cycles(catalog),
    )
    for check in checks:
        findings.extend(finding for finding in check if finding.path not in broken)
    return findings


def _schema_findings(catalog: Catalog) -> Iterator[Finding]:
    for violation in protovalidate.collect_violations(catalog):
        path = _path(violation)
        yield _words(violation, path)


def _path(violation: protovalidate.Violation) -> Path:
    steps: list[str | int] = []
    field = violation.proto.field
    for element in field.elements if field else ():
        steps.append(element.field_name)
        subscript = element.subscript
        if subscript is not None:
            keyed = subscript.field != "index"
            steps.append(MapKey(subscript.value) if keyed else int(subscript.value))
    return tuple(steps)


def _words(violation: protovalidate.Violation, path: Path) -> Finding:
    """Says a violation as a person would."""
    value: Any = violation.field_value
    rule = violation.proto.rule_id
    message = violation.proto.message
    if rule == "required" and path[-1] == "of":
        return Finding(path[:-1], "says nothing", f"write one of {', '.join(_choices(path))}")
    if rule == "required":
        return Finding(path[:-1], f"has no {path[-1]}", message)
    if value == "" and rule in ("string.pattern", "string.min_len"):
        return Finding(path, "is missing", _PATTERNS.get(str(violation.rule_value), "write it"))
    if rule == "enum.not_in" and (enum := _enum_at(path)) is not None:
        return Finding(path, "is missing", f"write one of {', '.join(enum_words(enum))}")
    if rule == "string.pattern":
        return Finding(
            path, f"`{value}` is not allowed", _PATTERNS.get(violation.rule_value, message)
        )
    if isinstance(value, int):
        return Finding(path, f"is {value}", message)
    return Finding(path, message)


def _choices(path: Path) -> list[str]:
    """The fields of the oneof at a path."""
    message: Any = Catalog.DESCRIPTOR
    for step in path[:-1]:
        if isinstance(step, str):
            message = message.fields_by_name[step].message_type
    return [field.name for field in message.oneofs_by_name[path[-1]].fields]


def _enum_at(path: Path) -> EnumDescriptor | None:
    message, enum = Catalog.DESCRIPTOR, None
    for step in path:
        if isinstance(step, str) and not isinstance(step, MapKey):
            field = message.fields_by_name[step]
            message, enum = field.message_type or message, field.enum_type
    return enum
