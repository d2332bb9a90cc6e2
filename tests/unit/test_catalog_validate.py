"""Every way a catalog can be wrong, with the words people get."""

from pathlib import Path

import pytest

from renown_server.catalog.check import check, load_catalog
from renown_server.catalog.problems import CatalogInvalid

CATALOGS = [Path("catalogs/starter"), Path("tests/bench/catalog")]
ROOT = Path(__file__).parents[2]

BASE = """\
name: game
currencies: [{code: coins}, {code: gems, premium: true}]
metrics: [{id: hours, decimals: 1}, {id: lessons}]
"""
CURVE = "levels: {linear: {base: 100}, hard_cap: 10"


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with `text` on top of BASE, without file and line."""
    (folder / "base.yaml").write_text(BASE)
    (folder / "game.yaml").write_text(text)
    found = [str(problem) for problem in check(folder)]
    assert all(line.startswith("game.yaml:") for line in found)
    return [line.split(": ", 1)[1] for line in found]


@pytest.mark.parametrize("path", CATALOGS, ids=str)
def test_the_catalogs_we_ship_are_right(path: Path) -> None:
    assert check(ROOT / path) == []


def test_an_empty_catalog_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("currencies: []")
    assert [str(problem) for problem in check(tmp_path)] == [
        f"{tmp_path}: name: is missing (write it)"
    ]


CASES = [
    # ids
    ("currencies: [{code: coins}]", "currencies[0].code: `coins` is taken (choose another code)"),
    ("metrics: [{id: hours}]", "metrics[0].id: `hours` is taken (choose another id)"),
    (
        "activity_types: [{id: a}, {id: a}]",
        "activity_types[1].id: `a` is taken (choose another id)",
    ),
    (
        "leaderboards: [{id: a, source: xp, period: weekly}, {id: a, source: xp, period: weekly}]",
        "leaderboards[1].id: `a` is taken (choose another id)",
    ),
    (
        "currencies: [{code: Gold!}]",
        "currencies[0].code: `Gold!` is not allowed (use 1 to 64 of a-z, 0-9 and _)",
    ),
    (
        "activity_types: [{base_xp: 5}]",
        "activity_types[0].id: is missing (use 1 to 64 of a-z, 0-9, _ . and -)",
    ),
    # the schema's bounds
    (
        "metrics: [{id: m, decimals: 7}]",
        "metrics[0].decimals: is 7"
        " (must be greater than or equal to 0 and less than or equal to 6)",
    ),
    (
        "activity_types: [{id: a, base_xp: 9007199254740992}]",
        "activity_types[0].base_xp: is 9007199254740992"
        " (must be greater than or equal to 0 and less than or equal to 9007199254740991)",
    ),
    (
        "activity_types: [{id: a, counts: [hours, hours]}]",
        "activity_types[0].counts: repeated value must contain unique items",
    ),
    (
        "activity_types: [{id: a, cooldown: -1s}]",
        "activity_types[0].cooldown: must be greater than or equal to 0s",
    ),
    (
        "leaderboards: [{id: a, source: xp}]",
        "leaderboards[0].period: is missing (write one of all_time, weekly)",
    ),
    (
        "leaderboards: [{id: a, period: weekly}]",
        "leaderboards[0].source: is missing (write one of xp, metric, direct, currency)",
    ),
    # settings and bonuses
    (
        "settings: {lateness_max: 31d}",
        "settings.lateness_max: is out of range (use a duration between 0s and 30d)",
    ),
    (
        "settings: {lateness_max: -1s}",
        "settings.lateness_max: is out of range (use a duration between 0s and 30d)",
    ),
    (
        "bonuses: {speed_basis_points: 12}",
        "bonuses.speed_basis_points: is 12: a bonus would take XP away"
        " (use at least 10000, or 0 for none; 15000 is 1.5)",
    ),
    # levels
    (
        "levels: {hard_cap: 10}",
        "levels: has no formula (exactly one field is required in oneof)",
    ),
    (
        "levels: {linear: {base: 100}}",
        "levels.hard_cap: is 0 (must be greater than or equal to 1 and less than or equal to 1000)",
    ),
    (
        "levels: {exponential: {base: 100, growth_basis_points: 15000}, soft_cap: 50,"
        " hard_cap: 100}",
        "levels: level 79 would begin at 10867964271617956 XP, past 9007199254740991 (2^53-1)"
        " (set hard_cap to at most 78, or slow the growth from a soft cap on"
        " (growth_after_soft_cap_basis_points))",
    ),
    (
        "levels: {polynomial: {base: 1, degree: 8}, hard_cap: 1000}",
        "levels: level 77 would begin at 9965240101025286 XP, past 9007199254740991 (2^53-1)"
        " (set hard_cap to at most 76)",
    ),
    (
        CURVE + ", soft_cap: 11}",
        "levels.soft_cap: is 11, above the hard_cap of 10 (lower it, or raise hard_cap)",
    ),
    (
        CURVE + ", soft_cap_rate_basis_points: 5000}",
        "levels.soft_cap_rate_basis_points: has no effect without soft_cap"
        " (set soft_cap, or remove it)",
    ),
    (
        CURVE + ", soft_cap: 5, growth_after_soft_cap_basis_points: 11000}",
        "levels.growth_after_soft_cap_basis_points: is for exponential curves only (remove it)",
    ),
    (
        "levels: {exponential: {base: 1, growth_basis_points: 15000}, hard_cap: 9,"
        " growth_after_soft_cap_basis_points: 11000}",
        "levels.growth_after_soft_cap_basis_points: has no effect without soft_cap"
        " (set soft_cap, or remove it)",
    ),
    (
        "levels: {exponential: {base: 1, growth_basis_points: 15000}, hard_cap: 9, soft_cap: 5,"
        " growth_after_soft_cap_basis_points: 9999}",
        "levels.growth_after_soft_cap_basis_points: is 9999: levels would become shorter"
        " (use at least 10000)",
    ),
    (
        "levels: {table: {thresholds: [10, 20]}, hard_cap: 4}",
        "levels.table.thresholds: lists 2 thresholds for the levels 2 to 4"
        " (list 3, or set hard_cap to 3)",
    ),
    (
        "levels: {table: {thresholds: [10, 10, 30]}, hard_cap: 4}",
        "levels.table.thresholds[1]: level 3 would begin at 10 XP, not after 10"
        " (let thresholds rise)",
    ),
    (
        "levels: {table: {thresholds: [0, 10]}, hard_cap: 3}",
        "levels.table.thresholds[0]: level 2 would begin at 0 XP, not after 0"
        " (let thresholds rise)",
    ),
    (
        "levels: {table: {thresholds: [9007199254740992]}, hard_cap: 2}",
        "levels: level 2 would begin at 9007199254740992 XP, past 9007199254740991 (2^53-1)"
        " (set hard_cap to at most 1)",
    ),
    (
        CURVE + ", rewards: [{level: 11, currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards[0].level: level 11 is never reached (use 2 to 10 (hard_cap))",
    ),
    (
        CURVE + ", rewards: [{level: 1, currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards[0].level: level 1 is never reached (use 2 to 10 (hard_cap))",
    ),
    (
        CURVE + ", rewards: [{every_levels: 11, currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards[0].every_levels: is above the hard_cap of 10: it would never pay"
        " (lower it, or remove the reward)",
    ),
    (
        CURVE + ", rewards: [{currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards[0]: needs either level or every_levels (set exactly one of them)",
    ),
    (
        CURVE
        + ", rewards: [{level: 2, every_levels: 2, currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards[0]: needs either level or every_levels (set exactly one of them)",
    ),
    (
        CURVE + ", rewards: [{level: 2, currencies: [{currency: coin, amount: 1}]}]}",
        "levels.rewards[0].currencies[0].currency: `coin` is not defined under currencies"
        " (did you mean coins?)",
    ),
    (
        CURVE + ", rewards: [{level: 2}]}",
        "levels.rewards[0]: gives nothing (set currencies, items, badges or the like)",
    ),
    (
        CURVE + ", rewards: [{level: 2, currencies: [{currency: coins, amount: 1}]},"
        " {level: 2, currencies: [{currency: gems, amount: 1}]}]}",
        "levels.rewards[1].level: 2 has a reward already, in rewards[0] (put all into one)",
    ),
    (
        CURVE + ", rewards: [{level: 2, currencies: [{currency: coins, amount: 9007199254740991}]},"
        " {every_levels: 2, currencies: [{currency: coins, amount: 1}]}]}",
        "levels.rewards: level 2 would pay 9007199254740992 coins, past 9007199254740991 (2^53-1)"
        " (lower the amounts)",
    ),
    (
        CURVE + ", names: [{level: 11, name: a}]}",
        "levels.names[0].level: level 11 is never reached (use 1 to 10 (hard_cap))",
    ),
    (
        CURVE + ", names: [{level: 1, name: a}, {level: 1, name: b}]}",
        "levels.names[1].level: level 1 has a name already, in names[0] (keep one)",
    ),
    # activity types
    (
        "activity_types: [{id: a, metrics: [hour]}]",
        "activity_types[0].metrics[0]: `hour` is not defined under metrics (did you mean hours?)",
    ),
    (
        "activity_types: [{id: a, counts: ['']}]",
        "activity_types[0].counts[0]: is empty (name a metric, or remove it)",
    ),
    (
        "activity_types: [{id: a, counts: [quests]}]",
        "activity_types[0].counts[0]: `quests` is not defined under metrics"
        " (define it under metrics, or use another)",
    ),
    (
        "activity_types: [{id: a, metrics: [hours], counts: [hours]}]",
        "activity_types[0].counts[0]: `hours` is in metrics too and would move twice"
        " (keep it in one of them)",
    ),
    (
        "activity_types: [{id: a, xp_per_unit: [{metric: hours, amount: 5}]}]",
        "activity_types[0].xp_per_unit[0].metric: `hours` is not among the metrics of this type:"
        " it would never pay (add it to metrics)",
    ),
    (
        "activity_types: [{id: a, xp_per_unit: [{metric: ours, amount: 5}]}]",
        "activity_types[0].xp_per_unit[0].metric: `ours` is not defined under metrics"
        " (did you mean hours?)",
    ),
    (
        "activity_types: [{id: a, metrics: [hours],"
        " xp_per_unit: [{metric: hours, amount: 5}, {metric: hours, amount: 6}]}]",
        "activity_types[0].xp_per_unit[1].metric: has a rate already (add the amounts up)",
    ),
    (
        "activity_types: [{id: a, metrics: [hours],"
        " currency_per_unit: [{metric: hours, currency: gold, amount: 5}]}]",
        "activity_types[0].currency_per_unit[0].currency: `gold` is not defined under currencies"
        " (define it under currencies, or use another)",
    ),
    (
        "activity_types: [{id: a, metrics: [hours], currency_per_unit:"
        " [{metric: hours, currency: coins, amount: 5},"
        " {metric: hours, currency: coins, amount: 5}]}]",
        "activity_types[0].currency_per_unit[1]: has a rate already for this currency"
        " (add the amounts up)",
    ),
    (
        "activity_types: [{id: a, currencies: [{currency: coin, amount: 1}]}]",
        "activity_types[0].currencies[0].currency: `coin` is not defined under currencies"
        " (did you mean coins?)",
    ),
    (
        "activity_types: [{id: a, currencies: [{currency: coins, amount: 1},"
        " {currency: coins, amount: 2}]}]",
        "activity_types[0].currencies[1].currency: `coins` is given twice (add the amounts up)",
    ),
    (
        "activity_types: [{id: a, base_xp: 5, xp_range: {min: 1, max: 2}}]",
        "activity_types[0].xp_range: base_xp is given too (keep one of base_xp and xp_range)",
    ),
    (
        "activity_types: [{id: a, xp_range: {min: 3, max: 2}}]",
        "activity_types[0].xp_range.min: is 3, above the max of 2 (lower it, or raise max)",
    ),
    (
        "activity_types: [{id: a, xp_range: {}}]",
        "activity_types[0].xp_range.max: is 0 (use 1 to 9007199254740991)",
    ),
    (
        "activity_types: [{id: a, xp_range: {max: 5, by_context: {hard: 5}}}]",
        "activity_types[0].xp_range.context_key: is missing (name the context key of by_context)",
    ),
    (
        "activity_types: [{id: a, xp_range: {max: 5, context_key: difficulty}}]",
        "activity_types[0].xp_range.by_context: is missing (give amounts by difficulty)",
    ),
    (
        "activity_types: [{id: a, xp_range: {min: 2, max: 5, context_key: d, by_context: {x: 6}}}]",
        "activity_types[0].xp_range.by_context[x]: is 6, outside 2 to 5"
        " (widen min and max, or change it)",
    ),
    (
        "activity_types: [{id: a, xp_range: {max: 5, context_key: d, by_context: {'': 5}}}]",
        "activity_types[0].xp_range.by_context[]: no activity can send this"
        " (use 1 to 128 characters)",
    ),
    (
        "activity_types: [{id: a, cooldown: 367d}]",
        "activity_types[0].cooldown: is too long (use at most 366d)",
    ),
    (
        "activity_types: [{id: a, client_reportable: true, cooldown: 1m}]",
        "activity_types[0].client_reportable: players could report it without limit"
        " (set cooldown and daily_cap)",
    ),
    (
        "activity_types: [{id: a, client_reportable: true, cooldown: 1m, daily_cap: 1,"
        " currencies: [{currency: gems, amount: 1}]}]",
        "activity_types[0].client_reportable: players could give themselves gems, which is premium"
        " (give another currency, or let the game server report it)",
    ),
    # boards
    (
        "leaderboards: [{id: a, source: metric, period: weekly}]",
        "leaderboards[0].metric: is missing (name the metric that the board counts)",
    ),
    (
        "leaderboards: [{id: a, source: metric, metric: hour, period: weekly}]",
        "leaderboards[0].metric: `hour` is not defined under metrics (did you mean hours?)",
    ),
    (
        "leaderboards: [{id: a, source: xp, metric: hours, period: weekly}]",
        "leaderboards[0].metric: is only for `source: metric` (remove it, or change the source)",
    ),
    (
        "leaderboards: [{id: a, source: direct, period: all_time, aggregation: min}]",
        "leaderboards[0].aggregation: min keeps each player's worst score where the highest is the"
        " top (use `order: ascending`, or max)",
    ),
    (
        "leaderboards: [{id: a, source: direct, period: all_time, aggregation: max,"
        " order: ascending}]",
        "leaderboards[0].aggregation: max keeps each player's worst score where the lowest is the"
        " top (use `order: descending`, or min)",
    ),
    (
        "leaderboards: [{id: a, source: xp, period: weekly, time_zone: Europe/Atlantis}]",
        "leaderboards[0].time_zone: `Europe/Atlantis` is no IANA time zone"
        " (write it like Europe/Berlin, or remove it for UTC)",
    ),
    (
        "leaderboards: [{id: a, source: currency, period: weekly}]",
        "leaderboards[0].currency: is missing (name the currency that the board counts)",
    ),
    (
        "{currencies: [{code: c}],"
        " leaderboards: [{id: a, source: xp, period: weekly, currency: c}]}",
        "leaderboards[0].currency: is only for `source: currency`"
        " (remove it, or change the source)",
    ),
    (
        "{currencies: [{code: c}], leaderboards:"
        " [{id: a, source: currency, period: weekly, currency: c, aggregation: max}]}",
        "leaderboards[0].aggregation: boards of a currency sum (remove it, or use sum)",
    ),
    (
        "leaderboards: [{id: a, source: xp, period: weekly, time_zone: ../UTC}]",
        "leaderboards[0].time_zone: `../UTC` is no IANA time zone"
        " (write it like Europe/Berlin, or remove it for UTC)",
    ),
]


@pytest.mark.parametrize(("text", "problem"), CASES)
def test_each_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


def boost(**changes: str) -> str:
    fields = {
        "id": "double",
        "factor_basis_points": "20000",
        "starts_at": "2026-12-24T00:00:00Z",
        "ends_at": "2026-12-25T00:00:00Z",
    } | changes
    return "boosts: [{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}]"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"ends_at": "2026-12-24T01:00:00+01:00"},
            "boosts[0].ends_at: is not after starts_at (let the window have a length)",
        ),
        (
            {"starts_at": "2026-12-24"},
            "boosts[0].starts_at: `2026-12-24` is no RFC 3339 moment"
            " (write it like 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00)",
        ),
        (
            {"starts_at": "2026-12-24T00:00:00"},
            "boosts[0].starts_at: `2026-12-24T00:00:00` is no RFC 3339 moment"
            " (write it like 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00)",
        ),
        (
            {"starts_at": "2026-02-30T00:00:00Z"},
            "boosts[0].starts_at: `2026-02-30T00:00:00Z` is no RFC 3339 moment"
            " (write it like 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00)",
        ),
        ({"ends_at": "''"}, "boosts[0].ends_at: is missing (write it)"),
        (
            {"factor_basis_points": "9000"},
            "boosts[0].factor_basis_points: is 9000"
            " (must be greater than or equal to 10000 and less than or equal to 1000000)",
        ),
        (
            {"activity_types": "['']"},
            "boosts[0].activity_types[0]: is empty (name an activity type, or remove it)",
        ),
        (
            {"activity_types": "[lesson]"},
            "boosts[0].activity_types[0]: `lesson` is not defined under activity_types"
            " (define it under activity_types, or use another)",
        ),
    ],
)
def test_each_problem_of_a_boost(tmp_path: Path, changes: dict[str, str], problem: str) -> None:
    assert problems(tmp_path, boost(**changes)) == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "leaderboards: [{id: a, source: direct, period: all_time, aggregation: sum,"
        " order: ascending}]",
        "leaderboards: [{id: a, source: xp, period: weekly, time_zone: America/Sao_Paulo}]",
        "levels: {exponential: {base: 100, growth_basis_points: 15000}, hard_cap: 78}",
        "levels: {linear: {base: 1}, hard_cap: 1}",
        "levels: {table: {thresholds: [9007199254740991]}, hard_cap: 2}",
        boost(starts_at="2026-12-24t00:00:00.123456789z"),
        "settings: {lateness_max: 0s}",
    ],
)
def test_what_is_allowed(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


def test_all_problems_are_collected_in_the_order_of_the_files(tmp_path: Path) -> None:
    text = (
        "bonuses: {policy: average, perfect_basis_points: 1}\n"
        "activity_types:\n"
        "  - id: BAD\n"
        "    xp_range: {min: 5, max: 1}\n"
        "  - id: b\n"
        "    counts: [nothing]\n"
    )
    assert [line.split(": ")[0] for line in problems(tmp_path, text)] == [
        "bonuses.policy",
        "bonuses.perfect_basis_points",
        "activity_types[0].id",
        "activity_types[0].xp_range.min",
        "activity_types[1].counts[0]",
    ]


def test_a_value_that_cannot_be_read_is_reported_once(tmp_path: Path) -> None:
    assert problems(tmp_path, "leaderboards: [{id: a, source: xps, period: [weekly]}]") == [
        "leaderboards[0].source: unknown value `xps` (did you mean xp?)",
        "leaderboards[0].period: is a list (write a single value)",
    ]


def test_a_lost_file_is_not_reported_as_missing_definitions(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text("metrics: [{id: hours}")
    (tmp_path / "types.yaml").write_text("name: g\nactivity_types: [{id: a, metrics: [hours]}]")
    assert [problem.file for problem in check(tmp_path)] == ["metrics.yaml"]


def test_loading_refuses_a_wrong_catalog(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: game\nmetrics: [{id: Hours}]")
    with pytest.raises(CatalogInvalid) as caught:
        load_catalog(tmp_path)
    assert "a.yaml:2: metrics[0].id: `Hours` is not allowed" in str(caught.value)
    assert len(caught.value.problems) == 1
