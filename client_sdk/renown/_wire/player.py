"""Players, levels and the XP history."""

from __future__ import annotations

from renown._model.player import Level, LevelProgress, Player, XpEntry
from renown._wire.common import currency_amounts
from renown._wire.reward import item_amounts
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import player_profile_service_pb2 as pb


def player(message: pb.Player) -> Player:
    """Reads a Player."""
    return Player(
        player_id=message.player_id,
        username=message.username,
        display_name=message.display_name,
        avatar_url=message.avatar_url,
        time_zone=message.time_zone,
        locale=message.locale,
        experience=level_progress(message.experience),
        stats=dict(message.stats),
        created_at=moment(message.created_at),
        updated_at=moment(message.updated_at),
        last_active_at=moment_if_set(message, "last_active_at"),
        title=message.title,
    )


def level_progress(message: pb.LevelProgress) -> LevelProgress:
    """Reads a LevelProgress."""
    return LevelProgress(
        level=message.level,
        total_xp=message.total_xp,
        current_xp=message.current_xp,
        current_level_xp=message.current_level_xp,
        next_level_xp=message.next_level_xp,
        progress_basis_points=message.progress_basis_points,
        max_level=message.max_level,
        prestige=message.prestige,
    )


def level(message: pb.Level) -> Level:
    """Reads a Level."""
    return Level(
        level=message.level,
        name=message.name,
        threshold_xp=message.threshold_xp,
        level_xp=message.level_xp,
        rewards=currency_amounts(message.rewards),
        items=item_amounts(message.items),
    )


def xp_entry(message: pb.XpEntry) -> XpEntry:
    """Reads an XpEntry."""
    return XpEntry(
        sequence=message.sequence,
        amount=message.amount,
        base=message.base,
        type=message.type,
        source=message.source,
        reason=message.reason,
        multiplier_basis_points=message.multiplier_basis_points,
        leveled_up=message.leveled_up,
        level_to=message.level_to,
        balance_after=message.balance_after,
        recorded_at=moment(message.recorded_at),
        command_id=message.command_id,
    )
