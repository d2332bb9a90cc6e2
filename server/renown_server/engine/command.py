"""Commands: the only way anything changes."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from renown_server.errors import Refusal, RenownError, RequestIdReused

if TYPE_CHECKING:
    from renown_server.engine.tape import Tape
    from renown_server.engine.work import Work

R = TypeVar("R")

FINGERPRINT_VERSION = 1
"""Raised when the encoding of commands changes between releases."""

_encoder = msgspec.json.Encoder(order="deterministic")


class ActivityKey(msgspec.Struct, frozen=True, cache_hash=True):
    """The permanent key of an activity."""

    player_id: str
    activity_id: str


class RequestKey(msgspec.Struct, frozen=True, cache_hash=True):
    """The key of any other mutation; kept for at least 7 days.

    Attributes:
        principal: who asked.
        request_id: the caller's name of the request.
        companion: the player whose part of the request it names, if that is not the subject:
            the second player of a trade or gift.
    """

    principal: str
    request_id: str
    companion: str = ""

    def digest(self) -> bytes:
        """The 16 bytes under which it is stored."""
        text = f"{self.principal}\0{self.request_id}".encode()
        if self.companion:
            text += b"\0" + self.companion.encode()
        return hashlib.blake2b(text, digest_size=16).digest()


Key = ActivityKey | RequestKey


def name_of(key: Key) -> str:
    """The activity_id or request_id: what the caller calls the command."""
    return key.activity_id if isinstance(key, ActivityKey) else key.request_id


class Recorded(msgspec.Struct):
    """What a command did: enough to render its answer, again and again.

    Attributes:
        recorded_at_us: when, in microseconds since 1970 (database clock).
        catalog_version: the catalog that decided.
        first_sequence: sequence of the first fact's event.
        facts: what happened to the subject, in order.
        result: what else the answer needs; JSON-like, may be None.
        replayed: whether an earlier attempt did it.
    """

    recorded_at_us: int
    catalog_version: int
    first_sequence: int
    facts: list[Any]
    result: Any = None
    replayed: bool = False

    def result_as(self, kind: type[R]) -> R:
        """The result, which a replay has read back as plain JSON."""
        if isinstance(self.result, kind):
            return self.result
        return msgspec.convert(self.result, kind)


class Record(msgspec.Struct):
    """A command's trace, by which a retry is known.

    Attributes:
        key: what the caller named it by.
        method: the RPC, such as `Credit`.
        label: the activity's type, or empty.
        player_id: the subject; empty if the command has none.
        principal: who asked.
        fingerprint: hash of the decoded command.
        fingerprint_version: the `FINGERPRINT_VERSION` it was made with.
        request: the decoded command as JSON.
        recorded: what it did, unless it was refused.
        facts_json: the facts as stored.
        refusal: why it was refused, else None.
        body: the command's body, in the batch that made the record.
    """

    key: Key
    method: str
    label: str
    player_id: str
    principal: str
    fingerprint: bytes
    fingerprint_version: int
    request: str
    recorded: Recorded
    facts_json: str = "[]"
    refusal: Refusal | None = None
    body: Any = None


class Command(ABC):
    """One change, as a value: what it wants and how it is decided.

    Attributes:
        method: the RPC it came from.
        creates_players: whether it may bring its players into being; if not,
            they must exist.
        keeps_refusals: whether a retry meets a refusal that depends on the state again; if not,
            it is decided anew.
        parts: names of the parts to load for its players.
        players: the players it touches, without repeats.
        key: makes it exactly-once.
        principal: who asked, as audits and ledger rows name it.
        body: the decoded request; a msgspec Struct. Two requests with equal
            bodies are the same request.
        label: the activity's type, or empty.
        tape: what chance gave it so far; it gives the same when the command runs again.
    """

    __slots__ = ("_request", "body", "key", "label", "players", "principal", "tape")

    method: ClassVar[str]
    creates_players: ClassVar[bool] = False
    keeps_refusals: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        key: Key,
        players: tuple[str, ...],
        principal: str,
        body: msgspec.Struct,
        label: str = "",
    ) -> None:
        self.key = key
        self.players = players
        self.principal = principal
        self.body = body
        self.label = label
        self.tape: Tape = []
        self._request: bytes | None = None

    @property
    def request(self) -> bytes:
        """The body as deterministic JSON."""
        if self._request is None:
            self._request = _encoder.encode(self.body)
        return self._request

    def fingerprint(self) -> bytes:
        """16 bytes that differ if the method or the body differ."""
        text = self.method.encode() + b"\0" + self.request
        return hashlib.blake2b(text, digest_size=16).digest()

    def wanted(self) -> tuple[str, ...]:
        """Names of the parts to load; all of `parts` unless the request says more."""
        return self.parts

    def keys(self, part: str) -> tuple[Any, ...]:
        """The keys it needs of a part that is not keyed by player."""
        return ()

    def reused(self) -> RenownError:
        """What it is refused with if its key is another request's."""
        return RequestIdReused(name_of(self.key))

    def conclude(self, work: Work, result: Any) -> Any:
        """What the answer needs beyond the facts, once all that follows has been decided.

        Args:
            work: what has become of everything.
            result: what `decide` returned.
        """
        return result

    @abstractmethod
    def decide(self, work: Work) -> Any:
        """Changes the state and emits facts; pure.

        Returns:
            What the answer needs beyond the facts (JSON-like), or None.

        Raises:
            RenownError: the command is refused; all it did is undone.
        """
