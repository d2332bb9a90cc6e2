"""What definitions of all kinds say of themselves."""

from __future__ import annotations

from renown._model.basics import WireEnum


class DefinitionStatus(WireEnum):
    """Whether a definition can be earned.

    Attributes:
        ACTIVE: can be earned.
        RETIRED: can't be earned any more; who has it keeps it.
        UPCOMING: announced and can't be earned yet.
    """

    UNKNOWN = 0
    ACTIVE = 1
    RETIRED = 2
    UPCOMING = 3


class Difficulty(WireEnum):
    """How hard something is meant to be.

    Attributes:
        EASY: easy.
        MEDIUM: in between.
        HARD: hard.
        EXPERT: very hard.
    """

    UNKNOWN = 0
    EASY = 1
    MEDIUM = 2
    HARD = 3
    EXPERT = 4
