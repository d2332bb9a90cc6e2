"""What YAML would guess, and what catalogs make of it."""

from pathlib import Path

import pytest
import yaml

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog import yaml_tree
from renown_server.catalog.source import Source, read_catalog


def read(folder: Path, text: str) -> Source:
    (folder / "game.yaml").write_text(text, encoding="utf-8")
    return read_catalog(folder)


def good(folder: Path, text: str) -> Catalog:
    source = read(folder, text)
    assert source.problems == []
    return source.catalog


def problems(folder: Path, text: str) -> list[str]:
    return [str(problem) for problem in read(folder, text).problems]


@pytest.mark.parametrize("word", ["no", "on", "Yes", "y", "1:30", "010", "0x1F", "1e3", "1.10"])
def test_a_string_is_what_was_written(tmp_path: Path, word: str) -> None:
    assert good(tmp_path, f"name: {word}\n").name == word
    assert good(tmp_path, f'name: "{word}"\n').name == word


def test_map_keys_are_what_was_written(tmp_path: Path) -> None:
    text = "activity_types: [{xp_range: {by_context: {no: 1, 007: 2, 2026-11-20: 3}}}]"
    by_context = good(tmp_path, text).activity_types[0].xp_range.by_context
    assert dict(by_context) == {"no": 1, "007": 2, "2026-11-20": 3}


def test_a_moment_needs_no_quotes(tmp_path: Path) -> None:
    catalog = good(tmp_path, "boosts: [{starts_at: 2026-12-24T00:00:00+01:00}]")
    assert catalog.boosts[0].starts_at == "2026-12-24T00:00:00+01:00"


@pytest.mark.parametrize("word", ["", "~", "null", "Null"])
def test_nothing_leaves_a_field_unset(tmp_path: Path, word: str) -> None:
    catalog = good(tmp_path, f"name: {word}\nlevels: {word}\ncurrencies: {word}\n")
    assert catalog == Catalog()


def test_a_quoted_null_is_a_word(tmp_path: Path) -> None:
    assert good(tmp_path, "name: 'null'").name == "null"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("-5", -5),
        ("+5", 5),
        ("1_000_000", 10**6),
        ("'12'", 12),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_whole_numbers(tmp_path: Path, written: str, value: int) -> None:
    catalog = good(tmp_path, f"activity_types: [{{base_xp: {written}}}]")
    assert catalog.activity_types[0].base_xp == value


@pytest.mark.parametrize(
    "written", ["010", "0x10", "0b1", "1:30", "1.5", "100.0", "1e3", "yes", ".inf", "1_", "_1", "٣"]
)
def test_what_is_no_whole_number(tmp_path: Path, written: str) -> None:
    assert problems(tmp_path, f"activity_types: [{{base_xp: {written}}}]") == [
        f"game.yaml:1: activity_types[0].base_xp: `{written}` is no whole number"
        " (write digits only, without leading zeros)"
    ]


@pytest.mark.parametrize(
    ("field", "written", "most"),
    [
        ("base_xp", str(2**63), 2**63 - 1),
        ("base_xp", "9" * 5000, 2**63 - 1),
        ("daily_cap", str(2**31), 2**31 - 1),
    ],
)
def test_numbers_that_fit_no_integer(tmp_path: Path, field: str, written: str, most: int) -> None:
    assert problems(tmp_path, f"activity_types: [{{{field}: {written}}}]") == [
        f"game.yaml:1: activity_types[0].{field}: {written} is out of range (use at most {most})"
    ]


@pytest.mark.parametrize(("written", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_truth(tmp_path: Path, written: str, value: bool) -> None:
    assert good(tmp_path, f"currencies: [{{premium: {written}}}]").currencies[0].premium is value


@pytest.mark.parametrize("written", ["yes", "off", "1", "'true'"])
def test_what_is_neither_true_nor_false(tmp_path: Path, written: str) -> None:
    assert problems(tmp_path, f"currencies: [{{premium: {written}}}]") == [
        f"game.yaml:1: currencies[0].premium: `{written.strip(chr(39))}` is neither true nor false"
        " (write true or false)"
    ]


@pytest.mark.parametrize(
    ("written", "seconds", "nanos"),
    [
        ("72h", 259200, 0),
        ("90s", 90, 0),
        ("1d", 86400, 0),
        ("1h30m", 5400, 0),
        ("1d2h3m4s", 93784, 0),
        ("1.5s", 1, 500_000_000),
        ("0s", 0, 0),
        ("-3s", -3, 0),
    ],
)
def test_durations(tmp_path: Path, written: str, seconds: int, nanos: int) -> None:
    cooldown = (
        good(tmp_path, f"activity_types: [{{cooldown: {written}}}]").activity_types[0].cooldown
    )
    assert (cooldown.seconds, cooldown.nanos) == (seconds, nanos)


@pytest.mark.parametrize("written", ["60", "1:30", "5 min", "30m1h", "1w", "''", "1.5h"])
def test_what_is_no_duration(tmp_path: Path, written: str) -> None:
    assert problems(tmp_path, f"activity_types: [{{cooldown: {written}}}]") == [
        f"game.yaml:1: activity_types[0].cooldown: `{written.strip(chr(39))}` is no duration"
        " (write it like 90s, 15m, 72h or 1d)"
    ]


@pytest.mark.parametrize("written", ["weekly", "LEADERBOARD_PERIOD_WEEKLY", "'weekly'"])
def test_enum_values_by_short_and_full_name(tmp_path: Path, written: str) -> None:
    assert good(tmp_path, f"leaderboards: [{{period: {written}}}]").leaderboards[0].period == 2


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("weakly", "did you mean weekly?"),
        ("Weekly", "did you mean weekly?"),
        ("2", "use all_time, weekly"),
        ("unspecified", "use all_time, weekly"),
        ("LEADERBOARD_PERIOD_UNSPECIFIED", "use all_time, weekly"),
    ],
)
def test_unknown_enum_values(tmp_path: Path, written: str, mend: str) -> None:
    assert problems(tmp_path, f"leaderboards: [{{period: {written}}}]") == [
        f"game.yaml:1: leaderboards[0].period: unknown value `{written}` ({mend})"
    ]


def test_block_texts_lose_their_last_line_break(tmp_path: Path) -> None:
    catalog = good(tmp_path, "description: |\n  one\n  two\n\nname: >\n  a\n  b\n")
    assert (catalog.description, catalog.name) == ("one\ntwo", "a b")


def test_control_characters_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, 'name: "a\\0b"') == [
        "game.yaml:1: name: holds control characters (remove them)"
    ]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: [a", "game.yaml:"),
        ("[a\n\n}", "game.yaml:3: while parsing a flow sequence that begins on line 1, "),
        ("a: b: c", "game.yaml:1: mapping values are not allowed "),
        ("name: a\n--- \nname: b", "game.yaml:2: a second document begins (use another file)"),
        ("name: &a x", "game.yaml:1: anchors and aliases are not supported (write the value out)"),
        ("name: *a", "game.yaml:1: anchors and aliases are not supported (write the value out)"),
        (
            "name: !!python/object/apply:os.system [x]",
            "game.yaml:1: the tag tag:yaml.org,2002:python/object/apply:os.system is not supported"
            " (leave it out)",
        ),
        ("? [a]\n: b", "game.yaml:1: a key is not a plain word"),
        ("[" * 50_000 + "]" * 50_000, "game.yaml:1: nested deeper than 32"),
        ('name: "\x00"', "game.yaml: unacceptable character #x0000: "),
    ],
)
def test_what_is_not_read_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str, loader: type
) -> None:
    monkeypatch.setattr(yaml_tree, "_LOADER", loader)
    found = problems(tmp_path, text)
    assert len(found) == 1
    # Where a problem ends open, the two parsers go on in different words.
    assert found[0].startswith(problem)


def test_both_parsers_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).parents[2] / "catalogs/starter"
    texts = [path.read_text() for path in sorted(folder.iterdir())]
    texts.append("a: |\n  x\nb: >-\n  y\nc: 'no'\nd: no\ne:\nf: \"q\\n\"\n")
    fast = [yaml_tree.parse_yaml(text) for text in texts]
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    assert [yaml_tree.parse_yaml(text) for text in texts] == fast


def test_the_word_merge_key_is_an_unknown_field(tmp_path: Path) -> None:
    assert (
        "activity_types[0].<<: unknown field"
        in problems(tmp_path, "activity_types:\n  - <<: {id: a}")[0]
    )
