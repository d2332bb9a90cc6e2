"""The tape: a command that runs again is given what chance gave it before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.engine import tape as engine_tape
from renown_server.engine.command import Recorded
from renown_server.engine.decide import Rejoin, decide
from renown_server.engine.facts import LootDrawn
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.tape import Tape, TapedRandomness
from renown_server.engine.work import NotLoaded, NotLocked, Work
from renown_server.inventory.state import InventoryBook
from tests.kit.commands import create
from tests.kit.odd import Odd
from tests.kit.pure import World


class Counting(SeededRandomness):
    """A source that counts what it is asked."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)
        self.asked: list[tuple[str, int]] = []

    def below(self, bound: int) -> int:
        self.asked.append(("below", bound))
        return super().below(bound)

    def token(self, size: int) -> str:
        self.asked.append(("token", size))
        return super().token(size)


@pytest.fixture
def world() -> World:
    world = World()
    for player in "pq":
        world.run(create(player))
    world.random = Counting()
    return world


def asked(world: World) -> list[tuple[str, int]]:
    assert isinstance(world.random, Counting)
    return world.random.asked


def rolling(
    runs: list[list[Any]], after: Callable[[int, Work], None] = lambda run, work: None
) -> Callable[[Work], list[Any]]:
    """Draws two numbers and a token a run, and then does something by the run's number."""

    def deed(work: Work) -> list[Any]:
        roll = work.random.below(10**9)
        drawn = [roll, work.random.token(8), work.random.below(10**9)]
        runs.append(drawn)
        work.emit("p", LootDrawn("odd", "t", roll, 10**9, "e"))
        after(len(runs), work)
        return drawn

    return deed


THREE = [("below", 10**9), ("token", 8), ("below", 10**9)]


def test_not_loaded_after_a_roll_keeps_the_roll(world: World) -> None:
    runs: list[list[Any]] = []

    def after(run: int, work: Work) -> None:
        if run < 4:
            raise NotLoaded("wallets", ("p",))

    done = world.run(Odd(rolling(runs, after), "p"))
    assert len(runs) == 4
    assert all(run == runs[0] for run in runs)
    assert (done.result, done.facts[0].roll) == (runs[0], runs[0][0])
    assert asked(world) == THREE


def test_not_loaded_between_two_rolls_keeps_the_first(world: World) -> None:
    drawn: list[int] = []

    def deed(work: Work) -> int:
        drawn.append(work.random.below(10**9))
        if len(drawn) == 1:
            raise NotLoaded("wallets", ("p",))
        return work.random.below(10**9)

    done = world.run(Odd(deed, "p"))
    assert drawn[0] == drawn[1] != done.result
    assert asked(world) == [("below", 10**9)] * 2


def test_a_reaction_draws_from_the_commands_tape(world: World) -> None:
    runs: list[list[Any]] = []
    in_reaction: list[int] = []

    def react(work: Work) -> None:
        in_reaction.append(work.random.below(10**9))
        if len(runs) == 1:
            raise NotLoaded("wallets", ("p",))

    world.react = react
    world.run(Odd(rolling(runs), "p"))
    assert runs[0] == runs[1]
    assert in_reaction[0] == in_reaction[1] not in runs[0]
    assert len(asked(world)) == 4


def test_a_lost_race_keeps_the_roll(world: World) -> None:
    """The batch runs again from its lock, with a working set of its own."""
    runs: list[list[Any]] = []
    command = Odd(rolling(runs), "p")
    lost = decide(command, world.open([command]), world.roots)
    assert isinstance(lost, Recorded)
    done = world.run(command)
    assert not done.replayed
    assert done.result == lost.result
    assert asked(world) == THREE


def test_who_joins_the_next_batch_keeps_the_roll(world: World) -> None:
    runs: list[list[Any]] = []

    def after(run: int, work: Work) -> None:
        if run == 1:
            raise NotLocked(("p", "q"))

    command = Odd(rolling(runs, after), "p")
    (outcome,) = world.batch(command)
    assert isinstance(outcome, Rejoin)
    command.players = outcome.players
    world.run(command)
    assert runs[0] == runs[1]
    assert asked(world) == THREE


def test_each_command_of_a_batch_has_its_own(world: World) -> None:
    """What runs again, or is left out after bisecting, does not move what others draw."""
    runs: dict[str, list[list[Any]]] = {"one": [], "two": [], "three": []}

    def ask_once(run: int, work: Work) -> None:
        if run == 1:
            raise NotLoaded("wallets", ("p",))

    commands = [Odd(rolling(of_one, ask_once), "p") for of_one in runs.values()]
    lost = world.open(commands)
    for command in commands:
        with pytest.raises(NotLoaded):
            decide(command, lost, world.roots)
    world.batch(*commands[1:])
    world.batch(commands[0])
    for of_one in runs.values():
        assert of_one[0] == of_one[1]
    assert len({of_one[0][1] for of_one in runs.values()}) == 3
    assert asked(world) == THREE * 3


def test_the_same_request_sent_again_is_another_command(world: World) -> None:
    """A tape is no promise beyond the call: what answers a retry is the record."""
    runs: list[list[Any]] = []
    for _ in range(2):
        command = Odd(rolling(runs), "p", request_id="r1")
        decide(command, world.open([command]), world.roots)
    assert runs[0] != runs[1]


def test_another_question_drops_the_rest() -> None:
    tape: Tape = []
    random = TapedRandomness(source := Counting())
    random.insert(tape)
    first = [random.below(6), random.below(100), random.token(8), random.below(10**9)]
    random.insert(tape)
    assert random.below(6) == first[0]
    assert random.below(101) in range(101)
    assert tape == [("below", 6, first[0]), ("below", 101, tape[1][2])]
    # What comes now is new, also where it is what was asked before.
    assert random.token(8) != first[2]
    assert random.below(10**9) != first[3]
    assert source.asked[4:] == [("below", 101), ("token", 8), ("below", 10**9)]
    second = [draw[2] for draw in tape]
    random.insert(tape)
    assert [random.below(6), random.below(101), random.token(8), random.below(10**9)] == second


def test_a_number_is_no_token() -> None:
    tape: Tape = []
    random = TapedRandomness(SeededRandomness(1))
    random.insert(tape)
    random.below(8)
    random.insert(tape)
    assert len(random.token(8)) == 16
    assert [draw[0] for draw in tape] == ["token"]


def test_a_shorter_run_keeps_the_rest_for_the_next() -> None:
    tape: Tape = []
    random = TapedRandomness(SeededRandomness(1))
    random.insert(tape)
    first = [random.below(10**9) for _ in range(4)]
    random.insert(tape)
    random.below(10**9)
    random.insert(tape)
    assert [random.below(10**9) for _ in range(4)] == first


_questions = st.lists(
    st.one_of(
        st.tuples(st.just("below"), st.integers(1, 9)),
        st.tuples(st.just("token"), st.integers(1, 3)),
    ),
    max_size=12,
)


@given(runs=st.lists(_questions, max_size=5), kept_max=st.sampled_from([0, 1, 3, 100]))
def test_what_is_asked_alike_from_the_start_is_answered_alike(
    runs: list[list[tuple[str, int]]], kept_max: int
) -> None:
    tape: Tape = []
    random = TapedRandomness(SeededRandomness(1))
    before: list[tuple[str, int]] = []
    answers: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_tape, "DRAWS_KEPT_MAX", kept_max)
        for questions in runs:
            random.insert(tape)
            found = [getattr(random, kind)(argument) for kind, argument in questions]
            same = 0
            while same < min(len(before), len(questions)) and before[same] == questions[same]:
                same += 1
            assert found[:same] == answers[:same]
            assert len(tape) <= kept_max + 1
            before, answers = questions, found


def test_a_long_tape_is_bounded_and_still_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_tape, "DRAWS_KEPT_MAX", 10)
    tape: Tape = []
    random = TapedRandomness(source := Counting())
    random.insert(tape)
    first = [random.below(10**9) for _ in range(500)]
    assert len(set(first)) == 500
    assert len(tape) == 11
    assert source.asked[-1] == ("token", 32)
    random.insert(tape)
    assert [random.below(10**9) for _ in range(500)] == first
    assert len(source.asked) == 11
    # Who asks differently early on gets another seed, too.
    random.insert(tape)
    random.below(7)
    assert not set(first) & {random.below(10**9) for _ in range(499)}


def test_who_never_draws_keeps_nothing(world: World) -> None:
    command = Odd(lambda work: None, "p")
    world.run(command)
    assert command.tape == []
    assert asked(world) == []


def test_a_working_set_without_a_command_has_chance(world: World) -> None:
    work = Work(catalog=world.snapshot, now_us=1, random=SeededRandomness(3))
    plain = SeededRandomness(3)
    assert work.random.token(4) == plain.token(4)
    work.begin("test")
    assert work.random.below(10**9) == plain.below(10**9)


def test_rules_may_find_late_what_they_need(world: World) -> None:
    """A real book asks for what a roll chose: both runs choose the same."""
    chosen: list[str] = []

    def deed(work: Work) -> None:
        item = f"i{work.random.below(10**6)}"
        chosen.append(item)
        work.slice(InventoryBook).of("p", item)

    world.run(Odd(deed, "p"))
    assert len(chosen) == 2
    assert len(set(chosen)) == 1
