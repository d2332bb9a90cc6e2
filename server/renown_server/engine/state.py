"""State in memory during a batch: mutable, and undone when a command fails.

A frozen copy a change would cost 2.35 µs where a set costs 0.06, so entities
are changed in place; the first touch by a command saves what to go back to.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

E = TypeVar("E", bound="Entity")


class Entity:
    """One row's state. Subclasses list what a rollback restores in `saved`.

    Attributes:
        is_dirty: whether the batch has changed it.
        touched_by: the token of the command that touched it last.
    """

    __slots__ = ("is_dirty", "touched_by")

    saved: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.touched_by: object | None = None
        self.is_dirty = False

    def save(self) -> tuple[Any, ...]:
        """What `restore` needs to undo later changes."""
        return tuple([getattr(self, name) for name in self.saved])

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Undoes all changes since `save`."""
        for name, value in zip(self.saved, saved, strict=True):
            setattr(self, name, value)


class Journal:
    """What the running command has touched, and what the batch has changed.

    Attributes:
        token: stands for the running command.
    """

    __slots__ = ("_dirty", "_entries", "token")

    def __init__(self) -> None:
        self.token: object = object()
        self._entries: list[tuple[Entity, tuple[Any, ...]]] = []
        self._dirty: dict[type[Entity], list[Any]] = {}

    def begin(self) -> None:
        """Starts a command."""
        self.token = object()
        self._entries.clear()

    def touch(self, entity: Entity) -> None:
        """Must be called before an entity is changed."""
        if entity.touched_by is not self.token:
            entity.touched_by = self.token
            self._entries.append((entity, entity.save()))

    def rollback(self) -> None:
        """Undoes the running command."""
        for entity, saved in reversed(self._entries):
            entity.restore(saved)
        self._entries.clear()

    def commit(self) -> None:
        """Keeps the running command's changes for the batch's write."""
        for entity, _ in self._entries:
            if not entity.is_dirty:
                entity.is_dirty = True
                self._dirty.setdefault(type(entity), []).append(entity)
        self._entries.clear()

    def dirty(self, kind: type[E]) -> list[E]:
        """The changed entities of a kind, in the order of their first change."""
        return self._dirty.get(kind, [])
