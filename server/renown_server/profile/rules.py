"""What may happen to a player's existence; pure."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from renown_server.engine.facts import PlayerCreated
from renown_server.engine.work import Work
from renown_server.errors import PlayerExists, UnknownTimeZone, UsernameTaken
from renown_server.profile.profiles import ProfileBook
from renown_server.profile.state import PlayerBook, PlayerState


def ensure_player(work: Work, player_id: str, rule: str) -> PlayerState:
    """The player, brought into being if need be."""
    player = work.slice(PlayerBook).root(player_id)
    if not player.exists:
        work.touch(player)
        player.created_us = work.now_us
        work.emit(player_id, PlayerCreated(rule=rule))
    return player


def create_player(
    work: Work,
    player_id: str,
    *,
    username: str,
    display_name: str,
    avatar_url: str,
    time_zone: str,
    locale: str,
) -> PlayerState:
    """Creates a player.

    Raises:
        UnknownTimeZone: not an IANA zone.
        PlayerExists: there is one.
        UsernameTaken: another player holds the name.
    """
    check_time_zone("time_zone", time_zone)
    player = work.slice(PlayerBook).root(player_id)
    if player.exists:
        raise PlayerExists(player_id)
    book = work.slice(ProfileBook)
    if username and username.lower() in book.taken:
        raise UsernameTaken(username)
    work.touch(player)
    player.created_us = work.now_us
    player.time_zone = time_zone or "UTC"
    profile = book.new(player_id)
    work.touch(profile)
    profile.username = username
    profile.is_named = bool(username)
    profile.display_name = display_name
    profile.avatar_url = avatar_url
    profile.locale = locale
    work.emit(player_id, PlayerCreated(rule="request:CreatePlayer", username=username))
    if username:
        # Nothing can fail from here on, so this needs no journal.
        book.taken[username.lower()] = player_id
    return player


def check_time_zone(field: str, name: str) -> None:
    """Checks an IANA zone; empty is allowed.

    Raises:
        UnknownTimeZone: at `field`.
    """
    if not name:
        return
    if name not in _zone_names():
        raise UnknownTimeZone(field, f"{name!r} is not an IANA time zone")


@cache
def _zone_names() -> frozenset[str]:
    """IANA's names, without those that mean something else on each machine."""
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}
