"""What players own, their mail, and what a command gave them."""

from __future__ import annotations

from collections.abc import Iterable

from renown._model.inventory import (
    Draw,
    EquippedItem,
    EquipResult,
    Item,
    ItemChange,
    Mail,
    MultiplierGrant,
    PastOwner,
    Provenance,
    RewardsReceived,
)
from renown._model.item import ItemKind
from renown._wire.common import currency_amounts, currency_change, level_up
from renown._wire.item import cosmetic_kind
from renown._wire.progress import progress_changes
from renown._wire.reward import item_amounts
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import inventory_service_pb2 as pb


def item(message: pb.Item) -> Item:
    """Reads an Item."""
    return Item(
        item_id=message.item_id,
        instance_id=message.instance_id,
        quantity=message.quantity,
        kind=ItemKind(message.kind),
        cosmetic_kind=cosmetic_kind(message.cosmetic_kind),
        acquired_at=moment(message.acquired_at),
        expires_at=moment_if_set(message, "expires_at"),
        uses_remaining=message.uses_remaining,
        slot=message.slot,
        available_at=moment_if_set(message, "available_at"),
        provenance=_provenance(message.provenance) if message.HasField("provenance") else None,
        active_until=moment_if_set(message, "active_until"),
    )


def _provenance(message: pb.ItemProvenance) -> Provenance:
    return Provenance(
        rule=message.rule,
        command_id=message.command_id,
        created_at=moment(message.created_at),
        owners=tuple(
            PastOwner(owner.player_id, moment(owner.until), owner.how) for owner in message.owners
        ),
    )


def equip_result(message: pb.EquipItemResponse) -> EquipResult:
    """Reads an EquipItemResponse."""
    return EquipResult(_equipped(message.equipped), equipped_if_any(message.unequipped))


def equipped_if_any(message: pb.EquippedItem) -> EquippedItem | None:
    """Reads an EquippedItem; None if nothing is there."""
    return _equipped(message) if message.item_id else None


def _equipped(message: pb.EquippedItem) -> EquippedItem:
    return EquippedItem(message.slot, message.item_id, message.instance_id)


def item_changes(messages: Iterable[pb.ItemChange]) -> tuple[ItemChange, ...]:
    """Reads ItemChanges, in their order."""
    return tuple(item_change(message) for message in messages)


def item_change(message: pb.ItemChange) -> ItemChange:
    """Reads an ItemChange."""
    return ItemChange(
        item_id=message.item_id,
        instance_id=message.instance_id,
        quantity=message.quantity,
        quantity_after=message.quantity_after,
        counter_account=message.counter_account,
        reason=message.reason,
        expires_at=moment_if_set(message, "expires_at"),
    )


def draw(message: pb.Draw) -> Draw:
    """Reads a Draw."""
    return Draw(
        table_id=message.table_id,
        catalog_version=message.catalog_version,
        roll=message.roll,
        total_weight=message.total_weight,
        entry_id=message.entry_id,
        pity_before=message.pity_before,
        guaranteed=message.guaranteed,
        duplicate=message.duplicate,
        excluded=tuple(message.excluded),
    )


def multiplier_grant(message: pb.MultiplierGrant) -> MultiplierGrant:
    """Reads a MultiplierGrant."""
    return MultiplierGrant(
        source=message.source,
        basis_points=message.basis_points,
        starts_at=moment(message.starts_at),
        ends_at=moment(message.ends_at),
    )


def mail(message: pb.Mail) -> Mail:
    """Reads a Mail."""
    return Mail(
        mail_id=message.mail_id,
        currencies=currency_amounts(message.currencies),
        items=item_amounts(message.items),
        reason=message.reason,
        message=message.message,
        sent_at=moment(message.sent_at),
        expires_at=moment(message.expires_at),
        claimed_at=moment_if_set(message, "claimed_at"),
    )


def rewards(message: pb.RewardsReceived) -> RewardsReceived:
    """Reads RewardsReceived."""
    return RewardsReceived(
        xp=message.xp,
        level=message.level,
        level_ups=tuple(level_up(one) for one in message.level_ups),
        currencies=tuple(currency_change(one) for one in message.currencies),
        items=item_changes(message.items),
        draws=tuple(draw(one) for one in message.draws),
        multipliers=tuple(multiplier_grant(one) for one in message.multipliers),
        mail=tuple(mail(one) for one in message.mail),
        progress=progress_changes(message.progress),
    )
