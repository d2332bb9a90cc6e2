"""The journal: what a command touches can be undone, and is written once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from renown_server.currency.state import Balance
from renown_server.engine.state import Entity, Journal
from renown_server.leaderboards.state import Entry, PlayerScores
from renown_server.profile.profiles import Profile
from renown_server.profile.state import PlayerState, Usage


class Thing(Entity):
    """Something with two fields, one of which is restored."""

    __slots__ = ("kept", "value")

    saved = ("value",)

    def __init__(self) -> None:
        super().__init__()
        self.value = 0
        self.kept = 0


def test_rollback_goes_back_to_before_the_command() -> None:
    journal, thing = Journal(), Thing()
    journal.begin()
    journal.touch(thing)
    thing.value = 1
    journal.commit()
    journal.begin()
    for value in (2, 3):
        journal.touch(thing)
        thing.value = value
    journal.rollback()
    assert thing.value == 1
    assert journal.dirty(Thing) == [thing]


def test_what_was_only_touched_by_failures_is_not_written() -> None:
    journal, thing = Journal(), Thing()
    for _ in range(2):
        journal.begin()
        journal.touch(thing)
        thing.value = 9
        journal.rollback()
    assert thing.value == 0
    assert journal.dirty(Thing) == []


def test_each_is_written_once_in_order_of_its_first_change() -> None:
    journal, one, two = Journal(), Thing(), Thing()
    for things in ([two], [one, two], [one]):
        journal.begin()
        for thing in things:
            journal.touch(thing)
        journal.commit()
    assert journal.dirty(Thing) == [two, one]


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers()), st.booleans())))
def test_the_journal_equals_a_copy(commands: list[tuple[int, list[int], bool]]) -> None:
    journal = Journal()
    things = [Thing() for _ in range(3)]
    model = [0, 0, 0]
    for which, values, accepted in commands:
        journal.begin()
        for value in values:
            journal.touch(things[which])
            things[which].value = value
        if accepted:
            journal.commit()
            model[which] = values[-1] if values else model[which]
        else:
            journal.rollback()
        assert [thing.value for thing in things] == model


def test_maps_are_restored_with_their_contents() -> None:
    player = PlayerState("p")
    player.metrics["a"] = 1
    player.usage["t"] = Usage()
    saved = player.save()
    player.metrics["a"] = 2
    player.metrics["b"] = 3
    player.usage["t"] = Usage(times_us=(5,))
    player.xp, player.level, player.time_zone = 7, 8, "Asia/Tokyo"
    player.restore(saved)
    assert (player.metrics, player.usage) == ({"a": 1}, {"t": Usage()})
    assert (player.xp, player.level, player.time_zone) == (0, 1, "UTC")


def test_scores_are_restored_with_what_was_to_be_published() -> None:
    scores = PlayerScores("p", {"a": Entry(1, 1)})
    saved = scores.save()
    scores.entries["a"] = Entry(2, 2)
    scores.changed["a"] = True
    scores.restore(saved)
    assert (scores.entries, scores.changed) == ({"a": Entry(1, 1)}, {})


def test_every_field_that_changes_is_saved() -> None:
    """An entity whose `save` forgets a field would leak a failed command's change."""
    fixed = {"player_id", "currency"}
    for entity in (PlayerState("p"), Balance("p", "coins"), Profile("p"), PlayerScores("p")):
        before = entity.save()
        fields = [name for name in type(entity).__slots__ if name not in fixed]
        for name in fields:
            setattr(entity, name, object())
        after = entity.save() if not isinstance(entity, PlayerState | PlayerScores) else None
        entity.restore(before)
        for name in fields:
            assert type(getattr(entity, name)) is not object, (entity, name)
        if after is not None:
            assert len(after) == len(fields)
