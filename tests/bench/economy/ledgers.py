"""What the economy's books must hold; see ``tests/bench/verify.py``.

Money is in wallets and in the ledger. Items are in the players' bags, and every movement of them is
a fact that is kept with its request; what a trade holds in escrow is in neither bag.
"""

from tests.bench.calls import CREDIT_AMOUNT, CURRENCY
from tests.bench.economy.calls import (
    BAG_GRANT,
    DEBIT_AMOUNT,
    FUND_AMOUNT,
    FUND_EVENT,
    GOODS_QUANTITY,
    OFFER,
    POTION,
    POTION_WORTH,
    PRICE,
    SHARD,
    TRADE_PRICE,
)
from tests.bench.figures import Figure
from tests.bench.row import Effect

ACTIVITY_COINS = 5
"""Of an activity, by the catalog."""
LESSON_COINS = 10
"""Of a lesson, by the catalog of the full cascade."""
STACK = 1_000_000
"""Items in a slot, by default."""


def _requests(method: str) -> str:
    return f"SELECT count(*) FROM requests WHERE method = '{method}' AND refusal IS NULL"


def _entries(what: str) -> str:
    """Counts ledger entries of one posting in coins."""
    return f"SELECT count(*) FROM ledger WHERE currencies = '{{{CURRENCY}}}' AND {what}"


def _owned(what: str) -> str:
    return f"SELECT coalesce(sum(quantity), 0) FROM items WHERE {what}"


def _statistics(item: str, column: str) -> str:
    return f"SELECT coalesce(sum({column}), 0) FROM item_statistics WHERE item_id = '{item}'"


MOVED = """
    SELECT player_id, fact ->> 'item' AS item_id, (fact ->> 'amount')::bigint AS amount,
        fact ->> 'counter_account' AS counter_account
    FROM requests, jsonb_array_elements(facts::jsonb) AS fact
    WHERE facts LIKE '%"item.changed"%' AND fact ->> 'type' = 'item.changed'
"""

MONEY = (
    Figure("credit records", {Effect.CREDIT: 1, Effect.FUND: 1}, _requests("Credit")),
    Figure(
        "ledger rows of credits beforehand",
        {Effect.FUND: 1},
        _entries(f"event_type = '{FUND_EVENT}' AND amounts = '{{{FUND_AMOUNT}}}'"),
    ),
    Figure("debit records", {Effect.DEBIT: 1}, _requests("Debit")),
    Figure(
        "ledger rows of debits",
        {Effect.DEBIT: 1},
        _entries(f"event_type = 'bench_debit' AND amounts = '{{-{DEBIT_AMOUNT}}}'"),
    ),
    Figure(
        "ledger rows of purchases",
        {Effect.PURCHASE: 1},
        _entries(f"amounts = '{{-{PRICE}}}' AND counter_accounts = '{{store:{OFFER}}}'"),
    ),
    Figure(
        "ledger rows of uses",
        {Effect.USE: 1},
        _entries(f"amounts = '{{{POTION_WORTH}}}' AND rules = '{{item:{POTION}}}'"),
    ),
    Figure(
        "ledger rows of trades, from partners",
        {Effect.TRADE: 1},
        _entries(f"amounts = '{{-{TRADE_PRICE}}}' AND counter_accounts[1] LIKE 'player:%'"),
    ),
    Figure(
        "ledger rows of trades, to proposers",
        {Effect.TRADE: 1},
        _entries(f"amounts = '{{{TRADE_PRICE}}}' AND counter_accounts[1] LIKE 'player:%'"),
    ),
    Figure(
        "coins of all players",
        {
            Effect.ACTIVITY: ACTIVITY_COINS,
            Effect.LESSON: LESSON_COINS,
            Effect.CREDIT: CREDIT_AMOUNT,
            Effect.FUND: FUND_AMOUNT,
            Effect.DEBIT: -DEBIT_AMOUNT,
            Effect.PURCHASE: -PRICE,
            Effect.USE: POTION_WORTH,
        },
        f"SELECT coalesce(sum(balance), 0) FROM wallets WHERE currency = '{CURRENCY}'",
    ),
)

ITEMS = (
    Figure("grant records", {Effect.GOODS: 1, Effect.BAG: 1}, _requests("GrantItems")),
    Figure("use records", {Effect.USE: 1}, _requests("ConsumeItem")),
    Figure("items in full bags", {Effect.BAG: BAG_GRANT}, _owned("item_id LIKE 'item\\_%'")),
    Figure(
        "potions of all players",
        {Effect.GOODS: GOODS_QUANTITY, Effect.PURCHASE: 1, Effect.USE: -1},
        _owned(f"item_id = '{POTION}'"),
    ),
    Figure(
        "potions given, by the statistics",
        {Effect.GOODS: GOODS_QUANTITY, Effect.PURCHASE: 1},
        _statistics(POTION, "distributed"),
    ),
    Figure("potions used, by the statistics", {Effect.USE: 1}, _statistics(POTION, "used")),
)

EXCHANGE = (
    Figure("purchase records", {Effect.PURCHASE: 1}, _requests("Purchase")),
    Figure(
        "purchases kept",
        {Effect.PURCHASE: 1},
        f"""
        SELECT count(*) FROM purchases
        WHERE offer_id = '{OFFER}' AND quantity = 1 AND revoked_us = 0
        """,
    ),
    Figure("trades accepted", {Effect.TRADE: 1}, "SELECT count(*) FROM trades WHERE state = 2"),
    Figure(
        "trades open",
        {Effect.PROPOSAL: 1, Effect.TRADE: -1},
        "SELECT count(*) FROM trades WHERE state = 1 AND ended_us = 0",
    ),
    Figure(
        "shards in escrow, by their movements",
        {Effect.PROPOSAL: 1, Effect.TRADE: -1},
        f"""
        SELECT coalesce(-sum(amount), 0) FROM ({MOVED}) AS moved
        WHERE item_id = '{SHARD}' AND counter_account LIKE 'escrow:%'
        """,
    ),
    Figure(
        "shards that open trades hold",
        {Effect.PROPOSAL: 1, Effect.TRADE: -1},
        """
        SELECT coalesce(sum((held ->> 'quantity')::bigint), 0)
        FROM trades, jsonb_array_elements(escrow::jsonb -> 'items') AS held
        """,
    ),
    Figure(
        "shards of all players",
        {Effect.GOODS: GOODS_QUANTITY, Effect.PROPOSAL: -1, Effect.TRADE: 1},
        _owned(f"item_id = '{SHARD}'"),
    ),
)

ECONOMY = (*MONEY, *ITEMS, *EXCHANGE)

# Each must give 0.
ECONOMY_INVARIANTS = {
    "stacks that differ from the sum of their movements": f"""
        SELECT count(*) FROM (
            SELECT player_id, item_id, sum(amount) AS amount FROM ({MOVED}) AS moved GROUP BY 1, 2
        ) AS moved FULL JOIN items USING (player_id, item_id)
        WHERE coalesce(amount, 0) <> coalesce(quantity, 0)
    """,
    "bags whose slots differ from their items": f"""
        SELECT count(*) FROM (
            SELECT player_id, sum(ceil(quantity::numeric / {STACK})) AS slots
            FROM items GROUP BY 1
        ) AS owned FULL JOIN bags USING (player_id)
        WHERE coalesce(slots, 0) <> coalesce(slots_used, 0)
    """,
    "pieces sold of what has no stock": "SELECT count(*) FROM stock",
}
