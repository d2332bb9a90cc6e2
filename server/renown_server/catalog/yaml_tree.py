"""YAML as a tree of text.

YAML guesses what a plain scalar is: `no` is false, `1:30` is 90, `010` is 8, a date is a date. Here
scalars stay the text that was written, and the schema says what they mean. What the schema has no
use for is refused: tags, anchors, aliases (they can blow up), more than one document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from renown_server.catalog.limits import DEPTH_MAX

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as text; `plain` if it was written without quotes. Lines count from 1."""

    text: str
    plain: bool
    line: int

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or the word for nothing."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order written, repeats included."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int


Node = Scalar | Sequence | Mapping


class UnreadableYaml(Exception):
    """A file's text is no YAML, or YAML beyond what catalogs use."""

    def __init__(self, line: int, problem: str, mend: str = "") -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem
        self.mend = mend


def parse_yaml(text: str) -> Node | None:
    """Parses one document; None if there is none.

    Raises:
        UnreadableYaml: at the first place that cannot be read.
    """
    try:
        return _document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error) from error
    except yaml.YAMLError as error:
        raise UnreadableYaml(0, " ".join(str(error).split())) from error


def _unreadable(error: yaml.MarkedYAMLError) -> UnreadableYaml:
    context, begun, mark = error.context, error.context_mark, error.problem_mark
    if context and begun and mark and begun.line != mark.line:
        context += f" that begins on line {begun.line + 1}"
    what = ", ".join(part for part in (context, error.problem) if part)
    place = mark or begun
    return UnreadableYaml(place.line + 1 if place else 0, what)


def _document(events: Iterator[Event]) -> Node | None:
    root: Node | None = None
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise UnreadableYaml(_line(event), "a second document begins", "use another file")
            root = _node(next(events), events, depth=1)
        elif isinstance(event, StreamEndEvent):
            break
    return root


def _node(event: Event, events: Iterator[Event], depth: int) -> Node:
    if depth > DEPTH_MAX:
        raise UnreadableYaml(_line(event), f"nested deeper than {DEPTH_MAX}")
    _refuse_extras(event)
    if isinstance(event, ScalarEvent):
        # Block scalars end with the line break before the next key, which nobody means.
        text = event.value.rstrip("\n") if event.style in ("|", ">") else event.value
        return Scalar(text, plain=not event.style, line=_line(event))
    if isinstance(event, SequenceStartEvent):
        items = []
        while not isinstance(following := next(events), SequenceEndEvent):
            items.append(_node(following, events, depth + 1))
        return Sequence(tuple(items), _line(event))
    entries = []
    while not isinstance(following := next(events), MappingEndEvent):
        key = _node(following, events, depth + 1)
        if not isinstance(key, Scalar):
            raise UnreadableYaml(_line(event), "a key is not a plain word")
        entries.append((key, _node(next(events), events, depth + 1)))
    return Mapping(tuple(entries), _line(event))


def _refuse_extras(event: Event) -> None:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        raise UnreadableYaml(
            _line(event), "anchors and aliases are not supported", "write the value out"
        )
    if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent) and event.tag:
        raise UnreadableYaml(_line(event), f"the tag {event.tag} is not supported", "leave it out")


def _line(event: Event) -> int:
    mark = event.start_mark
    return int(mark.line) + 1 if mark else 0
