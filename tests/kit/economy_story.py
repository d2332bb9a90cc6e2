"""Every operation with success, and the edges where they meet, in an order that is told.

What the machine finds by chance is found here for certain. Each act is `Calls`' comparison with the
model; that an act ends as its name says is up to the model alone.
"""

from __future__ import annotations

from tests.kit.economy_calls import Calls
from tests.kit.economy_machine import reuse

HOUR = 3_600


def money(calls: Calls) -> None:
    """Credits, debits, adjustments, and gifts up to their limits."""
    calls.batch_credit([("ann", "coins", 1000), ("ben", "gems", 41), ("cat", "tokens", 50)])
    calls.batch_credit([("ann", "tokens", 50), ("ann", "tokens", 1), ("ann", "dust", 10)])
    calls.debit("ann", {"coins": 250, "tokens": 3})
    calls.adjust("cat", {"dust": 2, "coins": 70})
    calls.adjust("cat", {"dust": -1, "coins": -71})
    calls.transfer("ann", "ben", {"coins": 20, "tokens": 19})
    calls.transfer("ann", "ben", {"tokens": 2})  # 21 would be more than a day's
    calls.transfer("cat", "ben", {"tokens": 13})  # 18 and 12 are what ben may get
    calls.transfer("cat", "ben", {"tokens": 2})
    calls.wait(12 * HOUR)  # a new day
    calls.transfer("cat", "ben", {"tokens": 2})


def things(calls: Calls) -> None:
    """Items in use, in slots, in draws, given away."""
    calls.grant("ann", {"sword": 2, "wand": 1, "boost": 2, "vault": 4, "key": 4, "elixir": 2})
    swords = [name for item, name in calls.world.players["ann"].stacks if item == "sword"]
    calls.equip("ann", "sword", swords[0])
    calls.gift("ann", "ben", "sword", swords[0])  # it is worn
    calls.gift("ann", "ben", "sword", swords[1])
    calls.use("activate", "ann", "boost")
    calls.use("use", "ann", "wand")
    calls.use("use", "ann", "wand", times=2)
    for _ in range(4):
        calls.use("open", "ann", "vault")
    calls.unequip("ann", "weapon")
    calls.record("ann", "marathon")
    calls.use("use", "ann", "elixir")
    calls.use("use", "ann", "elixir")  # it cools down
    calls.wait(61)
    calls.use("use", "ann", "elixir")


def room(calls: Calls) -> None:
    """Bags and mailboxes that are full, and what is limited for everybody."""
    calls.grant("cat", {"ticket": 2, "shard": 90})
    calls.grant("cat", {"ore": 13, "scroll": 4})  # no room: into coins, and by mail
    calls.gift("ben", "cat", "sword", _instance(calls, "ben", "sword"))  # no room
    calls.wait(HOUR + 60)  # the tickets expire, on a full minute
    calls.gift("ben", "cat", "sword", _instance(calls, "ben", "sword"))
    for _ in range(5):
        calls.grant("cat", {"stamp": 3}, to_mailbox=True)  # five fit
    calls.claim_mail("cat", 1)
    calls.claim_mail("cat", 2)
    calls.claim_mail("cat", 2)
    calls.grant("cat", {"sword": 12}, to_mailbox=True)
    letter = len(calls.world.players["cat"].mail)
    calls.claim_mail("cat", letter)  # as many as there is room for
    calls.claim_mail("cat", letter)
    for name in ("ann", "ann", "ben"):
        calls.grant(name, {"relic": 1})  # one for each
    calls.grant("ann", {"relic": 3}, to_mailbox=True)
    calls.grant("ben", {"relic": 1}, to_mailbox=True)  # five are all


def store(calls: Calls) -> None:
    """Prices, limits, stock, receipts; and all of it back."""
    calls.credit("ben", {"coins": 2000})
    calls.purchase("ben", "sale", 3, shown="right")
    calls.purchase("ben", "bundle", shown="right")
    calls.purchase("ben", "daily", 2)
    calls.purchase("ben", "daily")
    limited = calls.purchase("ben", "limited", 3)
    calls.purchase("ann", "limited")
    calls.revoke_purchase(limited)
    calls.purchase("ann", "limited", 2)
    calls.purchase("ben", "lucky", 2)
    calls.purchase("ben", sorted(calls.world.turn[1])[0], shown="right")
    calls.redeem("ann", 1, 3)  # beyond the cap of gems: it waits in the mail
    calls.redeem("ann", 1, 3)
    calls.redeem("ben", 1, 3)


def trades(calls: Calls) -> None:
    """Trades that are accepted, declined, cancelled, and that expire."""
    calls.credit("ann", {"tokens": 10})
    shards = ([("coins", 11)], [("shard", "", 2)])
    first = calls.propose("cat", "ann", shards, ([("tokens", 5)], []))
    calls.end_trade("AcceptTrade", "cat", first)
    calls.end_trade("AcceptTrade", "ben", first)
    calls.end_trade("AcceptTrade", "ann", first)
    for name in ("ann", "cat"):
        trade = calls.propose("cat", "ann", shards, ([], []))
        calls.end_trade("CancelTrade", name, trade)
    calls.propose("ann", "cat", ([("tokens", 4)], []), ([], [("sword", "", 1)]))
    for _ in range(4):
        calls.propose("cat", "ann", ([], [("shard", "", 3)]), ([("coins", 5)], []))
    calls.wait(24 * HOUR)


def debts(calls: Calls) -> None:
    """What is spent is owed, and what comes in pays it."""
    calls.gift("cat", "ben", "sword", _instance(calls, "cat", "sword"))  # makes room
    calls.credit("cat", {"coins": 40})
    gems = calls.redeem("cat", 2)
    potions = calls.purchase("cat", "potion")
    calls.debit("cat", {"gems": 30})
    calls.use("use", "cat", "potion")
    for name in (gems, potions):
        calls.revoke_purchase(name)  # refused: it is spent
        calls.revoke_purchase(name, in_debt=True, dry=True)
        calls.revoke_purchase(name, in_debt=True)
        calls.revoke_purchase(name, in_debt=True)
    calls.credit("cat", {"gems": 50})
    calls.grant("cat", {"potion": 2})


def levels(calls: Calls) -> None:
    """Levels fall with the XP they rest on, whoever paid them, and are paid again."""
    calls.debit("ben", {"coins": calls.world.players["ben"].has("coins")})
    calls.credit("ben", {"coins": 500})
    first = calls.record("ben", "marathon")
    second = calls.record("ben", "marathon")
    dug = calls.record("ben", "dig")
    calls.revoke_activity(first, dry=True)
    calls.revoke_activity(first, in_debt=True)
    calls.record("ben", "hunt")
    calls.revoke_activity(dug, in_debt=True)
    calls.revoke_activity(second, in_debt=True)
    calls.revoke_activity(second, in_debt=True)
    calls.record("ben", "marathon")


def again(calls: Calls) -> None:
    """All of it once more: the same answers, and nothing else."""
    for sent in [sent for sent in calls.sent if sent.is_kept]:
        calls.retry(sent)
        reuse(calls, sent)


def _instance(calls: Calls, name: str, item: str) -> str:
    return next(instance for one, instance in calls.world.players[name].stacks if one == item)


def tell_all(calls: Calls) -> None:
    """The whole story."""
    calls.start(seed=7)
    for act in (money, things, room, store, trades, debts, levels, again):
        act(calls)
    calls.finish()
