"""Files: found, merged, and problems found again in them."""

from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog import limits
from renown_server.catalog import source as source_module
from renown_server.catalog.problems import Finding, MapKey
from renown_server.catalog.scalars import _READERS
from renown_server.catalog.source import read_catalog


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(path: Path) -> list[str]:
    return [str(problem) for problem in read_catalog(path).problems]


def test_files_are_merged_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        b="metrics: [{id: third}]\nbonuses: {perfect_basis_points: 15000}",
        a="name: game\nmetrics: [{id: first}, {id: second}]",
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.yml").write_text("metrics: [{id: fourth}]")
    (tmp_path / "notes.txt").write_text("not: [read")
    (tmp_path / ".hidden.yaml").write_text("not: [read")
    source = read_catalog(tmp_path)
    assert source.problems == []
    assert [metric.id for metric in source.catalog.metrics] == [
        "first",
        "second",
        "third",
        "fourth",
    ]
    assert source.catalog.name == "game"
    assert source.catalog.bonuses.perfect_basis_points == 15000


def test_one_file_is_a_catalog_too(tmp_path: Path) -> None:
    write(tmp_path, a="name: a", b="name: b")
    assert read_catalog(tmp_path / "b.yaml").catalog.name == "b"


def test_findings_are_found_again_in_their_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="metrics:\n  - id: x\n  - id: y\nname: game",
        b="# nothing\nmetrics:\n  - id: z\n    decimals: 1\nbonuses:\n  policy: sum",
    )
    source = read_catalog(tmp_path)

    def place(*path: str | int) -> str:
        return str(source.locate(Finding(path, "p"))).removesuffix(": p")

    assert place("metrics", 1, "id") == "a.yaml:3: metrics[1].id"
    assert place("metrics", 2, "decimals") == "b.yaml:4: metrics[0].decimals"
    assert place("metrics", 2, "name") == "b.yaml:3: metrics[0].name"
    assert place("bonuses", "policy") == "b.yaml:6: bonuses.policy"
    assert place("name") == "a.yaml:4: name"
    assert place("description") == f"{tmp_path}: description"
    assert place("metrics") == f"{tmp_path}: metrics"


def test_map_keys_show_in_paths(tmp_path: Path) -> None:
    write(tmp_path, a="activity_types:\n  - xp_range:\n      by_context:\n        hard: 5")
    path = ("activity_types", 0, "xp_range", "by_context", MapKey("hard"))
    assert str(read_catalog(tmp_path).locate(Finding(path, "p", "m"))) == (
        "a.yaml:4: activity_types[0].xp_range.by_context[hard]: p (m)"
    )


def test_every_problem_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        activities=(
            "activity_types:\n"
            "  - id: a\n"
            "    bas_xp: 5\n"
            "    base_xp: five\n"
            "  - just a word\n"
            "  - id: c\n"
            "    id: d\n"
            "    metrics: hours\n"
            "    currencies: {coins: 5}\n"
            "    counts: [a, [b], ~]\n"
            "    xp_range: 10\n"
            "    cooldown: [1h]\n"
        ),
        levels=("levels:\n  linear: {base: 1}\n  exponential: {base: 1}\nguilds: []\nname: [a]\n"),
    )
    assert problems(tmp_path) == [
        "activities.yaml:3: activity_types[0].bas_xp: unknown field (did you mean base_xp?)",
        "activities.yaml:4: activity_types[0].base_xp: `five` is no whole number"
        " (write digits only, without leading zeros)",
        "activities.yaml:5: activity_types[1]: is a single value (write `field: value` lines)",
        "activities.yaml:7: activity_types[2].id: is given again (first on line 6) (keep one)",
        "activities.yaml:8: activity_types[2].metrics: is a single value"
        " (write a list: `- …` lines or [a, b])",
        "activities.yaml:9: activity_types[2].currencies: is a group of fields"
        " (write a list: `- …` lines or [a, b])",
        "activities.yaml:10: activity_types[2].counts[1]: is a list (write a single value)",
        "activities.yaml:10: activity_types[2].counts[2]: is empty (write a value or remove it)",
        "activities.yaml:11: activity_types[2].xp_range: is a single value"
        " (write `field: value` lines)",
        "activities.yaml:12: activity_types[2].cooldown: is a list"
        " (write a duration like 90s or 1d)",
        "levels.yaml:3: levels.exponential: linear is given too"
        " (keep one of linear and exponential)",
        "levels.yaml:4: guilds: unknown field (the fields here are name, description, settings,"
        " currencies, metrics, levels, bonuses, activity_types, leaderboards, boosts, items,"
        " loot_tables, offers, rotations, achievements, badges, badge_collections,"
        " badge_categories, streaks, quests, titles, seasons, prestige)",
        "levels.yaml:5: name: is a list (write a single value)",
    ]


def test_repeated_map_keys_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a="activity_types: [{xp_range: {by_context: {a: 1, a: 2, b: }}}]")
    assert problems(tmp_path) == [
        "a.yaml:1: activity_types[0].xp_range.by_context[a]: is given again (keep one)",
        "a.yaml:1: activity_types[0].xp_range.by_context[b]: is empty (write a value or remove it)",
    ]


def test_a_field_that_is_no_list_may_stand_in_one_file_only(tmp_path: Path) -> None:
    write(tmp_path, a="levels: {hard_cap: 5}", b="\nlevels: {hard_cap: 6}")
    source = read_catalog(tmp_path)
    assert [str(problem) for problem in source.problems] == [
        "b.yaml:2: levels: is given in a.yaml too (keep one of them)"
    ]
    assert source.catalog.levels.hard_cap == 5


def test_a_file_that_is_lost_is_named(tmp_path: Path) -> None:
    write(tmp_path, a="name: a", b="[1, 2]", c="")
    (tmp_path / "d.yaml").write_bytes(b"name: x\n# caf\xe9\n")
    (tmp_path / "e.yaml").write_bytes(b"\xef\xbb\xbfdescription: with a byte order mark")
    (tmp_path / "f.yaml").write_bytes(b"# " + b"x" * limits.FILE_BYTES_MAX)
    source = read_catalog(tmp_path)
    assert [str(problem) for problem in source.problems] == [
        "b.yaml:1: is a list (write `field: value` lines)",
        "d.yaml:2: is not UTF-8 (save it as UTF-8)",
        "f.yaml: is larger than 1048576 bytes (split it)",
    ]
    assert source.incomplete
    assert source.catalog.description == "with a byte order mark"


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}: holds no .yaml file (name the folder of a catalog)"]
    assert problems(tmp_path / "gone.yaml") == [
        "gone.yaml: cannot be read: No such file or directory (check its name and permissions)"
    ]


def test_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="name: game", b="description: x")
    monkeypatch.setattr(source_module, "CATALOG_BYTES_MAX", 15)
    assert problems(tmp_path) == [f"{tmp_path}: holds more than 15 bytes (shorten it)"]
    monkeypatch.setattr(source_module, "FILES_MAX", 1)
    assert problems(tmp_path) == [f"{tmp_path}: holds more than 1 files (join some)"]


def test_every_field_of_the_schema_can_be_read() -> None:
    seen: set[str] = set()

    def visit(message: Descriptor) -> None:
        if message.full_name in seen or message.full_name == "google.protobuf.Duration":
            return
        seen.add(message.full_name)
        for field in message.fields:
            if field.message_type is not None:
                visit(field.message_type)
            else:
                assert field.type in _READERS, field.full_name

    visit(Catalog.DESCRIPTOR)
    assert "renown.v1.ActivityTypeDefinition" in seen
