"""What a clawback must know, asked for at once: a batch reloads only a few times a command."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

from renown_server.engine.facts import ItemChanged, MailReceived
from renown_server.engine.work import NotLoaded, Work
from renown_server.inventory.mail_state import MailBook
from renown_server.inventory.state import CommonBook, InventoryBook
from renown_server.leaderboards.history import HistoryBook
from renown_server.leaderboards.takeback import Scored, pasts_of


def require(work: Work, scored: Scored, lost: Iterable[int]) -> None:
    """Checks that everything is here.

    Args:
        work: the batch.
        scored: what is taken back.
        lost: levels whose rewards are taken back.

    Raises:
        NotLoaded: something is missing.
    """
    player_id, facts = scored.player_id, scored.facts
    mail = work.slice(MailBook)
    mail_nos = [fact.mail_no for fact in facts if isinstance(fact, MailReceived)]
    if mail_nos:
        mail.box(player_id)
        _need("mail", [(player_id, mail_no) for mail_no in mail_nos], mail.mail)
    items = _items(work, facts, lost)
    work.slice(InventoryBook).require(player_id, items)
    limited = [item for item in items if _is_limited(work, item)]
    _need("stock", [f"item:{item}" for item in limited], work.slice(CommonBook).stock)
    _need("board_history", pasts_of(work, scored), work.slice(HistoryBook).by_key)


def _items(work: Work, facts: Sequence[Any], lost: Iterable[int]) -> list[str]:
    found: dict[str, None] = {}
    for fact in facts:
        if isinstance(fact, ItemChanged) and fact.amount > 0:
            found[fact.item] = None
        elif isinstance(fact, MailReceived):
            found |= dict.fromkeys([item for item, _ in fact.items])
    for level in lost:
        found |= dict.fromkeys([item for item, _ in work.catalog.levels.items.get(level, ())])
    return list(found)


def _is_limited(work: Work, item: str) -> bool:
    definition = work.catalog.items.get(item)
    return definition is not None and definition.limit_quantity > 0


def _need(part: str, keys: Iterable[Any], known: Container[Any]) -> None:
    missing = tuple(dict.fromkeys([key for key in keys if key not in known]))
    if missing:
        raise NotLoaded(part, missing)
