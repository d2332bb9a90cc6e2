"""What a handler knows of a call. Transports make it; handlers take it."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from renown_server.errors import RenownError


class PrincipalKind(enum.Enum):
    """The kinds of caller."""

    ANONYMOUS = "anonymous"
    PLAYER = "player"
    SERVER = "server"
    OPERATOR = "operator"


class Role(enum.Enum):
    """What an operator may do. ADMIN includes all, all include VIEWER."""

    VIEWER = 1
    SUPPORT = 2
    ECONOMY = 3
    ADMIN = 4


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls.

    Attributes:
        kind: the kind of caller.
        id: stable name in audits and idempotency keys, such as `key:k_1a2b`
            or `player:alice`.
        player_id: the player of a player's token, else empty.
        roles: an operator's roles.
        name: for people; may be empty.
    """

    kind: PrincipalKind
    id: str
    player_id: str = ""
    roles: frozenset[Role] = frozenset()
    name: str = ""

    def has_role(self, role: Role) -> bool:
        """Whether an operator may act in `role`."""
        return (
            role in self.roles
            or Role.ADMIN in self.roles
            or (role is Role.VIEWER and bool(self.roles))
        )


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, "anonymous")


@dataclass(slots=True)
class CallContext:
    """One call.

    Attributes:
        method: full name, such as `/renown.v1.ActivityService/RecordActivity`.
        principal: who calls.
        deadline: `time.monotonic()` seconds after which the answer is useless;
            infinite for a stream that may run for ever.
        call_id: names the call in logs.
        draining: set when the server is shutting down: a stream then ends
            with `Draining` and its cursor, soon.
        interrupt: ends the call with an error, also while its client does not
            read and the handler waits at a `yield`.
    """

    method: str
    principal: Principal
    deadline: float
    call_id: str = ""
    draining: asyncio.Event | None = None
    interrupt: Callable[[RenownError], None] | None = None


UnaryHandler = Callable[[Any, CallContext], Awaitable[Any]]
StreamHandler = Callable[[Any, CallContext], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Service:
    """One protobuf service and the object that answers it.

    Attributes:
        full_name: such as `renown.v1.ActivityService`.
        handlers: has a method for each RPC, named in snake_case; `async def`
            (unary) or an async generator (server streaming), taking the
            request message and a `CallContext`.
    """

    full_name: str
    handlers: object


class Joined:
    """Handlers of one service that live in several slices, as one object.

    Args:
        handlers: each RPC is answered by the one that has its method.
    """

    def __init__(self, *handlers: object) -> None:
        self._handlers = handlers

    def __getattr__(self, name: str) -> Any:
        for handler in self._handlers:
            found = getattr(handler, name, None)
            if found is not None:
                return found
        raise AttributeError(name)
