"""What players say of themselves, changed; pure."""

from __future__ import annotations

import msgspec

from renown_server.engine.work import Work
from renown_server.profile.profiles import PlayerView, ProfileBook
from renown_server.profile.state import PlayerState
from renown_server.progress.days import change_zone
from renown_server.progress.state import ProgressBook
from renown_server.streaks import rules as streaks


class UpdateBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of an UpdatePlayer; None is what the mask does not name."""

    request_id: str
    player_id: str
    display_name: str | None = None
    avatar_url: str | None = None
    time_zone: str | None = None
    locale: str | None = None


def update(work: Work, player: PlayerState, body: UpdateBody, rule: str) -> PlayerView:
    """Changes what is named; what is empty is cleared.

    Returns:
        The player as it is now.

    Raises:
        UnknownTimeZone: not an IANA zone.
        TimeZoneChangedRecently: the catalog asks for more time between two changes.
    """
    if body.time_zone is not None:
        before = player.time_zone
        change_zone(work, player, body.time_zone or "UTC", rule=rule)
        if player.time_zone != before:
            # Days end at other moments from now on, and so do streaks.
            streaks.pass_time(work, player)
    profile = work.slice(ProfileBook).get(player.player_id)
    work.touch(profile)
    if body.display_name is not None:
        profile.display_name = body.display_name
    if body.avatar_url is not None:
        profile.avatar_url = body.avatar_url
    if body.locale is not None:
        profile.locale = body.locale
    # There may be no fact to tell when.
    work.touch(player)
    player.updated_us = work.now_us
    earned = work.slice(ProgressBook).earned(player.player_id)
    return PlayerView(
        player_id=player.player_id,
        created_us=player.created_us,
        updated_us=player.updated_us,
        last_active_us=player.last_active_us,
        xp=player.xp,
        lifetime_xp=player.lifetime_xp,
        level=player.level,
        prestige=player.prestige,
        time_zone=player.time_zone,
        metrics=player.metrics.copy(),
        username=profile.username,
        display_name=profile.display_name,
        avatar_url=profile.avatar_url,
        locale=profile.locale,
        title=earned.honors.title,
    )
