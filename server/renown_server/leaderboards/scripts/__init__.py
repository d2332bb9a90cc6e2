"""The functions that run inside Valkey (or Redis from 7.0 on)."""

from __future__ import annotations

import hashlib
from importlib.resources import files


class Script:
    """A Lua script and the name Valkey caches it under."""

    __slots__ = ("sha", "source")

    def __init__(self, name: str) -> None:
        self.source = files(__package__).joinpath(f"{name}.lua").read_bytes()
        # SHA-1 because the protocol says so; nothing is secured by it.
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest()


PUBLISH = Script("publish")
RANK = Script("rank")
ENTRIES = Script("entries")
SWAP = Script("swap")
CLEAR = Script("clear")

ALL = (PUBLISH, RANK, ENTRIES, SWAP, CLEAR)
