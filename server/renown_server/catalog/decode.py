"""A file's tree as a `renown.v1.Catalog`, field by field as the schema says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from renown_server.catalog.problems import MapKey, Path, nearest
from renown_server.catalog.scalars import Unreadable, read_duration, read_scalar
from renown_server.catalog.yaml_tree import Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that could not be read. `line` counts from 1."""

    line: int
    path: Path
    problem: str
    mend: str


@dataclass(slots=True)
class Decoding:
    """What came of decoding one file.

    Attributes:
        lines: the line of each value met, by its path.
        refused: what could not be read, in the order of the file.
    """

    lines: dict[Path, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, node: Node, path: Path, problem: str, mend: str = "") -> None:
        """Notes a value that could not be read."""
        self.refused.append(Refused(node.line, path, problem, mend))


def decode(root: Node, target: Message) -> Decoding:
    """Fills `target` from the tree; what cannot be read stays unset and is noted."""
    decoding = Decoding()
    _fill(decoding, root, target, ())
    return decoding


def _fill(decoding: Decoding, node: Node, target: Message, path: Path) -> None:
    if not isinstance(node, Mapping):
        decoding.refuse(node, path, f"is {_kind(node)}", "write `field: value` lines")
        return
    # Two implementations of descriptors, of which the stubs declare both.
    fields: Any = target.DESCRIPTOR.fields_by_name
    first: dict[str, int] = {}
    for key, value in node.entries:
        at = (*path, key.text)
        if key.text not in fields:
            decoding.refuse(key, at, "unknown field", _meant(key.text, list(fields)))
        elif key.text in first:
            decoding.refuse(
                key, at, f"is given again (first on line {first[key.text]})", "keep one"
            )
        else:
            first[key.text] = key.line
            decoding.lines[at] = key.line
            if not (isinstance(value, Scalar) and value.is_null):
                _field(decoding, value, target, fields[key.text], at)


def _meant(word: str, known: list[str]) -> str:
    meant = nearest(word, known)
    return f"did you mean {meant}?" if meant else f"the fields here are {', '.join(known)}"


def _field(
    decoding: Decoding, node: Node, target: Message, field: FieldDescriptor, path: Path
) -> None:
    oneof = field.containing_oneof
    if oneof is not None and (other := target.WhichOneof(oneof.name)) is not None:
        decoding.refuse(
            node, path, f"{other} is given too", f"keep one of {other} and {field.name}"
        )
    elif field.is_repeated:
        _repeated(decoding, node, getattr(target, field.name), field, path)
    elif field.message_type is None:
        if (value := _scalar(decoding, node, field, path)) is not None:
            setattr(target, field.name, value)
    else:
        child = getattr(target, field.name)
        child.SetInParent()
        _message(decoding, node, child, path)


def _repeated(
    decoding: Decoding, node: Node, values: Any, field: FieldDescriptor, path: Path
) -> None:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        _map(decoding, node, values, message.fields_by_name["value"], path)
        return
    if not isinstance(node, Sequence):
        decoding.refuse(node, path, f"is {_kind(node)}", "write a list: `- …` lines or [a, b]")
        return
    for index, item in enumerate(node.items):
        at = (*path, index)
        decoding.lines[at] = item.line
        if message is not None:
            _message(decoding, item, values.add(), at)
        else:
            # An unreadable item keeps its place, so that later ones keep their index.
            value = _scalar(decoding, item, field, at)
            blank = "" if field.type == FieldDescriptor.TYPE_STRING else 0
            values.append(blank if value is None else value)


def _map(decoding: Decoding, node: Node, values: Any, field: FieldDescriptor, path: Path) -> None:
    if not isinstance(node, Mapping):
        decoding.refuse(node, path, f"is {_kind(node)}", "write `key: value` lines")
        return
    for key, item in node.entries:
        at = (*path, MapKey(key.text))
        decoding.lines[at] = key.line
        if key.text in values:
            decoding.refuse(key, at, "is given again", "keep one")
        elif (value := _scalar(decoding, item, field, at)) is not None:
            values[key.text] = value


def _message(decoding: Decoding, node: Node, target: Message, path: Path) -> None:
    if not isinstance(target, Duration):
        _fill(decoding, node, target, path)
    elif not isinstance(node, Scalar):
        decoding.refuse(node, path, f"is {_kind(node)}", "write a duration like 90s or 1d")
    else:
        try:
            target.CopyFrom(read_duration(node))
        except Unreadable as error:
            decoding.refuse(node, path, error.problem, error.mend)


def _scalar(decoding: Decoding, node: Node, field: FieldDescriptor, path: Path) -> Any:
    """The value, or None if it could not be read."""
    if not isinstance(node, Scalar):
        decoding.refuse(node, path, f"is {_kind(node)}", "write a single value")
        return None
    if node.is_null:
        decoding.refuse(node, path, "is empty", "write a value or remove it")
        return None
    try:
        return read_scalar(field, node)
    except Unreadable as error:
        decoding.refuse(node, path, error.problem, error.mend)
        return None


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        return "empty" if node.is_null else "a single value"
    return "a list" if isinstance(node, Sequence) else "a group of fields"
