"""The SQL of the log, for `store.py` alone.

There is no table of events. Each accepted command leaves one row, in
`activities` or `requests`, that holds its facts. One player's log is both, by
sequence; everybody's is both, by (xid, player, sequence).

The column `xid` is the greater of the writer's transaction id and the last one
that had completed when it wrote, its players locked. The id alone would not do:
it is taken with the first lock, so a batch that goes on to wait for a second
player has a lower id than the batch it waits for, and yet the later sequences.
What every reader relies on holds for both: a transaction that has not ended
writes nothing below the snapshot's xmin.
"""

# The head comes from the same snapshot as the rows: a head beyond the last row
# then means that rows are gone, not that they are about to appear.
PLAYER_PAGE = """
SELECT player.sequence AS head, page.*
FROM (VALUES ($1::text)) AS asked (player_id)
LEFT JOIN players AS player ON player.player_id = asked.player_id
LEFT JOIN LATERAL (
    SELECT log.*, count(*) OVER () AS found,
           sum(octet_length(log.facts)) OVER (ORDER BY log.last_sequence)
           - octet_length(log.facts) AS bytes_before
    FROM (
        SELECT * FROM (
            (SELECT first_sequence, last_sequence, recorded_at, catalog_version,
                    activity_id AS command_id, false AS is_request, facts
             FROM activities WHERE player_id = $1 AND last_sequence > $2 AND last_sequence > 0
             ORDER BY last_sequence LIMIT $3 + 1)
            UNION ALL
            (SELECT first_sequence, last_sequence, recorded_at, catalog_version,
                    substring(request FROM $5::text), true, facts
             FROM requests WHERE player_id = $1 AND last_sequence > $2 AND last_sequence > 0
             ORDER BY last_sequence LIMIT $3 + 1)
        ) AS both_tables ORDER BY last_sequence LIMIT $3 + 1
    ) AS log
) AS page ON page.bytes_before < $4
ORDER BY page.last_sequence
LIMIT $3
"""

# The log's last gap is where the player's kept events begin. The head counts
# as the row behind the last one: if that is gone, nothing is kept.
OLDEST = """
SELECT first_sequence - 1 FROM (
    SELECT first_sequence, last_sequence,
           lead(last_sequence) OVER (ORDER BY last_sequence DESC) AS before
    FROM (
        SELECT sequence + 1 AS first_sequence, sequence + 1 AS last_sequence
        FROM players WHERE player_id = $1
        UNION ALL
        (SELECT * FROM (
            (SELECT first_sequence, last_sequence
             FROM activities WHERE player_id = $1 AND last_sequence > 0
             ORDER BY last_sequence DESC LIMIT $2)
            UNION ALL
            (SELECT first_sequence, last_sequence
             FROM requests WHERE player_id = $1 AND last_sequence > 0
             ORDER BY last_sequence DESC LIMIT $2)
        ) AS kept ORDER BY last_sequence DESC LIMIT $2)
    ) AS log
) AS edges
WHERE before IS DISTINCT FROM first_sequence - 1
ORDER BY last_sequence DESC LIMIT 1
"""

HEADS = "SELECT player_id, sequence FROM players WHERE player_id = ANY($1::text[])"

# No row can appear below the snapshot's xmin any more. Rows of players nobody
# asked for come without their facts: they only move the position.
COMMIT_PAGE = """
SELECT safe.below, safe.next, clock_timestamp() AS now, page.*
FROM (
    SELECT pg_snapshot_xmin(taken)::text::bigint AS below,
           pg_snapshot_xmax(taken)::text::bigint AS next
    FROM pg_current_snapshot() AS taken
) AS safe
LEFT JOIN LATERAL (
    SELECT log.*, count(*) OVER () AS found,
           sum(coalesce(octet_length(log.facts), 0))
               OVER (ORDER BY log.xid, log.player_id COLLATE "C", log.first_sequence)
           - coalesce(octet_length(log.facts), 0) AS bytes_before
    FROM (
        SELECT * FROM (
            (SELECT xid, player_id, first_sequence, recorded_at, catalog_version,
                    activity_id AS command_id, false AS is_request,
                    CASE WHEN $5::text[] IS NULL OR player_id = ANY($5) THEN facts END AS facts
             FROM activities
             WHERE xid >= $1 AND xid < safe.below AND last_sequence > 0
               AND (xid > $1 OR (player_id COLLATE "C", first_sequence) > ($2, $3))
             ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1)
            UNION ALL
            (SELECT xid, player_id, first_sequence, recorded_at, catalog_version,
                    substring(request FROM $7::text), true,
                    CASE WHEN $5::text[] IS NULL OR player_id = ANY($5) THEN facts END
             FROM requests
             WHERE xid >= $1 AND xid < safe.below AND last_sequence > 0
               AND (xid > $1 OR (player_id COLLATE "C", first_sequence) > ($2, $3))
             ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1)
        ) AS both_tables
        ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1
    ) AS log
) AS page ON page.bytes_before < $6
ORDER BY page.xid, page.player_id COLLATE "C", page.first_sequence
LIMIT $4
"""

TIP = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp()
"""

# What is committed and visible, and still has to wait for an older writer.
LAG = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8
FROM (
    (SELECT recorded_at FROM activities
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid LIMIT 1)
    UNION ALL
    (SELECT recorded_at FROM requests
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid LIMIT 1)
) AS waiting
"""

# Retention drops whole partitions; what is left of them says how far it came.
HORIZON = """
SELECT min(substring(pg_get_expr(part.relpartbound, part.oid)
                     FROM 'FROM \\(''([^'']+)''\\)')::date)::timestamp AT TIME ZONE 'UTC'
FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
WHERE inhparent = to_regclass('requests')
"""

FIRST_XID = """
SELECT recorded_at FROM activities WHERE xid >= $1 ORDER BY xid LIMIT 1
"""
