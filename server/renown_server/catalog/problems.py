"""What is wrong with a catalog, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class MapKey(str):
    """A step into a map, as opposed to a field."""

    __slots__ = ()


Step = str | int
"""A field's name, a list's index or a `MapKey`."""

Path = tuple[Step, ...]
"""The way from the catalog to a value in it."""


def format_path(path: Path) -> str:
    """Writes a path as people do: `activity_types[2].currencies[0].currency`."""
    text = ""
    for step in path:
        if isinstance(step, int | MapKey):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a value breaks.

    Attributes:
        path: the value.
        problem: what is wrong with it.
        mend: what to do about it; may be empty.
    """

    path: Path
    problem: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding in a file.

    Attributes:
        file: the file, below the catalog's folder.
        line: the line, from 1; 0 if there is none.
        path: the value within the file; empty for the file itself.
        problem: what is wrong.
        mend: what to do about it; may be empty.
    """

    file: str
    line: int
    path: str
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        """One line: `file:line: path: problem (mend)`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, self.path, self.problem] if self.path else [where, self.problem]
        return ": ".join(parts) + (f" ({self.mend})" if self.mend else "")


class CatalogInvalid(Exception):
    """The catalog has problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("the catalog has problems:\n" + "\n".join(map(str, problems)))
        self.problems = tuple(problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty text."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return found[0] if found else ""
