"""What an activity loads: more if it gives items, and no more than before if it gives none."""

from __future__ import annotations

from renown_server.activity.body import ActivityBody
from renown_server.activity.commands import record_activity
from tests.kit.economy import economy_game

GAME = economy_game()


def wanted(kind: str) -> tuple[str, ...]:
    return record_activity(ActivityBody("p", "a", kind), "key:game", GAME).wanted()


def test_what_gives_no_items_loads_what_it_always_did() -> None:
    assert wanted("lesson") == wanted("no such type") == ("wallets", "scores")


def test_items_and_draws_are_loaded_at_once() -> None:
    assert wanted("hunt") == ("wallets", "scores", "bags", "items")
    assert wanted("dig") == ("wallets", "scores", "bags", "items", "mailboxes")
    command = record_activity(ActivityBody("p", "a", "hunt"), "key:game", GAME)
    assert command.keys("items") == (("p", "shard"),)
