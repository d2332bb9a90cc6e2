"""Players as messages."""

from __future__ import annotations

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.catalog.levels import LevelTable
from renown_server.profile.levels import progress
from renown_server.profile.profiles import PlayerView
from renown_server.wire.timestamps import to_timestamp


def level_progress(
    levels: LevelTable, *, xp: int, lifetime_xp: int, prestige: int
) -> pb.LevelProgress:
    """Where a player with `xp` XP stands."""
    stands = progress(levels, xp)
    return pb.LevelProgress(
        level=stands.level,
        total_xp=lifetime_xp,
        current_xp=xp,
        current_level_xp=stands.current_level_xp,
        next_level_xp=stands.next_level_xp,
        progress_basis_points=stands.progress_bp,
        max_level=stands.max_level,
        prestige=prestige,
    )


def player(view: PlayerView, levels: LevelTable) -> pb.Player:
    """A player as others see it."""
    message = pb.Player(
        player_id=view.player_id,
        username=view.username,
        display_name=view.display_name,
        avatar_url=view.avatar_url,
        time_zone=view.time_zone,
        locale=view.locale,
        experience=level_progress(
            levels, xp=view.xp, lifetime_xp=view.lifetime_xp, prestige=view.prestige
        ),
        stats=view.metrics,
        created_at=to_timestamp(view.created_us),
        updated_at=to_timestamp(view.updated_us),
    )
    if view.last_active_us:
        message.last_active_at.CopyFrom(to_timestamp(view.last_active_us))
    return message
