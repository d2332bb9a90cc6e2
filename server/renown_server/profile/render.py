"""Players as messages."""

from __future__ import annotations

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.profile.profiles import PlayerView
from renown_server.profile.stands import Stands, stands
from renown_server.wire.timestamps import to_timestamp


def level_progress(view: PlayerView, catalog: CatalogSnapshot) -> pb.LevelProgress:
    """Where a player stands."""
    return level_message(stands(catalog, view))


def level_message(where: Stands) -> pb.LevelProgress:
    """Where a player stands, or stood."""
    return pb.LevelProgress(
        level=where.level,
        total_xp=where.lifetime_xp,
        current_xp=where.xp,
        current_level_xp=where.current_level_xp,
        next_level_xp=where.next_level_xp,
        progress_basis_points=where.progress_bp,
        max_level=where.max_level,
        prestige=where.prestige,
    )


def player(view: PlayerView, catalog: CatalogSnapshot) -> pb.Player:
    """A player as others see it."""
    return player_at(view, level_progress(view, catalog))


def player_at(view: PlayerView, experience: pb.LevelProgress) -> pb.Player:
    """A player who stands somewhere."""
    message = pb.Player(
        player_id=view.player_id,
        username=view.username,
        display_name=view.display_name,
        avatar_url=view.avatar_url,
        time_zone=view.time_zone,
        locale=view.locale,
        experience=experience,
        stats=view.metrics,
        created_at=to_timestamp(view.created_us),
        updated_at=to_timestamp(view.updated_us),
        title=view.title,
    )
    if view.last_active_us:
        message.last_active_at.CopyFrom(to_timestamp(view.last_active_us))
    return message
