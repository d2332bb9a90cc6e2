from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.errors import InvalidCursor
from renown_server.events.cursors import Cursors, Scope, Start
from renown_server.events.state import Position

CURSORS = Cursors(b"secret")
PLAYER_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)
CURSOR_BYTES_MAX = 512  # what StreamEventsRequest takes


@given(PLAYER_IDS, st.integers(0, 2**63 - 1))
def test_a_players_cursor_comes_back(player_id: str, sequence: int) -> None:
    token = CURSORS.of_player(player_id, sequence)
    assert CURSORS.read_player(token, player_id) == sequence


@given(
    st.sampled_from([Scope.PLAYERS, Scope.ALL]),
    st.builds(
        Position,
        xid=st.integers(0, 2**63 - 1),
        player_id=st.one_of(st.just(""), PLAYER_IDS),
        sequence=st.integers(0, 2**63 - 1),
        at_us=st.integers(0, 2**62),
    ),
)
def test_a_position_comes_back(scope: Scope, position: Position) -> None:
    token = CURSORS.of_position(scope, position)
    assert CURSORS.read_position(token, scope) == position
    assert len(token) <= CURSOR_BYTES_MAX


@pytest.mark.parametrize(("token", "start"), [("", Start.NOW), ("beginning", Start.BEGINNING)])
def test_where_streams_start_without_a_cursor(token: str, start: Start) -> None:
    assert CURSORS.read_player(token, "alice") is start
    assert CURSORS.read_position(token, Scope.ALL) is start


ALICES = CURSORS.of_player("alice", 7)
EVERYBODYS = CURSORS.of_position(Scope.ALL, Position(900, "alice", 7, 1))
SOMEBODYS = CURSORS.of_position(Scope.PLAYERS, Position(900, "alice", 7, 1))


def _bytes(token: str) -> bytearray:
    return bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def _text(data: bytes | bytearray) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _with_sequence(token: str, sequence: int) -> str:
    data = _bytes(token)
    data[1:9] = sequence.to_bytes(8, "big")
    return _text(data)


FORGED_PLAYER_CURSORS = {
    "another player's": CURSORS.of_player("alicf", 7),
    "of all players": EVERYBODYS,
    "of several players": SOMEBODYS,
    "of another deployment": Cursors(b"other").of_player("alice", 7),
    "another sequence": _with_sequence(ALICES, 8),
    "without its seal": _text(_bytes(ALICES)[:-12]),
    "a shortened seal": _text(_bytes(ALICES)[:-1]),
    "only a seal": _text(_bytes(ALICES)[-12:]),
    "an empty seal": _text(b"\x01"),
    "something appended": _text(_bytes(ALICES) + b"\0"),
    "padding": ALICES + "=",
    "a space": ALICES + " ",
    "a letter less": ALICES[:-1],
    "a letter more": ALICES + "A",
    "a number": "7",
    "words": "the beginning",
    "another case": "Beginning",
    "not ASCII": "ü" * 8,
    "NUL": "\0",
    "long": "A" * 512,
}


@pytest.mark.parametrize("token", FORGED_PLAYER_CURSORS.values(), ids=FORGED_PLAYER_CURSORS)
def test_a_forged_or_foreign_cursor_is_refused(token: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read_player(token, "alice")


@pytest.mark.parametrize("token", [ALICES, SOMEBODYS, "AAAA", "7"])
def test_cursors_of_all_players_are_of_all_players(token: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read_position(token, Scope.ALL)
    assert CURSORS.read_position(EVERYBODYS, Scope.ALL) == Position(900, "alice", 7, 1)


@pytest.mark.parametrize("place", range(len(ALICES)))
def test_no_letter_can_be_changed(place: int) -> None:
    for letter in "Aa09-_":
        token = ALICES[:place] + letter + ALICES[place + 1 :]
        if token != ALICES:
            with pytest.raises(InvalidCursor):
                CURSORS.read_player(token, "alice")


@given(st.text(max_size=80))
def test_no_text_is_a_cursor_by_chance(token: str) -> None:
    if token in ("", "beginning"):
        return
    with pytest.raises(InvalidCursor):
        CURSORS.read_player(token, "alice")
    with pytest.raises(InvalidCursor):
        CURSORS.read_position(token, Scope.PLAYERS)
