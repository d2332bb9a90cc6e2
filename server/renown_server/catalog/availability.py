"""Whether and when a definition can be earned."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.enums import direct


@direct
class Status(enum.Enum):
    """Whether it can be earned. Values are those of `renown.v1.DefinitionStatus`."""

    ACTIVE = 1
    RETIRED = 2
    UPCOMING = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, half-open; a bound of 0 is none."""

    starts_us: int = 0
    ends_us: int = 0

    def holds(self, at_us: int) -> bool:
        """Whether a moment lies within."""
        return self.starts_us <= at_us and (not self.ends_us or at_us < self.ends_us)

    def within(self, other: Window) -> Window:
        """What both of them hold; nothing if they don't meet."""
        ends = [bound for bound in (self.ends_us, other.ends_us) if bound]
        return Window(max(self.starts_us, other.starts_us), min(ends, default=0))


ALWAYS = Window()
