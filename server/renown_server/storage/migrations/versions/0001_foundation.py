"""The foundation: players, records, money, boards, catalog, keys, audit."""

from __future__ import annotations

from alembic import context, op

revision = "0001"
down_revision = None

AMOUNT_MAX = 2**53 - 1

TABLES = f"""
CREATE TABLE players (
    player_id text COLLATE "C" CONSTRAINT pk_players PRIMARY KEY,
    sequence bigint NOT NULL DEFAULT 0,
    created_us bigint NOT NULL DEFAULT 0,
    updated_us bigint NOT NULL DEFAULT 0,
    last_active_us bigint NOT NULL DEFAULT 0,
    xp bigint NOT NULL DEFAULT 0,
    lifetime_xp bigint NOT NULL DEFAULT 0,
    level integer NOT NULL DEFAULT 1,
    reward_level integer NOT NULL DEFAULT 1,
    prestige integer NOT NULL DEFAULT 0,
    time_zone text NOT NULL DEFAULT 'UTC',
    metrics text NOT NULL DEFAULT '{{}}',
    usage text NOT NULL DEFAULT '{{}}'
) WITH (fillfactor = 70);

CREATE TABLE profiles (
    player_id text COLLATE "C" CONSTRAINT pk_profiles PRIMARY KEY,
    username text NOT NULL DEFAULT '',
    display_name text NOT NULL DEFAULT '',
    avatar_url text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT ''
);

CREATE TABLE usernames (
    username_key text COLLATE "C" CONSTRAINT pk_usernames PRIMARY KEY,
    player_id text COLLATE "C" NOT NULL
);

CREATE TABLE activities (
    player_id text COLLATE "C" NOT NULL,
    activity_id text COLLATE "C" NOT NULL,
    activity_type text NOT NULL,
    recorded_at timestamptz NOT NULL,
    principal text NOT NULL,
    fingerprint bytea NOT NULL,
    fingerprint_version smallint NOT NULL,
    request text NOT NULL,
    catalog_version integer NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    facts text NOT NULL,
    refusal text,
    xid bigint NOT NULL,
    CONSTRAINT pk_activities PRIMARY KEY (player_id, activity_id)
);
CREATE INDEX ix_activities_player_id_last_sequence ON activities (player_id, last_sequence)
    WHERE last_sequence > 0;
CREATE INDEX ix_activities_xid ON activities (xid);

CREATE TABLE requests (
    request_key bytea NOT NULL,
    week date NOT NULL,
    recorded_at timestamptz NOT NULL,
    method text NOT NULL,
    player_id text COLLATE "C" NOT NULL,
    principal text NOT NULL,
    fingerprint bytea NOT NULL,
    fingerprint_version smallint NOT NULL,
    request text NOT NULL,
    catalog_version integer NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    facts text NOT NULL,
    refusal text,
    xid bigint NOT NULL,
    result text,
    CONSTRAINT pk_requests PRIMARY KEY (request_key, week)
) PARTITION BY RANGE (week);
CREATE INDEX ix_requests_player_id_last_sequence ON requests (player_id, last_sequence)
    WHERE last_sequence > 0;
CREATE INDEX ix_requests_xid ON requests (xid);
CREATE TABLE requests_default PARTITION OF requests DEFAULT;

CREATE TABLE wallets (
    player_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    balance bigint NOT NULL,
    earned bigint NOT NULL,
    spent bigint NOT NULL,
    CONSTRAINT pk_wallets PRIMARY KEY (player_id, currency),
    CONSTRAINT ck_wallets_balance CHECK (balance BETWEEN 0 AND {AMOUNT_MAX}),
    CONSTRAINT ck_wallets_lifetime CHECK (balance = earned - spent)
) WITH (fillfactor = 80);

CREATE TABLE ledger (
    player_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    currencies text[] NOT NULL,
    amounts bigint[] NOT NULL,
    balances_after bigint[] NOT NULL,
    counter_accounts text[] NOT NULL,
    rules text[] NOT NULL,
    event_type text NOT NULL,
    description text NOT NULL,
    reference_type text NOT NULL,
    reference_id text NOT NULL,
    awarded_by text NOT NULL,
    command_id text NOT NULL,
    CONSTRAINT pk_ledger PRIMARY KEY (player_id, sequence, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE ledger_default PARTITION OF ledger DEFAULT;
"""

BOARDS = """
CREATE TABLE scores (
    player_id text COLLATE "C" CONSTRAINT pk_scores PRIMARY KEY,
    version bigint NOT NULL,
    boards text[] NOT NULL,
    scores bigint[] NOT NULL,
    ties bigint[] NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE board_batches (
    lane text COLLATE "C" NOT NULL,
    batch bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    players text[] NOT NULL,
    CONSTRAINT pk_board_batches PRIMARY KEY (lane, batch)
);

CREATE TABLE board_witness (
    id smallint CONSTRAINT pk_board_witness PRIMARY KEY,
    identity uuid NOT NULL,
    issued bigint NOT NULL,
    confirmed bigint NOT NULL,
    CONSTRAINT ck_board_witness_single CHECK (id = 1)
);

CREATE TABLE leases (
    name text COLLATE "C" CONSTRAINT pk_leases PRIMARY KEY,
    holder text NOT NULL,
    expires_at timestamptz NOT NULL
)
"""

# Three partitions ahead of today, by the database's clock. The application
# may not create tables; it may call this. Returns the tables of which rows lie
# in the default partition because theirs was missing.
PARTITIONS = """
CREATE FUNCTION renown_make_partitions() RETURNS text[]
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
    FOREACH parent IN ARRAY ARRAY['requests', 'ledger'] LOOP
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

CATALOG = """
CREATE TABLE catalog_versions (
    version integer CONSTRAINT pk_catalog_versions PRIMARY KEY,
    name text NOT NULL,
    content text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    CONSTRAINT ck_catalog_versions_version_positive CHECK (version > 0)
);

CREATE TABLE catalog_active (
    singleton boolean NOT NULL DEFAULT true CONSTRAINT pk_catalog_active PRIMARY KEY,
    version integer NOT NULL,
    CONSTRAINT ck_catalog_active_one_row CHECK (singleton),
    CONSTRAINT fk_catalog_active_version_catalog_versions
        FOREIGN KEY (version) REFERENCES catalog_versions (version)
)
"""

ADMIN = """
CREATE TABLE api_keys (
    key_id text COLLATE "C" CONSTRAINT pk_api_keys PRIMARY KEY,
    name text NOT NULL,
    kind smallint NOT NULL,
    roles smallint[] NOT NULL,
    secret_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT ck_api_keys_secret_sha256 CHECK (length(secret_sha256) = 32),
    CONSTRAINT ck_api_keys_roles CHECK ((kind = 2) = (cardinality(roles) > 0))
);
CREATE INDEX ix_api_keys_created_at_key_id ON api_keys (created_at, key_id);

CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    details jsonb NOT NULL
);
CREATE INDEX ix_audit_actor_audit_id ON audit (actor, audit_id);
CREATE INDEX ix_audit_subject_audit_id ON audit (subject, audit_id)
"""

APP_MAY = {
    "SELECT, INSERT, UPDATE": (
        "players",
        "profiles",
        "usernames",
        "wallets",
        "scores",
        "board_witness",
        "catalog_active",
    ),
    "SELECT, INSERT, DELETE": ("board_batches",),
    "SELECT, INSERT, UPDATE, DELETE": ("leases",),
    "SELECT, INSERT, UPDATE (revoked_at)": ("api_keys",),
    # Append-only: there is no grant to change or remove them.
    "SELECT, INSERT": ("activities", "requests", "ledger", "audit", "catalog_versions"),
}


def _run(script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)


def upgrade() -> None:
    """Creates everything."""
    _run(TABLES)
    _run(BOARDS)
    _run(CATALOG)
    _run(ADMIN)
    op.execute(PARTITIONS)
    op.execute("SELECT renown_make_partitions()")
    op.execute("REVOKE ALL ON FUNCTION renown_make_partitions() FROM PUBLIC")
    _grant(context.config.attributes["app_role"])


def _grant(role: str) -> None:
    quoted = op.get_bind().dialect.identifier_preparer.quote(role)
    for privileges, tables in APP_MAY.items():
        op.execute(f"GRANT {privileges} ON {', '.join(tables)} TO {quoted}")
    op.execute(f"GRANT EXECUTE ON FUNCTION renown_make_partitions() TO {quoted}")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
    op.execute(f"GRANT SELECT ON alembic_version TO {quoted}")
