"""The tables of trades. Times are microseconds since 1970; 0 is never."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

trades = sa.Table(
    "trades",
    metadata,
    sa.Column("trade_id", Id, primary_key=True),
    sa.Column("proposer_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    # A value of renown.v1.TradeState.
    sa.Column("state", sa.SmallInteger, nullable=False),
    # JSON: what each side gives; and what is held in escrow, instances included.
    sa.Column("offered", sa.Text, nullable=False),
    sa.Column("requested", sa.Text, nullable=False),
    sa.Column("escrow", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    sa.Column("ended_us", sa.BigInteger, nullable=False),
)
"""Guarded by the locks of both players."""

sa.Index(
    "ix_trades_proposer_id_state_created_us",
    trades.c.proposer_id,
    trades.c.state,
    trades.c.created_us,
)
sa.Index(
    "ix_trades_partner_id_state_created_us",
    trades.c.partner_id,
    trades.c.state,
    trades.c.created_us,
)
# Open ones as well, said differently: where two indexes fit, an empty table's plan takes either.
sa.Index(
    "ix_trades_proposer_id",
    trades.c.proposer_id,
    postgresql_where=sa.text("ended_us = 0"),
)
sa.Index("ix_trades_expires_us", trades.c.expires_us, postgresql_where=sa.text("state = 1"))
