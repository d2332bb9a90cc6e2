"""Rows as the parts write them, and as their load statements give them back."""

from __future__ import annotations

from typing import Any

from renown_server.engine.columns import SEPARATOR
from renown_server.engine.part import Args
from renown_server.leaderboards.arrays import parse_integers

Row = tuple[Any, ...]


def rows_of(sql: str, args: Args | None) -> list[Row]:
    """Columns as rows; what stands once is repeated.

    The SQL says of each placeholder whether it is a column, and of what.
    """
    if args is None:
        return []
    columns = [_column(sql, place, value) for place, value in enumerate(args)]
    count = next(len(column) for column in columns if isinstance(column, list))
    repeated = [column if isinstance(column, list) else [column] * count for column in columns]
    return list(zip(*repeated, strict=True))


def _column(sql: str, place: int, value: Any) -> Any:
    if f"string_to_array({{{place}}}" in sql:
        return value.split(SEPARATOR)
    if f"{{{place}}}::text::" in sql:
        return parse_integers(value)
    return value


KEYS: dict[str, Any] = {
    "activities": lambda row: (row[0], row[1]),
    "requests": lambda row: bytes.fromhex(row[0]),
    "profiles": lambda row: row[0],
    "usernames": lambda row: row[0],
    "wallets": lambda row: (row[0], row[1]),
    "ledger": lambda row: (row[0], row[1]),
    "scores": lambda row: row[0],
    "items": lambda row: row[:3],
    "item_removals": lambda row: row[:3],
    "bags": lambda row: row[0],
    "item_statistics": lambda row: row[0],
    "stock": lambda row: row[0],
    "progress": lambda row: row[0],
    "earned": lambda row: row[0],
    "streak_runs": lambda row: row[:3],
    "quest_runs": lambda row: row[:4],
    "achievement_unlocks": lambda row: row[:3],
    "progress_statistics": lambda row: row[:3],
    "draws": lambda row: row[:2],
    "gift_usage": lambda row: row[:2],
    "trades": lambda row: row[0],
    "purchases": lambda row: row[:2],
    "purchase_limits": lambda row: row[:2],
    "receipts": lambda row: row[:2],
    "audit": lambda row: row,
    "revocations": lambda row: row[:2],
    "mail": lambda row: row[:2],
}


def _load_activity(row: Row) -> Row:
    player, activity, kind, principal, print_, version, request, first, _, facts, refusal = row[:11]
    head = (player, activity, kind, principal, bytes.fromhex(print_), version, request)
    return (*head, row[11], row[12], first, facts, refusal or None)


def _load_request(row: Row) -> Row:
    key, method, player, principal, print_, version, request, first, _, facts, result, refusal = (
        row[:12]
    )
    head = (bytes.fromhex(key), method, player, principal, bytes.fromhex(print_), version, request)
    return (*head, row[12], row[13], first, facts, result or None, refusal or None)


LOADS: dict[str, Any] = {
    "activities": _load_activity,
    "requests": _load_request,
    "profiles": lambda row: row,
    "usernames": lambda row: row,
    "wallets": lambda row: row,
    "scores": lambda row: (row[0], *row[2:]),
    "items": lambda row: row,
    "inventories": lambda row: row,
    "bags": lambda row: row,
    "stock": lambda row: (row[0], row[2]),
    # When something is due is not read back.
    "progress": lambda row: row[:-1],
    "earned": lambda row: row,
    "quest_runs": lambda row: row,
    "day_activities": lambda row: row,
    "gift_usage": lambda row: row,
    "trades": lambda row: row,
    "open_trades": lambda row: (row[1], row[0], row[7]),
    "purchases": lambda row: row,
    "purchase_limits": lambda row: row,
    "receipts": lambda row: row,
    "revocations": lambda row: row[:3],
    "board_history": lambda row: row,
    "mail": lambda row: row,
    "mailboxes": lambda row: row,
}
