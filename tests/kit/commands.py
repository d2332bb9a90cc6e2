"""Commands as handlers make them, in one line."""

from __future__ import annotations

import itertools
from typing import Any

from renown_server.activity.body import ActivityBody
from renown_server.activity.commands import RecordActivity, record_activity
from renown_server.currency.commands import Credit, Debit, MoveBody
from renown_server.engine.command import RequestKey
from renown_server.leaderboards.commands import ScoreBody, SubmitScore
from renown_server.profile.commands import CreatePlayer, CreatePlayerBody

GAME_SERVER = "key:game"

_numbers = itertools.count(1)


def _new_id(prefix: str) -> str:
    return f"{prefix}-{next(_numbers)}"


def activity(
    player_id: str, kind: str = "lesson", activity_id: str = "", **fields: Any
) -> RecordActivity:
    """An activity; under a new id unless one is given."""
    body = ActivityBody(
        player_id=player_id, activity_id=activity_id or _new_id("a"), type=kind, **fields
    )
    return record_activity(body, GAME_SERVER)


def _move(
    kind: type[Credit] | type[Debit],
    player_id: str,
    amounts: dict[str, int],
    request_id: str,
    principal: str,
) -> Any:
    request_id = request_id or _new_id("r")
    return kind(
        key=RequestKey(principal, request_id),
        players=(player_id,),
        principal=principal,
        body=MoveBody(request_id, player_id, tuple(amounts.items())),
    )


def credit(
    player_id: str, request_id: str = "", principal: str = GAME_SERVER, /, **amounts: int
) -> Credit:
    """A credit, such as `credit("p", coins=5)`."""
    command: Credit = _move(Credit, player_id, amounts, request_id, principal)
    return command


def debit(
    player_id: str, request_id: str = "", principal: str = GAME_SERVER, /, **amounts: int
) -> Debit:
    """A debit, such as `debit("p", coins=5)`."""
    command: Debit = _move(Debit, player_id, amounts, request_id, principal)
    return command


def score(player_id: str, board: str, value: int, request_id: str = "") -> SubmitScore:
    """A submitted score."""
    request_id = request_id or _new_id("r")
    return SubmitScore(
        key=RequestKey(GAME_SERVER, request_id),
        players=(player_id,),
        principal=GAME_SERVER,
        body=ScoreBody(request_id, board, player_id, value),
    )


def create(player_id: str, request_id: str = "", **fields: str) -> CreatePlayer:
    """A new player."""
    request_id = request_id or _new_id("r")
    return CreatePlayer(
        key=RequestKey(GAME_SERVER, request_id),
        players=(player_id,),
        principal=GAME_SERVER,
        body=CreatePlayerBody(request_id, player_id, **fields),
    )
