"""What a list of a player's achievements says; pure."""

from __future__ import annotations

from itertools import islice

import msgspec

from renown_server.achievements.views import Overview, View
from renown_server.catalog.achievements import Achievement


class Filters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list keeps: the states, either of them or, with none, all; what is empty keeps all."""

    completed: bool = False
    in_progress: bool = False
    category: str = ""
    achievement_type: str = ""

    def keeps(self, overview: Overview, definition: Achievement) -> bool:
        """Whether the list has it."""
        if self.category not in ("", definition.category):
            return False
        if self.achievement_type not in ("", definition.achievement_type):
            return False
        if not (self.completed or self.in_progress):
            return True
        if overview.is_completed(definition):
            return self.completed
        return self.in_progress and overview.has_begun(definition)


class CategoryTotal(msgspec.Struct):
    """How far a player has come in one category."""

    category: str
    earned: int = 0
    total: int = 0
    points: int = 0


class Totals(msgspec.Struct):
    """How far a player has come in all that it may see."""

    total: int
    completed: int
    in_progress: int
    points: int
    categories: list[CategoryTotal]


class Listing(msgspec.Struct):
    """A page of a player's achievements, and the totals of all."""

    views: list[View]
    has_more: bool
    totals: Totals
    showcase: tuple[str, ...]


def page_of(
    overview: Overview, filters: Filters, *, after: str, size: int
) -> tuple[list[View], bool]:
    """Up to `size` achievements behind an id, and whether there are more."""
    kept = (
        definition
        for definition in overview.visible()
        if definition.id > after and filters.keeps(overview, definition)
    )
    found = list(islice(kept, size + 1))
    overview.require(found[:size])
    return [overview.view(definition) for definition in found[:size]], len(found) > size


def totals_of(overview: Overview) -> Totals:
    """The totals of all that the player may see."""
    categories: dict[str, CategoryTotal] = {}
    in_progress = 0
    for definition in overview.visible():
        each = categories.setdefault(definition.category, CategoryTotal(definition.category))
        each.total += 1
        if overview.is_completed(definition):
            each.earned += 1
            each.points += definition.points
        else:
            in_progress += overview.has_begun(definition)
    found = [categories[name] for name in sorted(categories)]
    return Totals(
        total=sum([each.total for each in found]),
        completed=sum([each.earned for each in found]),
        in_progress=in_progress,
        points=sum([each.points for each in found]),
        categories=found,
    )
