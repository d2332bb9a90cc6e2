"""The tables of keys and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from renown_server.storage.metadata import Id, metadata

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    # Values of `admin.state.KeyKind` and `calls.Role`.
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("roles", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("secret_sha256", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("length(secret_sha256) = 32", name="secret_sha256"),
    sa.CheckConstraint("(kind = 2) = (cardinality(roles) > 0)", name="roles"),
    sa.Index("ix_api_keys_created_at_key_id", "created_at", "key_id"),
)
"""Keys, revoked ones included. The application may INSERT, SELECT, and UPDATE `revoked_at`."""

audit = sa.Table(
    "audit",
    metadata,
    # Given by Postgres: the order of the rows is that of their ids.
    sa.Column("audit_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor", Id, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", Id, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Index("ix_audit_actor_audit_id", "actor", "audit_id"),
    sa.Index("ix_audit_subject_audit_id", "subject", "audit_id"),
)
"""Append-only: the application may INSERT and SELECT."""
