"""The audit: what operators changed, written in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
import msgspec

from renown_server.engine.clock import from_us
from renown_server.engine.part import Args, Part
from renown_server.engine.state import Entity
from renown_server.engine.work import Work


class AuditRow(Entity):
    """A row to be written. It lives and dies with the command that added it."""

    __slots__ = ("action", "actor", "details", "reason", "subject")

    def __init__(
        self, *, actor: str, action: str, subject: str, reason: str, details: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.actor = actor
        self.action = action
        self.subject = subject
        self.reason = reason
        self.details = details


def add(
    work: Work,
    *,
    action: str,
    subject: str,
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """Adds a row about the running command.

    Args:
        work: the batch's working set; it knows who acts.
        action: what is done, such as `key.create`.
        subject: what it is done to, such as `key:k_1a2b` or `player:alice`.
        reason: the operator's reason.
        details: the change's values. Never a secret.
    """
    row = AuditRow(
        actor=work.principal,
        action=action,
        subject=subject,
        reason=reason,
        details=dict(details or {}),
    )
    # A touched entity is written if its command is accepted, and else forgotten.
    work.touch(row)


async def write_row(
    connection: asyncpg.Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """Writes a row in the transaction of a change that is no command, such as a new catalog.

    The arguments are those of `add`, and who acts.
    """
    await connection.execute(
        "INSERT INTO audit (recorded_at, actor, action, subject, reason, details)"
        " VALUES (clock_timestamp(), $1, $2, $3, $4, $5::jsonb)",
        actor,
        action,
        subject,
        reason,
        msgspec.json.encode(dict(details or {})).decode(),
    )


class AuditPart(Part):
    """The audit: only ever added to, and never read by a command."""

    name = "audit"
    by_player = False
    # Sorted, so that ids follow the order of the commands.
    write_sql = (
        "INSERT INTO audit (recorded_at, actor, action, subject, reason, details)"
        " SELECT {5}::timestamptz, u.actor, u.action, u.subject, u.reason, u.details::jsonb"
        " FROM unnest({0}::text[], {1}::text[], {2}::text[], {3}::text[], {4}::text[])"
        " WITH ORDINALITY AS u(actor, action, subject, reason, details, place) ORDER BY u.place"
    )

    def open(self, work: Work) -> None:
        """Needs no state: the working set's journal holds the rows."""

    def write_args(self, work: Work) -> Args | None:
        """The new rows, column by column."""
        rows = work.dirty(AuditRow)
        if not rows:
            return None
        return (
            [row.actor for row in rows],
            [row.action for row in rows],
            [row.subject for row in rows],
            [row.reason for row in rows],
            [msgspec.json.encode(row.details).decode() for row in rows],
            from_us(work.now_us),
        )
