"""What players may wear and use, and what raises their earnings."""

from __future__ import annotations

from renown._model.honors import (
    ActiveMultiplier,
    EquippedTitle,
    MultiplierKind,
    PlayerTitle,
    TitleDefinition,
    Unlock,
)
from renown._model.item import Rarity
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import player_profile_service_pb2 as pb
from renown.v1 import progression_pb2


def active_multiplier(message: pb.ActiveMultiplier) -> ActiveMultiplier:
    """Reads an ActiveMultiplier."""
    return ActiveMultiplier(
        source=message.source,
        kind=MultiplierKind(message.kind),
        name=message.name,
        stat=message.stat,
        basis_points=message.basis_points,
        flat_amount=message.flat_amount,
        starts_at=moment_if_set(message, "starts_at"),
        ends_at=moment_if_set(message, "ends_at"),
        activity_types=tuple(message.activity_types),
    )


def title_definition(message: progression_pb2.TitleDefinition) -> TitleDefinition:
    """Reads a TitleDefinition."""
    return TitleDefinition(
        id=message.id,
        name=message.name,
        description=message.description,
        rarity=Rarity(message.rarity),
        secret=message.secret,
    )


def player_title(message: pb.PlayerTitle) -> PlayerTitle:
    """Reads a PlayerTitle."""
    return PlayerTitle(
        definition=title_definition(message.definition),
        earned_at=moment(message.earned_at),
        source=message.source,
        equipped=message.equipped,
    )


def equipped_title(message: pb.EquipTitleResponse) -> EquippedTitle:
    """Reads an EquipTitleResponse."""
    return EquippedTitle(
        title_id=message.title_id,
        previous_title_id=message.previous_title_id,
    )


def unlock(message: pb.Unlock) -> Unlock:
    """Reads an Unlock."""
    return Unlock(
        content_id=message.content_id,
        unlocked_at=moment(message.unlocked_at),
        source=message.source,
    )
