"""Pieces of catalogs with progression in them, and what is wrong with each."""

from __future__ import annotations

from pathlib import Path

from renown_server.catalog.check import check

BASE = """\
name: game
currencies: [{code: coins}]
metrics: [{id: lessons}, {id: hours, decimals: 2}, {id: accuracy, aggregation: average}]
activity_types: [{id: lesson, counts: [lessons], metrics: [hours, accuracy]}]
levels: {linear: {base: 100}, hard_cap: 10}
items: [{id: ore}]
seasons: [{id: spring, starts_at: 2026-03-01T00:00:00Z, ends_at: 2026-06-01T00:00:00Z}]
titles: [{id: sage}]
streaks: [{id: daily}]
achievements:
  - {id: first, requirements: {conditions: [{metric: lessons}]}}
  - {id: many, repeatable: true, requirements: {conditions: [{metric: lessons}]}}
badges: [{id: bronze, category: study}, {id: silver}]
badge_categories: [{id: study}]
quests: [{id: intro, objectives: [{id: a, targets: [{metric: lessons}]}]}]
"""
"""What the pieces refer to."""


def problems(folder: Path, text: str, base: str = BASE) -> list[str]:
    """What is wrong with `text` on top of `base`, without file and line."""
    (folder / "base.yaml").write_text(base)
    (folder / "game.yaml").write_text(text)
    found = [str(problem) for problem in check(folder)]
    assert all(line.startswith("game.yaml:") for line in found), found
    return [line.split(": ", 1)[1] for line in found]


def requirement(text: str, rest: str = "") -> str:
    """An achievement with this requirement; `rest` are more of its fields."""
    return f"achievements: [{{id: a, requirements: {{{text}}}{rest}}}]"


def condition(text: str, kind: str = "counter") -> str:
    """An achievement with this condition."""
    return requirement(f"type: {kind}, conditions: [{{{text}}}]")


def achievement(text: str, condition: str = "metric: lessons") -> str:
    """An achievement with these fields."""
    return requirement(f"conditions: [{{{condition}}}]", f", {text}")


def reward(text: str) -> str:
    """An achievement that gives this."""
    return achievement(f"rewards: {{{text}}}")


def badge(text: str) -> str:
    """A badge with these fields."""
    return f"badges: [{{id: a, {text}}}]"


def acquisition(text: str) -> str:
    """A badge that is obtained like this."""
    return badge(f"acquisition: {{{text}}}")


def streak(text: str) -> str:
    """A streak with these fields."""
    return f"streaks: [{{id: a, {text}}}]"


def quest(text: str, objectives: str = "{id: a, targets: [{metric: lessons}]}") -> str:
    """A quest with these fields."""
    return f"quests: [{{id: q, objectives: [{objectives}], {text}}}]"


def objective(text: str) -> str:
    """A quest with this objective."""
    return quest("name: q", f"{{id: a, {text}}}")
