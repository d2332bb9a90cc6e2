"""Profiles: what people see of a player."""

from __future__ import annotations

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded


class Profile(Entity):
    """What changes seldom; a player may have none, which is an empty one.

    `is_named` says that the username is to be reserved by this batch.
    """

    __slots__ = ("avatar_url", "display_name", "is_named", "locale", "player_id", "username")

    saved = ("username", "display_name", "avatar_url", "locale", "is_named")

    def __init__(
        self,
        player_id: str,
        username: str = "",
        display_name: str = "",
        avatar_url: str = "",
        locale: str = "",
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.username = username
        self.display_name = display_name
        self.avatar_url = avatar_url
        self.locale = locale
        self.is_named = False


class ProfileBook:
    """The profiles of a batch's players, and the usernames it found taken.

    Attributes:
        by_id: by player.
        taken: players by username, folded.
    """

    __slots__ = ("by_id", "taken")

    def __init__(self) -> None:
        self.by_id: dict[str, Profile] = {}
        self.taken: dict[str, str] = {}

    def get(self, player_id: str) -> Profile:
        """A player's profile.

        Raises:
            NotLoaded: nobody has looked.
        """
        profile = self.by_id.get(player_id)
        if profile is None:
            raise NotLoaded("profiles", (player_id,))
        return profile

    def new(self, player_id: str) -> Profile:
        """The profile of a player who is being created: nothing is stored of it."""
        return self.by_id.setdefault(player_id, Profile(player_id))

    def absorb(self, profile: Profile) -> None:
        """Takes in what was loaded; what is here already may have been changed and stays."""
        self.by_id.setdefault(profile.player_id, profile)


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
    title: str = ""
