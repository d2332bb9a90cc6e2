"""Boards: the truth in Postgres, the live order in Valkey.

A score is committed to the player's row in `scores` (store.py) and then published to the sorted
set of its board instance (publisher.py). Publishing may be lost: what a worker had committed but
not published is repaired from Postgres (repair.py), and when Valkey is empty or behind, the order
is rebuilt (rebuild.py). Until it is whole again, ranks are refused, never guessed (ranks.py).
"""
