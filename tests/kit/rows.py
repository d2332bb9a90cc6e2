"""Rows as the parts write them, and as their load statements give them back."""

from __future__ import annotations

from typing import Any

from renown_server.engine.part import Args
from renown_server.leaderboards.arrays import parse_integers

Row = tuple[Any, ...]


def rows_of(args: Args | None) -> list[Row]:
    """Columns as rows; what stands once is repeated.

    Columns are sequences, or array literals where they hold integers.
    """
    if args is None:
        return []
    columns = [parse_integers(value) if isinstance(value, str) else value for value in args]
    count = next(len(column) for column in columns if isinstance(column, list | tuple))
    repeated = [
        column if isinstance(column, list | tuple) else [column] * count for column in columns
    ]
    return list(zip(*repeated, strict=True))


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
