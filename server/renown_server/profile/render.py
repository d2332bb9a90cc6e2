"""Players as messages."""

from __future__ import annotations

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.profile.levels import held_level, progress
from renown_server.profile.profiles import PlayerView
from renown_server.wire.timestamps import to_timestamp


def level_progress(view: PlayerView, catalog: CatalogSnapshot) -> pb.LevelProgress:
    """Where a player stands."""
    gates = [level for level, _ in catalog.progression.level_achievements]
    level = held_level(catalog.levels, view.xp, view.level, gates)
    stands = progress(catalog.levels, view.xp, level)
    return pb.LevelProgress(
        level=stands.level,
        total_xp=view.lifetime_xp,
        current_xp=view.xp,
        current_level_xp=stands.current_level_xp,
        next_level_xp=stands.next_level_xp,
        progress_basis_points=stands.progress_bp,
        max_level=stands.max_level,
        prestige=view.prestige,
    )


def player(view: PlayerView, catalog: CatalogSnapshot) -> pb.Player:
    """A player as others see it."""
    message = pb.Player(
        player_id=view.player_id,
        username=view.username,
        display_name=view.display_name,
        avatar_url=view.avatar_url,
        time_zone=view.time_zone,
        locale=view.locale,
        experience=level_progress(view, catalog),
        stats=view.metrics,
        created_at=to_timestamp(view.created_us),
        updated_at=to_timestamp(view.updated_us),
        title=view.title,
    )
    if view.last_active_us:
        message.last_active_at.CopyFrom(to_timestamp(view.last_active_us))
    return message
