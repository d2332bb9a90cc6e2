"""A catalog's files: found, read and merged into one `renown.v1.Catalog`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.decode import decode
from renown_server.catalog.limits import CATALOG_BYTES_MAX, FILE_BYTES_MAX, FILES_MAX
from renown_server.catalog.problems import Finding, Path, Problem, format_path
from renown_server.catalog.yaml_tree import UnreadableYaml, parse_yaml

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Part:
    """One file's share of the catalog.

    Attributes:
        file: its name, below the catalog's folder.
        lines: the line of each value, by its path in the file.
        offsets: where its items of each list begin in the merged one.
    """

    file: str
    lines: dict[Path, int]
    offsets: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Source:
    """What was read.

    Attributes:
        name: the folder or file, as it was given.
        catalog: all files' definitions in one message.
        problems: what could not be read.
        incomplete: whether whole files are missing from `catalog`.
        parts: what each file gave.
        owners: the part that gave each field that is no list.
    """

    name: str
    catalog: Catalog = field(default_factory=Catalog)
    problems: list[Problem] = field(default_factory=list)
    incomplete: bool = False
    parts: list[Part] = field(default_factory=list)
    owners: dict[str, Part] = field(default_factory=dict)

    def lose(self, file: str, problem: str, mend: str = "", line: int = 0) -> None:
        """Notes a file that could not be read at all."""
        self.incomplete = True
        self.problems.append(Problem(file, line, "", problem, mend))

    def locate(self, finding: Finding) -> Problem:
        """Says where in the files a finding about the merged catalog lies."""
        part, path = self._origin(finding.path)
        text = format_path(path)
        if part is None:
            return Problem(self.name, 0, text, finding.problem, finding.mend)
        line = next((part.lines[p] for p in _ancestors(path) if p in part.lines), 0)
        return Problem(part.file, line, text, finding.problem, finding.mend)

    def _origin(self, path: Path) -> tuple[Part | None, Path]:
        if len(path) < 2 or not isinstance(path[1], int):
            return self.owners.get(str(path[0])) if path else None, path
        top, index = str(path[0]), path[1]
        owner = next(
            part for part in reversed(self.parts) if part.offsets.get(top, index + 1) <= index
        )
        return owner, (top, index - owner.offsets[top], *path[2:])


def read_catalog(path: str | FilePath) -> Source:
    """Reads a folder of YAML files, or a single one.

    All files are tried; what is wrong is in `problems`. The result is not validated.
    """
    source = Source(os.fspath(path))
    root = FilePath(path)
    if not root.is_dir():
        root, files = root.parent, [root]
    else:
        files = sorted(_find(root))
    if not files:
        source.lose(source.name, "holds no .yaml file", "name the folder of a catalog")
    if len(files) > FILES_MAX:
        source.lose(source.name, f"holds more than {FILES_MAX} files", "join some")
        return source
    budget = CATALOG_BYTES_MAX
    for file in files:
        name = file.relative_to(root).as_posix()
        text = _read(source, file, name)
        budget -= len(text)
        if budget < 0:
            source.lose(source.name, f"holds more than {CATALOG_BYTES_MAX} bytes", "shorten it")
            break
        if text:
            _add(source, name, text)
    return source


def _find(root: FilePath) -> Iterator[FilePath]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield FilePath(folder, name)


def _read(source: Source, file: FilePath, name: str) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            source.lose(name, f"is larger than {FILE_BYTES_MAX} bytes", "split it")
            return ""
        return data.decode("utf-8-sig")
    except OSError as error:
        source.lose(name, f"cannot be read: {error.strerror}", "check its name and permissions")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        source.lose(name, "is not UTF-8", "save it as UTF-8", line)
    return ""


def _add(source: Source, name: str, text: str) -> None:
    try:
        tree = parse_yaml(text)
    except UnreadableYaml as error:
        source.lose(name, error.problem, error.mend, error.line)
        return
    if tree is None:
        return
    share = Catalog()
    decoding = decode(tree, share)
    source.problems.extend(
        Problem(name, refused.line, format_path(refused.path), refused.problem, refused.mend)
        for refused in decoding.refused
    )
    part = Part(name, decoding.lines)
    source.parts.append(part)
    _merge(source, part, share)


def _merge(source: Source, part: Part, share: Catalog) -> None:
    for descriptor, _ in share.ListFields():
        name = descriptor.name
        if descriptor.is_repeated:
            merged = getattr(source.catalog, name)
            part.offsets[name] = len(merged)
            merged.extend(getattr(share, name))
        elif name in source.owners:
            other = source.owners[name].file
            source.problems.append(
                Problem(
                    part.file,
                    part.lines.get((name,), 0),
                    name,
                    f"is given in {other} too",
                    "keep one of them",
                )
            )
        else:
            source.owners[name] = part
            if descriptor.message_type is None:
                setattr(source.catalog, name, getattr(share, name))
            else:
                getattr(source.catalog, name).CopyFrom(getattr(share, name))


def _ancestors(path: Path) -> Iterator[Path]:
    for length in range(len(path), 0, -1):
        yield path[:length]
