"""What commands gave and what players own: domain → messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from renown.v1 import inventory_service_pb2 as pb
from renown_server.catalog.goods import Item
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine import facts as fact_types
from renown_server.engine.command import Recorded
from renown_server.engine.facts import Fact
from renown_server.events import goods, progress
from renown_server.inventory.equip import Slot
from renown_server.inventory.mail_state import MailItem
from renown_server.inventory.queries import ItemsPage
from renown_server.inventory.state import Provenance
from renown_server.inventory.use import available_at_us
from renown_server.wire.timestamps import NS_PER_US, US_PER_S, set_timestamp

_provenance_decoder = msgspec.json.Decoder(Provenance)


def fill_rewards(message: pb.RewardsReceived, facts: Iterable[Any], done: Recorded) -> None:
    """Says what a command gave a player.

    A pure function of what is stored, so that a retry gets the identical answer. Fills a message
    in place: nested ones given to a constructor are copied.

    Args:
        message: an empty one.
        facts: what happened to the player, in order; all of the command's or some.
        done: when that was, and by which catalog.
    """
    for fact in facts:
        add = _ADDERS.get(type(fact))
        if add is not None:
            add(message, fact, done)


def _add_xp(message: pb.RewardsReceived, fact: fact_types.XpGained, done: Recorded) -> None:
    message.xp += fact.amount
    message.level = fact.level


def _add_level(message: pb.RewardsReceived, fact: fact_types.LevelUp, done: Recorded) -> None:
    message.level_ups.add(level=fact.level, prestige=fact.prestige)
    if message.level:
        # Levels that were held back follow when what they ask for is earned.
        message.level = max(message.level, fact.level)


def _add_currency(
    message: pb.RewardsReceived, fact: fact_types.CurrencyChanged, done: Recorded
) -> None:
    goods.fill_currency_change(message.currencies.add(), fact)


def _add_item(message: pb.RewardsReceived, fact: fact_types.ItemChanged, done: Recorded) -> None:
    goods.fill_item_change(message.items.add(), fact)


def _add_draw(message: pb.RewardsReceived, fact: fact_types.LootDrawn, done: Recorded) -> None:
    goods.fill_draw(message.draws.add(), fact, done.catalog_version)


def _add_multiplier(
    message: pb.RewardsReceived, fact: fact_types.MultiplierGranted, done: Recorded
) -> None:
    goods.fill_multiplier(message.multipliers.add(), fact)


def _add_mail(message: pb.RewardsReceived, fact: fact_types.MailReceived, done: Recorded) -> None:
    goods.fill_mail(message.mail.add(), fact, done.recorded_at_us)


def _add_progress(message: pb.RewardsReceived, fact: Fact, done: Recorded) -> None:
    progress.add_change(message.progress, fact)


_ADDERS: dict[type[Fact], Callable[[pb.RewardsReceived, Any, Recorded], None]] = {
    **dict.fromkeys(progress.CHANGES, _add_progress),
    fact_types.XpGained: _add_xp,
    fact_types.LevelUp: _add_level,
    fact_types.CurrencyChanged: _add_currency,
    fact_types.ItemChanged: _add_item,
    fact_types.LootDrawn: _add_draw,
    fact_types.MultiplierGranted: _add_multiplier,
    fact_types.MailReceived: _add_mail,
}


def fill_mail(message: pb.Mail, mail: MailItem) -> None:
    """Says what a mail is and holds."""
    message.mail_id = str(mail.mail_no)
    message.reason = mail.rule
    message.message = mail.message
    goods.fill_contents(message, mail.contents.currencies, mail.contents.items)
    set_timestamp(message.sent_at, mail.sent_us)
    set_timestamp(message.expires_at, mail.expires_us)
    if mail.claimed_us:
        set_timestamp(message.claimed_at, mail.claimed_us)


def fill_equipped(message: pb.EquippedItem, slot: Slot, chosen: tuple[str, str]) -> None:
    """Says what a slot holds, or held."""
    message.slot = slot.slot
    message.item_id, message.instance_id = chosen


def fill_items(
    response: pb.ListItemsResponse,
    page: ItemsPage,
    size: int,
    catalog: CatalogSnapshot,
    now_us: int,
) -> None:
    """Lists the first `size` rows of a page. The bench counts its every microsecond."""
    cooling = _cooling(page, catalog, now_us)
    active = _active(page, now_us)
    equipped, definitions, add = page.equipped, catalog.items, response.items.add
    kinds: dict[str, tuple[int, int]] = {}
    rows = page.rows if len(page.rows) <= size else page.rows[:size]
    for row in rows:
        _, item_id, instance, quantity, held_since_us, expires_us, uses_left, provenance, *_ = row
        kind = kinds.get(item_id)
        if kind is None:
            kind = kinds[item_id] = _kind(definitions.get(item_id))
        # Attributes are set one by one: keywords take a third longer.
        item = add()
        item.item_id = item_id
        item.quantity = quantity
        item.kind, cosmetic_kind = kind  # type: ignore[assignment]
        acquired = item.acquired_at
        acquired.seconds, rest_us = divmod(held_since_us, US_PER_S)
        acquired.nanos = rest_us * NS_PER_US
        if cosmetic_kind:
            item.cosmetic_kind = cosmetic_kind  # type: ignore[assignment]
        if instance:
            _fill_instance(item, instance, expires_us, uses_left, provenance)
        if equipped:
            item.slot = equipped.get((item_id, instance), "")
        if item_id in cooling:
            set_timestamp(item.available_at, cooling[item_id])
        if item_id in active:
            set_timestamp(item.active_until, active[item_id])


def _kind(item: Item | None) -> tuple[int, int]:
    """An item's kind and cosmetic kind; nothing is known of what the catalog no longer defines."""
    return (0, 0) if item is None else (item.kind.value, item.cosmetic_kind)


def _fill_instance(
    item: pb.Item, instance: str, expires_us: int, uses_left: int, provenance: str
) -> None:
    item.instance_id = instance
    if expires_us:
        set_timestamp(item.expires_at, expires_us)
    if uses_left:
        item.uses_remaining = uses_left
    if provenance:
        _fill_provenance(item.provenance, provenance)


def _cooling(page: ItemsPage, catalog: CatalogSnapshot, now_us: int) -> dict[str, int]:
    """When the items that are cooling down can be used again."""
    found = {}
    for item_id, used_us in page.cooldowns.items():
        item = catalog.items.get(item_id)
        if item is not None and item.use is not None:
            available_us = available_at_us(used_us, item.use.cooldown_us, now_us)
            if available_us:
                found[item_id] = available_us
    return found


def _active(page: ItemsPage, now_us: int) -> dict[str, int]:
    """When the last multiplier that acts and came from an item ends, by item."""
    found: dict[str, int] = {}
    for multiplier in page.multipliers:
        kind, _, item_id = multiplier.source.partition(":")
        if kind == "item" and multiplier.starts_us <= now_us < multiplier.ends_us:
            found[item_id] = max(found.get(item_id, 0), multiplier.ends_us)
    return found


def _fill_provenance(message: pb.ItemProvenance, text: str) -> None:
    provenance = _provenance_decoder.decode(text)
    message.rule = provenance.rule
    message.command_id = provenance.command_id
    set_timestamp(message.created_at, provenance.created_us)
    for owner in provenance.owners:
        added = message.owners.add(player_id=owner.player_id, how=owner.how)
        set_timestamp(added.until, owner.until_us)
