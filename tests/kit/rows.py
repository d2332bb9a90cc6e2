"""Rows as the parts write them, and as their load statements give them back."""

from __future__ import annotations

from typing import Any

from renown_server.engine.part import Args

Row = tuple[Any, ...]


def rows_of(args: Args | None) -> list[Row]:
    """Columns as rows; what stands once is repeated."""
    if args is None:
        return []
    count = next(len(column) for column in args if isinstance(column, list))
    columns = [column if isinstance(column, list) else [column] * count for column in args]
    return list(zip(*columns, strict=True))


KEYS: dict[str, Any] = {
    "activities": lambda row: (row[0], row[1]),
    "requests": lambda row: row[0],
    "profiles": lambda row: row[0],
    "usernames": lambda row: row[0],
    "wallets": lambda row: (row[0], row[1]),
    "ledger": lambda row: (row[0], row[1]),
    "scores": lambda row: row[0],
}


def _load_activity(row: Row) -> Row:
    player, activity, kind, principal, print_, version, request, first, _, facts, refusal = row[:11]
    head = (player, activity, kind, principal, print_, version, request)
    return (*head, row[11], row[12], first, facts, refusal)


def _load_request(row: Row) -> Row:
    key, method, player, principal, print_, version, request, first, _, facts, result, refusal = (
        row[:12]
    )
    head = (key, method, player, principal, print_, version, request)
    return (*head, row[12], row[13], first, facts, result, refusal)


LOADS: dict[str, Any] = {
    "activities": _load_activity,
    "requests": _load_request,
    "usernames": lambda row: row,
    "wallets": lambda row: row,
    "scores": lambda row: (row[0], *row[2:]),
}
