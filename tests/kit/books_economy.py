"""What must hold of what players own, draw, buy and owe: each table against the facts."""

from __future__ import annotations

# All facts of all players.
_FACTS = """(
    SELECT player_id, fact FROM (
        SELECT player_id, facts FROM activities UNION ALL SELECT player_id, facts FROM requests
    ) AS records, json_array_elements(facts::json) AS fact
)"""


def _counted(rows: str, tag: str) -> str:
    """Players whose rows of a table, counted by `rows`, are not as many as facts of a kind."""
    return f"""
        SELECT coalesce(r.player_id, f.player_id), r.n, f.n FROM ({rows}) AS r FULL JOIN (
            SELECT player_id, count(*) AS n FROM {_FACTS} AS facts
            WHERE fact->>'type' = '{tag}' GROUP BY 1
        ) AS f USING (player_id) WHERE coalesce(r.n, 0) <> coalesce(f.n, 0)
    """


def _rows(table: str, where: str = "true") -> str:
    return f"SELECT player_id, count(*) AS n FROM {table} WHERE {where} GROUP BY 1"


# The other sides there are, as docs/economy.md lists them.
_ACCOUNTS = (
    "^(issuance:(activity|level|credit|grant|item|loot"
    "|streak|quest|achievement|badge|prestige)"
    "|sink:(debit|use|expired|gift_fee|trade_fee|overflow|streak|quest|badge|evolve|prestige)"
    "|(store|player|escrow|mail|convert|clawback):.+|debt:clawback|adjustment:operator)$"
)

ECONOMY_INVARIANTS = {
    "every movement of money names another side": f"""
        SELECT u.x FROM ledger, unnest(counter_accounts) AS u(x) WHERE u.x !~ '{_ACCOUNTS}'
    """,
    "every movement of items names another side": f"""
        SELECT fact FROM {_FACTS} AS facts WHERE fact->>'type' = 'item.changed'
            AND fact->>'counter_account' !~ '{_ACCOUNTS}'
    """,
    "what came out of a mail was in it": f"""
        SELECT coalesce(m.player_id, f.player_id), coalesce(m.account, f.account),
               coalesce(m.thing, f.thing), m.n, f.n
        FROM (
            SELECT player_id, 'mail:' || mail_no AS account, inside->>0 AS thing,
                   sum((inside->>1)::bigint) AS n
            FROM mail, LATERAL (
                SELECT * FROM json_array_elements(contents::json->'currencies')
                    WHERE claimed_us > 0
                UNION ALL SELECT * FROM json_array_elements(contents::json->'items')
                    WHERE claimed_us > 0
                UNION ALL SELECT * FROM json_array_elements(contents::json->'taken_currencies')
                UNION ALL SELECT * FROM json_array_elements(contents::json->'taken_items')
            ) AS each(inside) GROUP BY 1, 2, 3
        ) AS m FULL JOIN (
            SELECT player_id, fact->>'counter_account' AS account,
                   coalesce(fact->>'currency', fact->>'item') AS thing,
                   sum((fact->>'amount')::bigint) AS n
            FROM {_FACTS} AS facts WHERE fact->>'counter_account' LIKE 'mail:%' GROUP BY 1, 2, 3
        ) AS f USING (player_id, account, thing) WHERE m.n IS DISTINCT FROM f.n
    """,
    "earned and spent are what came in and went out": """
        SELECT w.player_id, w.currency, w.earned, l.earned, w.spent, l.spent FROM wallets AS w
        JOIN (
            SELECT player_id, u.c AS currency, sum(greatest(u.a, 0)) AS earned,
                   -sum(least(u.a, 0)) AS spent
            FROM ledger, unnest(currencies, amounts) AS u(c, a) GROUP BY 1, 2
        ) AS l USING (player_id, currency)
        WHERE w.earned <> l.earned OR w.spent <> l.spent
    """,
    "money is owed as the facts say": f"""
        SELECT w.player_id, w.currency, w.debt, f.total FROM wallets AS w LEFT JOIN (
            SELECT player_id, fact->>'currency' AS currency,
                   sum((fact->>'amount')::bigint) AS total
            FROM {_FACTS} AS facts WHERE fact->>'type' = 'debt.changed' GROUP BY 1, 2
        ) AS f USING (player_id, currency) WHERE w.debt <> coalesce(f.total, 0)
    """,
    "items are owed as the facts say": f"""
        SELECT coalesce(i.player_id, f.player_id), coalesce(i.item, f.item), i.owed, f.total FROM (
            SELECT player_id, item_id AS item, sum(owed) AS owed FROM items GROUP BY 1, 2
        ) AS i FULL JOIN (
            SELECT player_id, fact->>'item' AS item, sum((fact->>'amount')::bigint) AS total
            FROM {_FACTS} AS facts
            WHERE fact->>'type' = 'debt.changed' AND fact->>'item' <> '' GROUP BY 1, 2
        ) AS f USING (player_id, item) WHERE coalesce(i.owed, 0) <> coalesce(f.total, 0)
    """,
    "each stack is what was ever moved": f"""
        SELECT coalesce(i.player_id, f.player_id), coalesce(i.item, f.item), i.n, f.n FROM (
            SELECT player_id, item_id AS item, instance_id AS instance, quantity AS n FROM items
            WHERE quantity <> 0
        ) AS i FULL JOIN (
            SELECT player_id, fact->>'item' AS item, coalesce(fact->>'instance', '') AS instance,
                   sum((fact->>'amount')::bigint) AS n
            FROM {_FACTS} AS facts WHERE fact->>'type' = 'item.changed' GROUP BY 1, 2, 3
            HAVING sum((fact->>'amount')::bigint) <> 0
        ) AS f USING (player_id, item, instance) WHERE i.n IS DISTINCT FROM f.n
    """,
    "an instance is in one place": """
        SELECT item_id, instance_id, count(*) FROM items
        WHERE instance_id <> '' AND instance_id NOT LIKE 'x%' AND quantity > 0
        GROUP BY 1, 2 HAVING count(*) > 1 OR max(quantity) > 1
    """,
    "what is equipped is owned": """
        SELECT b.player_id, worn.value FROM bags AS b, json_each(b.equipped::json) AS worn
        WHERE NOT EXISTS (
            SELECT FROM items AS i WHERE i.player_id = b.player_id
            AND i.item_id = worn.value->>0 AND i.instance_id = worn.value->>1 AND i.quantity > 0
        )
    """,
    "each draw has its record": _counted(
        "SELECT player_id, sum(json_array_length(draws::json)) AS n FROM draws GROUP BY 1",
        "loot.drawn",
    ),
    "each mail was sent": _counted(_rows("mail"), "mail.received"),
    "each claim was a mail": _counted(_rows("mail", "claimed_us > 0"), "mail.claimed"),
    "each purchase was made": _counted(_rows("purchases"), "offer.purchased"),
    "each revoked purchase was revoked": _counted(
        _rows("purchases", "revoked_us <> 0"), "purchase.revoked"
    ),
    "each revocation was made": _counted(_rows("revocations"), "activity.revoked"),
    "stock is what was sold and stands": """
        SELECT coalesce(s.stock_id, p.stock_id), s.sold, p.sold FROM (
            SELECT * FROM stock WHERE stock_id LIKE 'offer:%'
        ) AS s FULL JOIN (
            SELECT stock_id, sum(quantity) FILTER (WHERE revoked_us = 0) AS sold FROM purchases
            WHERE stock_id <> '' GROUP BY 1
        ) AS p USING (stock_id) WHERE coalesce(s.sold, 0) <> coalesce(p.sold, 0)
    """,
    "limits count the purchases that stand": """
        SELECT l.player_id, l.offer_id, l.bought, p.bought FROM purchase_limits AS l LEFT JOIN (
            SELECT player_id, offer_id, window_us, sum(quantity) AS bought FROM purchases
            WHERE revoked_us = 0 GROUP BY 1, 2, 3
        ) AS p USING (player_id, offer_id, window_us) WHERE l.bought <> coalesce(p.bought, 0)
    """,
    "each receipt has its purchase": """
        SELECT r.provider, r.receipt_id FROM receipts AS r FULL JOIN (
            SELECT * FROM purchases WHERE provider <> ''
        ) AS p USING (player_id, purchase_id) WHERE (r.provider, r.receipt_id)
            IS DISTINCT FROM (p.provider, p.receipt_id)
    """,
}
