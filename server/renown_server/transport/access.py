"""Who may call a method, and for which player: the `renown.v1.access` option, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from renown.v1 import access_pb2
from renown_server.calls import Principal, PrincipalKind, Role
from renown_server.errors import InvalidArgument, PermissionDenied
from renown_server.transport.settings import CannotServe

_KINDS = {
    access_pb2.CALLER_PLAYER: PrincipalKind.PLAYER,
    access_pb2.CALLER_SERVER: PrincipalKind.SERVER,
    access_pb2.CALLER_OPERATOR: PrincipalKind.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may call one method.

    Attributes:
        anonymous: everybody, without credentials.
        kinds: the kinds of principal. A tuple: membership is tested by identity first, while
            hashing an enum's member is a Python call.
        role: the role an operator needs.
        player_field: the request's field that names the acting player, or empty.
        other_selectors: fields that select players instead of it (`player_ids`, `all_players`):
            they are never a player's to use.
    """

    anonymous: bool = False
    kinds: tuple[PrincipalKind, ...] = ()
    role: Role | None = None
    player_field: str = ""
    other_selectors: tuple[str, ...] = ()

    def admit(self, principal: Principal) -> None:
        """Checks the kind of caller and an operator's role.

        Raises:
            PermissionDenied: it may not call this method.
        """
        kind = principal.kind
        if kind not in self.kinds:
            raise PermissionDenied(f"this method is not for a {kind.value}")
        if kind is PrincipalKind.OPERATOR and self.role and not principal.has_role(self.role):
            raise PermissionDenied(f"this method needs the role {self.role.name.lower()}")

    def bind_player(self, principal: Principal, request: Any) -> None:
        """Fills in a player's own id; other callers must have said for whom they call.

        Raises:
            PermissionDenied: a player calls for somebody else.
            InvalidArgument: nobody is named.
        """
        named = getattr(request, self.player_field)
        if principal.kind is PrincipalKind.PLAYER:
            if named and named != principal.player_id:
                raise PermissionDenied("a player may act for itself only")
            if any(getattr(request, selector) for selector in self.other_selectors):
                raise PermissionDenied("a player may act for itself only")
            setattr(request, self.player_field, principal.player_id)
        elif not named and not any(getattr(request, other) for other in self.other_selectors):
            raise InvalidArgument(self.player_field, "is required")


EVERYBODY = AccessRule(anonymous=True)


def access_rule(method: MethodDescriptor) -> AccessRule:
    """Reads the access option of a method.

    Raises:
        CannotServe: there is none, or it makes no sense.
    """
    options = method.GetOptions()
    if not options.HasExtension(access_pb2.access):
        raise CannotServe(f"{method.full_name} does not declare who may call it")
    access = options.Extensions[access_pb2.access]
    if access.anonymous == bool(access.callers):
        raise CannotServe(f"{method.full_name} must name callers or be anonymous")
    kinds = tuple(_KINDS[caller] for caller in access.callers if caller in _KINDS)
    if len(kinds) != len(access.callers):
        raise CannotServe(f"{method.full_name} names an unknown kind of caller")
    if (PrincipalKind.OPERATOR in kinds) != bool(access.role):
        raise CannotServe(f"{method.full_name} must name a role if operators call it")
    fields = method.input_type.fields_by_name
    player_field = access.acting_player
    if player_field and player_field not in fields:
        raise CannotServe(f"{method.full_name} has no field {player_field}")
    others = (f"{player_field}s", "all_players") if player_field else ()
    return AccessRule(
        anonymous=access.anonymous,
        kinds=kinds,
        role=Role(access.role) if access.role else None,
        player_field=player_field,
        other_selectors=tuple(name for name in others if name in fields),
    )
