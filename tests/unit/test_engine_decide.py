"""Once, and again: replays, refusals, keys of others, reruns, bugs."""

from __future__ import annotations

from typing import Any

import pytest

from renown_server.engine import decide as engine_decide
from renown_server.engine.command import FINGERPRINT_VERSION, Command, Recorded
from renown_server.engine.decide import Rejoin, decide
from renown_server.engine.facts import ActivityRecorded
from renown_server.engine.records import RecordBook
from renown_server.engine.work import NotLoaded, NotLocked, Work
from renown_server.errors import (
    RECORDED_STATUSES,
    InsufficientFunds,
    LeaderboardNotFound,
    PlayerExists,
    PlayerNotFound,
    RenownError,
    RequestIdReused,
    ScoreNotAccepted,
    StoredRefusal,
    UnknownCurrency,
    UnknownTimeZone,
    UsernameTaken,
)
from renown_server.leaderboards.commands import ScoreOutcome
from renown_server.profile.state import PlayerBook
from tests.kit.commands import activity, create, credit, debit, score
from tests.kit.odd import Odd, stumble
from tests.kit.pure import World
from tests.kit.times import HOUR


@pytest.fixture
def world() -> World:
    world = World()
    world.run(create("p", "make"))
    return world


def again(world: World, command: Command) -> Any:
    (outcome,) = world.batch(command)
    return outcome


def test_a_replay_gives_the_first_answer(world: World) -> None:
    first = world.run(activity("p", "lesson", "a1"))
    assert not first.replayed
    world.clock.value_us += HOUR
    world.run(activity("p"))
    replayed = world.run(activity("p", "lesson", "a1"))
    assert replayed.replayed
    assert replayed.facts == first.facts
    assert (replayed.recorded_at_us, replayed.first_sequence, replayed.catalog_version) == (
        first.recorded_at_us,
        first.first_sequence,
        first.catalog_version,
    )
    assert world.player("p").metrics == {"lessons": 2}


def test_duplicates_in_one_batch(world: World) -> None:
    first, second, third = world.batch(*[credit("p", "r1", coins=5) for _ in range(3)])
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.facts == second.facts
    assert third == second
    assert world.balance("p") == 5


@pytest.mark.parametrize(
    "other",
    [
        credit("p", "r1", coins=6),
        credit("p", "r1", gems=5),
        debit("p", "r1", coins=5),
        score("p", "high", 5, "r1"),
        create("q", "r1"),
    ],
)
def test_a_key_of_another_request(world: World, other: Command) -> None:
    world.run(credit("p", "r1", coins=5))
    before = world.state()
    refused = again(world, other)
    assert isinstance(refused, RequestIdReused)
    assert refused.refusal.metadata == {"request_id": "r1"}
    before["players"] = world.tables["players"]
    assert world.state() == before
    assert world.run(credit("p", "r1", coins=5)).replayed


def test_a_key_of_another_activity(world: World) -> None:
    world.run(activity("p", "lesson", "a1"))
    for other in ({"perfect": True}, {"metrics": {"lessons": 1}}, {"description": "x"}):
        assert isinstance(again(world, activity("p", "lesson", "a1", **other)), RequestIdReused)
    assert isinstance(again(world, activity("p", "wave", "a1")), RequestIdReused)
    # Another player's ids are others.
    assert not world.run(activity("q", "wave", "a1")).replayed


def test_keys_belong_to_their_principal(world: World) -> None:
    world.run(credit("p", "r1", "key:one", coins=5))
    assert not world.run(credit("p", "r1", "key:two", coins=5)).replayed
    assert world.balance("p") == 10


def test_the_order_of_a_map_does_not_matter(world: World) -> None:
    world.run(activity("p", "reading", "a1", metrics={"hours": 1, "pages": 2}))
    assert world.run(activity("p", "reading", "a1", metrics={"pages": 2, "hours": 1})).replayed


def test_requests_of_another_release_are_compared_by_method_and_subject(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(credit("p", "r1", coins=5))
    world.run(activity("p", "lesson", "a1"))
    monkeypatch.setattr(engine_decide, "FINGERPRINT_VERSION", FINGERPRINT_VERSION + 1)
    assert world.run(credit("p", "r1", coins=6)).replayed
    assert world.run(activity("p", "lesson", "a1", perfect=True)).replayed
    assert isinstance(again(world, debit("p", "r1", coins=5)), RequestIdReused)
    world.run(create("q"))
    assert isinstance(again(world, credit("q", "r1", coins=5)), RequestIdReused)
    assert world.balance("p") == 15


def test_a_result_is_read_back(world: World) -> None:
    first = world.run(score("p", "high", 7, "r1"))
    assert first.result_as(ScoreOutcome) == ScoreOutcome(7, improved=True)
    world.run(score("p", "high", 9))
    replayed = world.run(score("p", "high", 7, "r1"))
    assert replayed.result == {"score": 7, "improved": True}
    assert replayed.result_as(ScoreOutcome) == ScoreOutcome(7, improved=True)


def test_what_changes_nothing_is_remembered_too(world: World) -> None:
    world.run(score("p", "high", 9))
    sequence = world.player("p").sequence
    worse = world.run(score("p", "high", 7, "r1"))
    assert (worse.facts, worse.first_sequence) == ([], 0)
    assert worse.result_as(ScoreOutcome) == ScoreOutcome(9)
    assert world.player("p").sequence == sequence
    assert world.run(score("p", "high", 7, "r1")).replayed


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (debit("p", "r1", coins=5), InsufficientFunds),
        (score("p", "xp_all", 5, "r1"), ScoreNotAccepted),
        (create("p", "r1"), PlayerExists),
        (create("q", "r1", username="ada"), UsernameTaken),
        (credit("nobody", "r1", coins=5), PlayerNotFound),
        (credit("p", "r1", silver=5), UnknownCurrency),
        (create("q", "r1", time_zone="Mars/Olympus"), UnknownTimeZone),
        (score("p", "none", 5, "r1"), LeaderboardNotFound),
    ],
)
def test_refusals_are_kept_by_status(
    world: World, command: Command, error: type[RenownError]
) -> None:
    world.run(create("r", username="Ada"))
    kept_before = len(world.tables["requests"])
    first = again(world, command)
    assert type(first) is error
    is_kept = first.status in RECORDED_STATUSES
    assert len(world.tables["requests"]) == kept_before + is_kept
    world.run(credit("p", coins=50))
    second = again(world, command)
    assert isinstance(second, StoredRefusal if is_kept else error)
    assert second.refusal == first.refusal


def test_a_kept_refusal_of_another_request(world: World) -> None:
    assert isinstance(again(world, debit("p", "r1", coins=5)), InsufficientFunds)
    assert isinstance(again(world, debit("p", "r1", coins=4)), RequestIdReused)


def test_a_refusal_has_no_events(world: World) -> None:
    again(world, debit("p", "r1", coins=5))
    again(world, activity("q", "gift", "a0"))
    (row,) = [row for row in world.tables["requests"].values() if row[11]]
    assert (row[7], row[8], row[9]) == (0, 0, "[]")
    assert world.sequences("p") == [1]


def test_a_command_that_asks_for_more_leaves_nothing_until_it_has_it(world: World) -> None:
    world.run(credit("p", coins=5))
    seen = []

    def deed(work: Work) -> None:
        player = work.slice(PlayerBook).root("p")
        work.touch(player)
        player.xp += 1
        work.emit("p", ActivityRecorded("odd", "a", "t", 0))
        seen.append(player.xp)
        if len(seen) < 3:
            raise NotLoaded("wallets", ("p",))

    done = again(world, Odd(deed, "p"))
    assert isinstance(done, Recorded)
    assert seen == [1, 1, 1]
    assert len(done.facts) == 1
    assert world.player("p").xp == 1


def test_not_loaded_reaches_the_batch_with_nothing_done(world: World) -> None:
    def deed(work: Work) -> None:
        player = work.slice(PlayerBook).root("p")
        work.touch(player)
        player.metrics["x"] = 1
        raise NotLoaded("wallets", ("p",))

    work = world.open([Odd(deed, "p")])
    with pytest.raises(NotLoaded):
        decide(Odd(deed, "p"), work, world.roots)
    assert work.facts == {}
    assert work.slice(PlayerBook).root("p").metrics == {}
    assert work.slice(RecordBook).new_requests == []


def test_a_command_that_needs_other_locks_joins_the_next_batch(world: World) -> None:
    def deed(work: Work) -> None:
        player = work.slice(PlayerBook).root("p")
        work.touch(player)
        player.xp += 5
        raise NotLocked(("p", "q"))

    before = world.state()
    assert again(world, Odd(deed, "p")) == Rejoin(("p", "q"))
    assert world.state() == before


def test_a_bug_takes_no_neighbour_along(world: World, caplog: pytest.LogCaptureFixture) -> None:
    first, bug, last = world.batch(credit("p", coins=1), stumble("p"), credit("p", coins=2))
    assert isinstance(bug, ZeroDivisionError)
    assert isinstance(first, Recorded)
    assert isinstance(last, Recorded)
    assert world.balance("p") == 3
    assert world.player("p").xp == 0
    assert "a rule failed" in caplog.text
    assert world.sequences("p") == [1, 2, 3]


def test_facts_of_one_command_are_not_the_nexts(world: World) -> None:
    one, two = world.batch(activity("p"), activity("p"))
    assert isinstance(one, Recorded)
    assert isinstance(two, Recorded)
    assert one.facts is not two.facts
    assert two.first_sequence == one.first_sequence + len(one.facts)


def test_one_username_in_one_batch(world: World) -> None:
    taken = create("b", username="ADA")
    first, second, third = world.batch(
        create("a", username="ada"), taken, create("c", username="bea")
    )
    assert isinstance(first, Recorded)
    assert isinstance(second, UsernameTaken)
    assert isinstance(third, Recorded)
    assert set(world.tables["usernames"]) == {"ada", "bea"}
    assert not world.player("b").exists
    assert isinstance(again(world, taken), StoredRefusal)


def test_a_refused_player_takes_no_username(world: World) -> None:
    refused, created = world.batch(create("p", username="ada"), create("q", username="Ada"))
    assert isinstance(refused, PlayerExists)
    assert isinstance(created, Recorded)
    assert world.tables["usernames"]["ada"] == ("ada", "q")


def test_usernames_are_reserved_in_order(world: World) -> None:
    world.batch(*[create(f"p{n}", username=name) for n, name in enumerate(["cyd", "ann", "bob"])])
    assert list(world.tables["usernames"]) == ["ann", "bob", "cyd"]
