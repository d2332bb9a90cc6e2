"""The economy: debts, gifts, items, mail, draws, stock, purchases, trades, revocations."""

from __future__ import annotations

from alembic import context, op

revision = "0002"
down_revision = "0001"

AMOUNT_MAX = 2**53 - 1

MONEY = """
ALTER TABLE players ADD multipliers text NOT NULL DEFAULT '[]';

ALTER TABLE wallets
    ADD debt bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_wallets_debt CHECK (debt >= 0);

CREATE TABLE gift_usage (
    player_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    day integer NOT NULL,
    sent bigint NOT NULL,
    received bigint NOT NULL,
    CONSTRAINT pk_gift_usage PRIMARY KEY (player_id, currency)
) WITH (fillfactor = 80);

CREATE TABLE ledger_openings (
    player_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    before timestamptz NOT NULL,
    CONSTRAINT pk_ledger_openings PRIMARY KEY (player_id, currency)
);

CREATE TABLE ledger_opening_accounts (
    currency text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    amount numeric NOT NULL,
    CONSTRAINT pk_ledger_opening_accounts PRIMARY KEY (currency, account)
)
"""

ITEMS = f"""
CREATE TABLE items (
    player_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    instance_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    held_since_us bigint NOT NULL,
    expires_us bigint NOT NULL,
    uses_left integer NOT NULL,
    owed bigint NOT NULL,
    provenance text NOT NULL,
    CONSTRAINT pk_items PRIMARY KEY (player_id, item_id, instance_id),
    CONSTRAINT ck_items_quantity CHECK (quantity BETWEEN 0 AND {AMOUNT_MAX}),
    CONSTRAINT ck_items_owed CHECK (owed >= 0)
) WITH (fillfactor = 80);

CREATE INDEX ix_items_player_id_expires_us ON items (player_id, expires_us) WHERE expires_us > 0;

CREATE TABLE bags (
    player_id text COLLATE "C" CONSTRAINT pk_bags PRIMARY KEY,
    slots_used integer NOT NULL,
    cooldowns text NOT NULL,
    pity text NOT NULL,
    equipped text NOT NULL,
    CONSTRAINT ck_bags_slots_used CHECK (slots_used >= 0)
) WITH (fillfactor = 80);

CREATE TABLE mail (
    player_id text COLLATE "C" NOT NULL,
    mail_no bigint NOT NULL,
    contents text NOT NULL,
    rule text NOT NULL,
    message text NOT NULL,
    sent_us bigint NOT NULL,
    expires_us bigint NOT NULL,
    claimed_us bigint NOT NULL,
    CONSTRAINT pk_mail PRIMARY KEY (player_id, mail_no)
);
CREATE INDEX ix_mail_player_id_expires_us ON mail (player_id, expires_us) WHERE claimed_us = 0;

CREATE TABLE draws (
    player_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    command_id text NOT NULL,
    catalog_version integer NOT NULL,
    draws text NOT NULL,
    CONSTRAINT pk_draws PRIMARY KEY (player_id, sequence, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE draws_default PARTITION OF draws DEFAULT;

CREATE TABLE item_statistics (
    item_id text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    distributed bigint NOT NULL,
    used bigint NOT NULL,
    removed bigint NOT NULL,
    held_s bigint NOT NULL,
    CONSTRAINT pk_item_statistics PRIMARY KEY (item_id, slot)
) WITH (fillfactor = 50);

CREATE TABLE stock (
    stock_id text COLLATE "C" CONSTRAINT pk_stock PRIMARY KEY,
    quantity bigint NOT NULL,
    sold bigint NOT NULL,
    CONSTRAINT ck_stock_sold CHECK (sold BETWEEN 0 AND quantity)
) WITH (fillfactor = 50)
"""

EXCHANGE = """
CREATE TABLE purchases (
    player_id text COLLATE "C" NOT NULL,
    purchase_id text COLLATE "C" NOT NULL,
    offer_id text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    facts text NOT NULL,
    catalog_version integer NOT NULL,
    purchased_us bigint NOT NULL,
    revoked_us bigint NOT NULL,
    window_us bigint NOT NULL,
    stock_id text COLLATE "C" NOT NULL,
    provider text NOT NULL,
    receipt_id text NOT NULL,
    CONSTRAINT pk_purchases PRIMARY KEY (player_id, purchase_id)
);
CREATE INDEX ix_purchases_player_id_purchased_us ON purchases (player_id, purchased_us);

CREATE TABLE purchase_limits (
    player_id text COLLATE "C" NOT NULL,
    offer_id text COLLATE "C" NOT NULL,
    window_us bigint NOT NULL,
    bought bigint NOT NULL,
    CONSTRAINT pk_purchase_limits PRIMARY KEY (player_id, offer_id),
    CONSTRAINT ck_purchase_limits_bought CHECK (bought >= 0)
) WITH (fillfactor = 80);

CREATE TABLE receipts (
    provider text COLLATE "C" NOT NULL,
    receipt_id text COLLATE "C" NOT NULL,
    player_id text COLLATE "C" NOT NULL,
    product_id text NOT NULL,
    quantity bigint NOT NULL,
    purchase_id text NOT NULL,
    CONSTRAINT pk_receipts PRIMARY KEY (provider, receipt_id)
);

CREATE TABLE trades (
    trade_id text COLLATE "C" CONSTRAINT pk_trades PRIMARY KEY,
    proposer_id text COLLATE "C" NOT NULL,
    partner_id text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    offered text NOT NULL,
    requested text NOT NULL,
    escrow text NOT NULL,
    message text NOT NULL,
    created_us bigint NOT NULL,
    expires_us bigint NOT NULL,
    ended_us bigint NOT NULL
);
CREATE INDEX ix_trades_proposer_id_state_created_us ON trades (proposer_id, state, created_us);
CREATE INDEX ix_trades_partner_id_state_created_us ON trades (partner_id, state, created_us);
CREATE INDEX ix_trades_proposer_id ON trades (proposer_id) WHERE ended_us = 0;
CREATE INDEX ix_trades_expires_us ON trades (expires_us) WHERE state = 1;

CREATE TABLE revocations (
    player_id text COLLATE "C" NOT NULL,
    activity_id text COLLATE "C" NOT NULL,
    revoked_us bigint NOT NULL,
    facts text NOT NULL,
    CONSTRAINT pk_revocations PRIMARY KEY (player_id, activity_id)
)
"""

# As in 0001, with the draws.
PARTITIONS = """
CREATE OR REPLACE FUNCTION renown_make_partitions() RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    step interval;
    unit text;
    low timestamptz;
    child text;
    strays boolean;
    astray text[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('renown_make_partitions'));
    FOREACH parent IN ARRAY ARRAY['requests', 'ledger', 'draws'] LOOP
        unit := CASE parent WHEN 'requests' THEN 'week' ELSE 'month' END;
        step := ('1 ' || unit)::interval;
        FOR ahead IN 0..3 LOOP
            low := date_trunc(unit, clock_timestamp(), 'UTC');
            low := (low AT TIME ZONE 'UTC' + ahead * step) AT TIME ZONE 'UTC';
            child := parent || '_' || to_char(low AT TIME ZONE 'UTC', 'YYYYMMDD');
            IF to_regclass('public.' || quote_ident(child)) IS NULL THEN
                BEGIN
                    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
                    EXECUTE format(
                        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                        parent, child, low,
                        (low AT TIME ZONE 'UTC' + step) AT TIME ZONE 'UTC'
                    );
                EXCEPTION WHEN check_violation THEN
                    -- Rows of this period lie in the default partition; the others go on.
                    NULL;
                END;
            END IF;
        END LOOP;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', parent || '_default') INTO strays;
        IF strays THEN
            astray := astray || parent;
        END IF;
    END LOOP;
    RETURN astray;
END
$$
"""

APP_MAY = {
    "SELECT, INSERT, UPDATE": (
        "gift_usage",
        "bags",
        "mail",
        "item_statistics",
        "stock",
        "purchase_limits",
        "trades",
    ),
    # What is used up, given away or expired leaves no row.
    "SELECT, INSERT, UPDATE, DELETE": ("items",),
    "SELECT, INSERT, UPDATE (revoked_us)": ("purchases",),
    # Append-only: there is no grant to change or remove them.
    "SELECT, INSERT": ("draws", "receipts", "revocations"),
    # Written by the owner when a partition is detached.
    "SELECT": ("ledger_openings", "ledger_opening_accounts"),
}


def _run(script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)


def upgrade() -> None:
    """Creates everything."""
    _run(MONEY)
    _run(ITEMS)
    _run(EXCHANGE)
    op.execute(PARTITIONS)
    op.execute("SELECT renown_make_partitions()")
    role = context.config.attributes["app_role"]
    quoted = op.get_bind().dialect.identifier_preparer.quote(role)
    for privileges, tables in APP_MAY.items():
        op.execute(f"GRANT {privileges} ON {', '.join(tables)} TO {quoted}")
