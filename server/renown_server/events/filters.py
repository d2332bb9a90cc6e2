"""Which types of event a reader wants."""

from __future__ import annotations

from collections.abc import Iterable


class TypeFilter:
    """Keeps `xp.gained` by name and `currency.*` by kind; without patterns, all.

    Args:
        patterns: event types, or kinds followed by `.*`.
    """

    __slots__ = ("_kinds", "_types")

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        patterns = frozenset(patterns)
        self._types = frozenset([one for one in patterns if not one.endswith(".*")])
        self._kinds = frozenset([one[:-2] for one in patterns if one.endswith(".*")])

    def accepts(self, event_type: str) -> bool:
        """Whether events of the type are wanted."""
        if not self._types and not self._kinds:
            return True
        return event_type in self._types or event_type.partition(".")[0] in self._kinds
