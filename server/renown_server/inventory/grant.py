"""Giving items by request; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.goods import Item
from renown_server.catalog.limits import INSTANCES_MAX
from renown_server.engine.work import Work
from renown_server.errors import InvalidArgument, QuantityOutOfRange
from renown_server.inventory import mail
from renown_server.inventory.giving import give_item
from renown_server.inventory.mail_state import Contents
from renown_server.inventory.rules import definition
from renown_server.inventory.supply import check_supply, note_issued

ISSUANCE_GRANT = "issuance:grant"
RULE = "request:GrantItems"


class GrantBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a GrantItems.

    Attributes:
        items: (item, units), each item once.
        event_type: the caller's word for what happened.
        to_mailbox: sends all of it, with `description` as message.
    """

    request_id: str
    player_id: str
    items: tuple[tuple[str, int], ...]
    event_type: str = ""
    description: str = ""
    reference_type: str = ""
    reference_id: str = ""
    to_mailbox: bool = False


def grant(work: Work, body: GrantBody) -> None:
    """Gives or sends all items, or none.

    Raises:
        UnknownItem: the catalog has no such item.
        InvalidArgument: one stands twice.
        ItemLimit: the game gives out no more, or the player may own no more.
        InventoryFull, BalanceCap, MailboxFull, QuantityOutOfRange: there is no room.
    """
    given = _given(work, body)
    rows = sum(quantity for item, quantity in given if item.is_instanced)
    if rows > INSTANCES_MAX:
        raise QuantityOutOfRange(next(item.id for item, _ in given if item.is_instanced))
    if body.to_mailbox:
        for item, quantity in given:
            check_supply(work, item, quantity)
            note_issued(work, item, quantity)
        contents = Contents(items=body.items)
        mail.send(work, body.player_id, contents, rule=RULE, message=body.description)
        return
    for item, quantity in given:
        give_item(work, body.player_id, item, quantity, counter_account=ISSUANCE_GRANT, rule=RULE)


def _given(work: Work, body: GrantBody) -> list[tuple[Item, int]]:
    """The items by their definitions, each once."""
    given: dict[str, tuple[Item, int]] = {}
    for place, (item_id, quantity) in enumerate(body.items):
        field = f"items[{place}].item_id"
        if item_id in given:
            raise InvalidArgument(field, f"{item_id!r} stands twice")
        given[item_id] = (definition(work, item_id, field), quantity)
    return list(given.values())
