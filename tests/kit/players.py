"""Commands of players as a whole, in one line; and state that would take long to reach."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from renown_server.engine.command import RequestKey
from renown_server.players.commands import (
    AdjustXp,
    AdjustXpBody,
    EquipTitle,
    EquipTitleBody,
    GrantBody,
    GrantMultiplier,
    Prestige,
    PrestigeBody,
    UpdatePlayer,
    start_over,
)
from renown_server.players.updates import UpdateBody
from renown_server.progress.state import Earned, Progress
from tests.kit.commands import GAME_SERVER
from tests.kit.pure import World

OPERATOR = "key:k_operator"

_numbers = itertools.count(1)


def _request_id(given: str) -> str:
    return given or f"player-{next(_numbers)}"


def _command(kind: type[Any], body: Any, principal: str = GAME_SERVER) -> Any:
    return kind(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
    )


def prestige(world: World, player_id: str = "p", request_id: str = "") -> Prestige:
    """A player starts over."""
    body = PrestigeBody(_request_id(request_id), player_id)
    return start_over(body, GAME_SERVER, world.snapshot)


def adjust_xp(amount: int, player_id: str = "p", request_id: str = "", **fields: str) -> AdjustXp:
    """An operator corrects XP."""
    body = AdjustXpBody(_request_id(request_id), player_id, amount, "a lost order", **fields)
    command: AdjustXp = _command(AdjustXp, body, OPERATOR)
    return command


def multiply(
    factor_bp: int = 20_000,
    duration_us: int = 3_600_000_000,
    source: str = "party",
    *,
    player_id: str = "p",
    stacking: int = 0,
) -> GrantMultiplier:
    """A game grants a multiplier."""
    body = GrantBody(_request_id(""), player_id, source, factor_bp, duration_us, stacking)
    command: GrantMultiplier = _command(GrantMultiplier, body)
    return command


def wear(title: str, player_id: str = "p") -> EquipTitle:
    """A player puts on a title."""
    command: EquipTitle = _command(EquipTitle, EquipTitleBody(_request_id(""), player_id, title))
    return command


def update(player_id: str = "p", request_id: str = "", **fields: str) -> UpdatePlayer:
    """A player changes what it says of itself: what is given."""
    body = UpdateBody(_request_id(request_id), player_id, **fields)
    command: UpdatePlayer = _command(UpdatePlayer, body)
    return command


def put_progress(world: World, player_id: str = "p", **columns: dict[str, Any]) -> None:
    """Stores what changes with activities, by column."""
    texts = [_encoded(columns.get(name, {})) for name in Progress.decoders]
    dues = columns.get("dues", {})
    world.tables["progress"][player_id] = (player_id, *texts, min(dues.values(), default=0))


def put_earned(world: World, player_id: str = "p", **columns: dict[str, Any]) -> None:
    """Stores what changes seldom, by column."""
    texts = [_encoded(columns.get(name, {})) for name in Earned.decoders]
    world.tables["earned"][player_id] = (player_id, *texts)


def _encoded(column: dict[str, Any]) -> str:
    return msgspec.json.encode(column).decode() if column else "{}"
