"""Profiles: what people see of a player."""

from __future__ import annotations

import msgspec

from renown_server.engine.state import Entity


class Profile(Entity):
    """What changes seldom."""

    __slots__ = ("avatar_url", "display_name", "locale", "player_id", "username")

    saved = ("username", "display_name", "avatar_url", "locale")

    def __init__(self, player_id: str) -> None:
        super().__init__()
        self.player_id = player_id
        self.username = ""
        self.display_name = ""
        self.avatar_url = ""
        self.locale = ""


class ProfileBook:
    """The profiles a batch writes, and the usernames it found taken."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}


class PlayerView(msgspec.Struct, frozen=True):
    """A player as readers see it. Times are µs since 1970."""

    player_id: str
    created_us: int
    updated_us: int
    last_active_us: int
    xp: int
    lifetime_xp: int
    level: int
    prestige: int
    time_zone: str
    metrics: dict[str, int]
    username: str = ""
    display_name: str = ""
    avatar_url: str = ""
    locale: str = ""
