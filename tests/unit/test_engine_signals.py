"""Signals, awards and the reaction to them: a part of the command, kept or undone with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.decide import Rejoin, decide
from renown_server.engine.facts import ActivityRecorded, decode_facts
from renown_server.engine.signals import (
    ActivityView,
    Award,
    AwardKind,
    Consequence,
    Signal,
    SignalKind,
)
from renown_server.engine.work import NotLoaded, NotLocked, Work
from renown_server.errors import InsufficientFunds, StoredRefusal
from renown_server.profile.state import PlayerBook
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.times import NOON

BADGE = Award("p", AwardKind.BADGE, "early_bird", 1, "achievement:dawn")


def listening(*pairs: tuple[SignalKind, str]) -> CatalogSnapshot:
    """A catalog in which somebody reacts to these, by number as the catalog has them."""
    return replace(snapshot_of(), listens=frozenset((int(kind), key) for kind, key in pairs))


def world_of(
    react: Callable[[Work], None] = lambda work: None,
    *pairs: tuple[SignalKind, str],
    players: tuple[str, ...] = ("p",),
) -> World:
    world = World(listening(*pairs))
    for player in players:
        world.run(create(player, f"make-{player}"))
    world.react = react
    return world


def add_xp(work: Work, player_id: str, amount: int) -> None:
    player = work.slice(PlayerBook).root(player_id)
    work.touch(player)
    player.xp += amount
    work.emit(player_id, ActivityRecorded("reaction", "a", "t", amount))


def item(work: Work, player_id: str = "p", amount: int = 1) -> None:
    work.signal(SignalKind.ITEM, player_id, "hat", amount, "request:Odd")


HATS = (SignalKind.ITEM, "hat")


@pytest.mark.parametrize(
    ("pairs", "is_heard"),
    [
        ((), False),
        ((HATS,), True),
        (((SignalKind.ITEM, "*"),), True),
        (((SignalKind.ITEM, "cap"),), False),
        (((SignalKind.CURRENCY, "hat"),), False),
        (((SignalKind.CURRENCY, "*"),), False),
        (((SignalKind.ITEM, ""),), False),
    ],
)
def test_only_what_somebody_listens_to_is_signalled(
    pairs: tuple[tuple[SignalKind, str], ...], is_heard: bool
) -> None:
    heard: list[Consequence] = []
    world = world_of(lambda work: heard.extend(work.pending), *pairs)
    asked: list[bool] = []

    def deed(work: Work) -> None:
        asked.append(work.listens(*HATS))
        item(work, amount=3)

    world.run(Odd(deed, "p"))
    expected = [Signal("p", SignalKind.ITEM, "hat", 3, NOON, "request:Odd")]
    assert heard == (expected if is_heard else [])
    assert asked == [is_heard]


def test_numbers_of_kinds_are_what_the_catalog_knows() -> None:
    assert [(kind.name, kind.value) for kind in SignalKind] == [
        ("ACTIVITY", 1),
        ("LEVEL", 2),
        ("PRESTIGE", 3),
        ("XP", 4),
        ("ITEM", 5),
        ("CURRENCY", 6),
        ("ACHIEVEMENT", 7),
        ("BADGE", 8),
        ("QUEST", 9),
        ("STREAK", 10),
    ]


def test_signals_and_awards_wait_in_one_row() -> None:
    seen: list[Consequence] = []

    def react(work: Work) -> None:
        while work.pending:
            cause = work.pending.popleft()
            seen.append(cause)
            if cause == BADGE:
                item(work, amount=9)

    view = ActivityView("lesson", {"room": "1"}, True, False, 5, None, "", {"lessons": 1}, {})

    def deed(work: Work) -> None:
        work.award(BADGE)
        work.signal(SignalKind.ACTIVITY, "p", "lesson", 1, "activity_type:lesson", 0, view)
        item(work)

    world_of(react, HATS, (SignalKind.ACTIVITY, "*")).run(Odd(deed, "p"))
    assert [(type(each).__name__, each.kind.name) for each in seen] == [
        ("Award", "BADGE"),
        ("Signal", "ACTIVITY"),
        ("Signal", "ITEM"),
        ("Signal", "ITEM"),
    ]
    lesson = seen[1]
    assert isinstance(lesson, Signal)
    # The moment 0 is one, too: not now.
    assert (lesson.occurred_us, lesson.activity) == (0, view)


def test_what_a_reaction_does_is_the_commands() -> None:
    world = world_of(lambda work: add_xp(work, "p", 2))
    done = world.run(Odd(lambda work: add_xp(work, "p", 1), "p"))
    assert [fact.occurred_at_us for fact in done.facts] == [1, 2]
    assert world.player("p").xp == 3
    (stored,) = [row[9] for row in world.tables["requests"].values() if "reaction" in row[9]]
    assert decode_facts(stored) == done.facts
    assert world.sequences("p") == [1, 2, 3]


def test_a_command_about_two_players_signals_about_both() -> None:
    def react(work: Work) -> None:
        while work.pending:
            add_xp(work, work.pending.popleft().player_id, 5)

    world = world_of(react, HATS, players=("p", "q"))

    def deed(work: Work) -> None:
        item(work, "q")
        item(work, "p")

    done = world.run(Odd(deed, "p", "q"))
    assert len(done.facts) == 1
    assert [world.player(player).xp for player in "pq"] == [5, 5]
    assert world.sequences("q") == [1, 2]


def test_a_refusal_in_a_reaction_refuses_the_command() -> None:
    def react(work: Work) -> None:
        add_xp(work, "p", 2)
        work.award(BADGE)
        raise InsufficientFunds("coins", 5, 0)

    world = world_of(react)
    before = world.state()

    def deed(work: Work) -> None:
        add_xp(work, "p", 1)
        work.award(BADGE)

    refused = Odd(deed, "p", request_id="r1")
    (outcome,) = world.batch(refused)
    assert isinstance(outcome, InsufficientFunds)
    assert world.player("p").xp == 0
    assert world.sequences("p") == [1]
    left = {name: rows for name, rows in world.state().items() if rows != before[name]}
    assert set(left) == {"requests"}, "nothing but the refusal"
    (again,) = world.batch(refused)
    assert isinstance(again, StoredRefusal)


@pytest.mark.parametrize("times", [1, 3])
def test_a_reaction_may_ask_for_more(times: int) -> None:
    left = [times]

    def react(work: Work) -> None:
        add_xp(work, "p", 2)
        assert len(work.pending) == 1
        if left[0]:
            left[0] -= 1
            raise NotLoaded("wallets", ("p",))

    world = world_of(react, HATS)
    done = world.run(Odd(item, "p"))
    assert len(done.facts) == 1
    assert world.player("p").xp == 2


def test_a_reaction_may_need_other_locks() -> None:
    def react(work: Work) -> None:
        add_xp(work, "p", 2)
        raise NotLocked(("p", "q"))

    world = world_of(react)
    before = world.state()
    (outcome,) = world.batch(Odd(item, "p"))
    assert outcome == Rejoin(("p", "q"))
    assert world.state() == before


def test_a_bug_in_a_reaction_takes_no_neighbour_along(caplog: pytest.LogCaptureFixture) -> None:
    def react(work: Work) -> None:
        add_xp(work, "p", 1)
        if work.command_id == "bug":
            raise ZeroDivisionError("a bug")

    world = world_of(react)
    first, bug, last = world.batch(
        *[Odd(item, "p", request_id=name) for name in ("one", "bug", "two")]
    )
    assert isinstance(first, Recorded)
    assert isinstance(bug, ZeroDivisionError)
    assert isinstance(last, Recorded)
    assert world.player("p").xp == 2
    assert "a rule failed" in caplog.text


def test_nobody_reacts_to_a_replay() -> None:
    reacted: list[str] = []
    world = world_of(lambda work: reacted.append(work.command_id))
    command = Odd(item, "p", request_id="r1")
    world.run(command)
    assert world.run(command).replayed
    assert reacted == ["r1"]


@pytest.mark.parametrize("failure", [InsufficientFunds("coins", 5, 0), NotLocked(("p",)), None])
def test_what_waits_is_gone_after_a_rollback(failure: Exception | None) -> None:
    def deed(work: Work) -> Any:
        item(work)
        work.award(BADGE)
        work.visited += 1
        if failure:
            raise failure

    world = world_of(lambda work: None, HATS)
    work = world.open([Odd(deed, "p")])
    decide(Odd(deed, "p"), work, world.roots)
    # With nobody there to react it waits until the next command begins.
    assert len(work.pending) == (0 if failure else 2)
    seen: list[int] = []
    decide(Odd(lambda work: seen.append(len(work.pending)), "p"), work, world.roots)
    assert seen == [0]
    assert work.visited == 1, "who is undone has looked all the same"
