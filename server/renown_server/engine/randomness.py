"""Randomness, injected: the system's generator, or a seeded one in tests."""

from __future__ import annotations

import random
import secrets
from typing import Protocol


class Randomness(Protocol):
    """Where chance comes from."""

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        ...

    def token(self, size: int) -> str:
        """`size` random bytes in lower-case hex."""
        ...


class SystemRandomness:
    """The operating system's cryptographic generator."""

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        return secrets.randbelow(bound)

    def token(self, size: int) -> str:
        """`size` random bytes in lower-case hex."""
        return secrets.token_hex(size)


class SeededRandomness:
    """A reproducible sequence; for tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        """The next integer in [0, bound)."""
        return self._random.randrange(bound)

    def token(self, size: int) -> str:
        """The next `size` bytes in lower-case hex."""
        return self._random.randbytes(size).hex()
