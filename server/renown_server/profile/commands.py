"""The commands of players."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.engine.command import Command
from renown_server.engine.work import Work
from renown_server.profile.rules import create_player
from renown_server.profile.stands import Stands, stands_of


class CreatePlayerBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request."""

    request_id: str
    player_id: str
    username: str = ""
    display_name: str = ""
    avatar_url: str = ""
    time_zone: str = ""
    locale: str = ""


class CreatePlayer(Command):
    """Creates a player. The result is where it stands: a `Stands`."""

    __slots__ = ()

    method = "CreatePlayer"
    creates_players = True
    parts = ("usernames",)
    body: CreatePlayerBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """The username, folded."""
        return (self.body.username.lower(),) if self.body.username else ()

    def conclude(self, work: Work, result: None) -> Stands:
        """Where the player stands."""
        return stands_of(work, self.body.player_id)

    def decide(self, work: Work) -> None:
        """Creates the player and its profile."""
        body = self.body
        create_player(
            work,
            body.player_id,
            username=body.username,
            display_name=body.display_name,
            avatar_url=body.avatar_url,
            time_zone=body.time_zone,
            locale=body.locale,
        )
