"""The catalog's tables: every version ever published, and which one is active."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import metadata

catalog_versions = sa.Table(
    "catalog_versions",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    # The exact text that `digest` was taken of: json would do, jsonb would reorder it.
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.CheckConstraint("version > 0", name="version_positive"),
)

catalog_active = sa.Table(
    "catalog_active",
    metadata,
    sa.Column("singleton", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("version", sa.Integer, sa.ForeignKey(catalog_versions.c.version), nullable=False),
    sa.CheckConstraint("singleton", name="one_row"),
)
