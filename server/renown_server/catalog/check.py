"""What `renown catalog check` does: read, validate, say where and how to mend."""

from __future__ import annotations

import os

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.problems import CatalogInvalid, Problem
from renown_server.catalog.source import Source, read_catalog
from renown_server.catalog.validate import validate


def check(path: str | os.PathLike[str]) -> list[Problem]:
    """Finds everything wrong with a folder of catalog files, or a single file.

    Each problem prints as one line: `file:line: path: problem (mend)`.
    """
    return _check(read_catalog(os.fspath(path)))


def load_catalog(path: str | os.PathLike[str]) -> Catalog:
    """Reads and validates a catalog.

    Raises:
        CatalogInvalid: it has problems.
    """
    source = read_catalog(os.fspath(path))
    problems = _check(source)
    if problems:
        raise CatalogInvalid(problems)
    return source.catalog


def _check(source: Source) -> list[Problem]:
    problems = list(source.problems)
    # What a lost file defines would be reported as missing, over and over.
    if not source.incomplete:
        unread = {(problem.file, problem.path) for problem in problems}
        located = (source.locate(finding) for finding in validate(source.catalog))
        problems.extend(p for p in located if not _covered(p, unread))
    return sorted(problems, key=lambda p: (p.file, p.line))


def _covered(problem: Problem, unread: set[tuple[str, str]]) -> bool:
    """Whether the value, or one that holds it, could not even be read."""
    return any(
        problem.file == file
        and (problem.path == path or problem.path.startswith((f"{path}.", f"{path}[")))
        for file, path in unread
    )
