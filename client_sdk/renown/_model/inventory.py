"""Inventories: what players own besides money, their mail, and what a command gave them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.common import CurrencyAmount, CurrencyChange, LevelUp
from renown._model.item import CosmeticKind, ItemKind
from renown._model.progress import ProgressChanges
from renown._model.reward import ItemAmount


@dataclass(frozen=True, slots=True)
class PastOwner:
    """One who had an instance before, until when, and how it left: `gift` or `trade`."""

    player_id: str
    until: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an instance comes from.

    Attributes:
        rule: what gave it, such as `offer:starter_pack`.
        command_id: the activity_id or request_id that gave it.
        created_at: when it came to be.
        owners: those who had it before, the latest first: at most 16.
    """

    rule: str
    command_id: str
    created_at: datetime
    owners: tuple[PastOwner, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A stack of equal items, or one instance.

    Attributes:
        item_id: the item's definition.
        instance_id: names an instance, or a stack that expires; empty for the
            plain stack.
        quantity: how many there are.
        kind: what it is for.
        cosmetic_kind: what a cosmetic changes; None if it is none.
        acquired_at: when it was acquired; the mean moment for a stack.
        expires_at: when it is gone; None if it stays.
        uses_remaining: how often the instance can be used; 0 if not counted.
        slot: where it is equipped; empty if it is not.
        available_at: when its cooldown ends; None if it can be used now.
        provenance: an instance's history; None for a stack.
        active_until: when the last multiplier that this power-up gave ends;
            None if none acts.
    """

    item_id: str
    instance_id: str
    quantity: int
    kind: ItemKind
    cosmetic_kind: CosmeticKind | None
    acquired_at: datetime
    expires_at: datetime | None
    uses_remaining: int
    slot: str
    available_at: datetime | None
    provenance: Provenance | None
    active_until: datetime | None


@dataclass(frozen=True, slots=True)
class InventorySpace:
    """How many slots a player has, 0 being no limit, and how many are used."""

    capacity: int
    used_slots: int


@dataclass(frozen=True, slots=True)
class EquippedItem:
    """What a slot holds; `instance_id` is empty for a stack."""

    slot: str
    item_id: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class EquipResult:
    """What is in the slot now, and what was there before; None if nothing was."""

    equipped: EquippedItem
    unequipped: EquippedItem | None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What one change did to one stack or instance.

    Attributes:
        item_id: the item's definition.
        instance_id: names an instance, or a stack that expires.
        quantity: the signed change.
        quantity_after: how many there are after it.
        counter_account: the other side, such as `issuance:grant`, `sink:use`
            or `player:bob`.
        reason: the rule that moved it, such as `offer:starter_pack`.
        expires_at: when it is gone; None if it stays.
    """

    item_id: str
    instance_id: str
    quantity: int
    quantity_after: int
    counter_account: str
    reason: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw from a loot table: enough to check it.

    Attributes:
        table_id: the loot table.
        catalog_version: the version of the catalog that held the table.
        roll: the number drawn, in [0, total_weight).
        total_weight: the sum of the weights that could be drawn.
        entry_id: the entry drawn.
        pity_before: how many draws in a row had missed before this one.
        guaranteed: pity left only the entries it guarantees.
        duplicate: the player had it already and got the duplicate's worth.
        excluded: the entries left out because the player had them.
    """

    table_id: str
    catalog_version: int
    roll: int
    total_weight: int
    entry_id: str
    pity_before: int
    guaranteed: bool
    duplicate: bool
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MultiplierGrant:
    """A multiplier that acts in [starts_at, ends_at).

    Attributes:
        source: names it, such as `item:double_xp`.
        basis_points: the factor, in ten-thousandths: 20000 doubles.
        starts_at: the first moment.
        ends_at: the first moment after it.
    """

    source: str
    basis_points: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with things to take.

    Attributes:
        mail_id: names it among the player's mail.
        currencies: the amounts inside, in minor units.
        items: the items inside.
        reason: the rule that sent it, such as `overflow:health_potion`.
        message: for the player.
        sent_at: when it was sent.
        expires_at: when it is gone.
        claimed_at: when it was claimed; None if it waits.
    """

    mail_id: str
    currencies: tuple[CurrencyAmount, ...]
    items: tuple[ItemAmount, ...]
    reason: str
    message: str
    sent_at: datetime
    expires_at: datetime
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RewardsReceived:
    """What a command gave a player, effects and rewards of rewards included.

    Attributes:
        xp: the XP gained, after multipliers.
        level: the level after it; 0 if no XP was gained.
        level_ups: the levels gained, lowest first.
        currencies: the balances that changed, in order.
        items: the stacks and instances that changed, in order; those used up too.
        draws: the draws made, in order.
        multipliers: those granted.
        mail: the mails sent because something found no room.
        progress: what it did to achievements, badges, streaks and quests.
    """

    xp: int
    level: int
    level_ups: tuple[LevelUp, ...]
    currencies: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]
    draws: tuple[Draw, ...]
    multipliers: tuple[MultiplierGrant, ...]
    mail: tuple[Mail, ...]
    progress: ProgressChanges
