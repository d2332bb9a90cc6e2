"""Chance that a command meets once, however often it runs.

A command runs again when it needs something that was not loaded, when it joins another batch, and
when its batch does: another one was faster, a connection was lost, a neighbour was refused. Were
it to roll anew each time, whatever makes it run again would choose among its rolls: what is loaded
already would be drawn more often than its weight says. So it keeps a tape of what it asked and
was given, and hears that again.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from renown_server.engine.randomness import Randomness, SeededRandomness

DRAWS_KEPT_MAX = 4096
"""Draws that a tape holds one by one, about 120 bytes each. Most commands draw none, those of
players a few hundred at most."""

_SEED_BYTES = 32

_Question: TypeAlias = Literal["below", "token"]

Draw: TypeAlias = tuple[_Question, int, Any]
"""What was asked, its argument, and the answer."""

Tape: TypeAlias = list[Draw]
"""A command's draws, in the order in which it made them."""


class TapedRandomness:
    """The randomness of the running command: its tape as far as that goes, then the source.

    Where it asks something else than the tape holds, what it sees has changed, and the rest of
    the tape is worth nothing: it is dropped, and drawn anew.
    """

    __slots__ = ("_at", "_beyond", "_source", "_tape")

    def __init__(self, source: Randomness) -> None:
        self._source = source
        self.insert([])

    def insert(self, tape: Tape) -> None:
        """Puts in a command's tape, at its start; it grows as the command draws."""
        self._tape = tape
        self._at = 0
        self._beyond: Randomness | None = None

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        answer: int = self._ask("below", bound)
        return answer

    def token(self, size: int) -> str:
        """`size` random bytes in lower-case hex."""
        answer: str = self._ask("token", size)
        return answer

    def _ask(self, question: _Question, argument: int) -> Any:
        if self._beyond is None and self._at == DRAWS_KEPT_MAX:
            # A bounded tape ends in a seed for all that follows: 256 bits that nobody sees, so
            # that nobody foretells what a command draws, and again the same when it runs again.
            self._beyond = SeededRandomness(int(self._taped("token", _SEED_BYTES), 16))
        if self._beyond is not None:
            return getattr(self._beyond, question)(argument)
        return self._taped(question, argument)

    def _taped(self, question: _Question, argument: int) -> Any:
        at, tape = self._at, self._tape
        if at < len(tape):
            if tape[at][0] == question and tape[at][1] == argument:
                self._at = at + 1
                return tape[at][2]
            del tape[at:]
        answer = getattr(self._source, question)(argument)
        tape.append((question, argument, answer))
        self._at = at + 1
        return answer
