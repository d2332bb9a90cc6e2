import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.errors import InvalidPageToken
from renown_server.wire.pages import PageTokens, page_size

SECRET = bytes(range(32))
TOKENS = PageTokens(SECRET)

positions = st.lists(
    st.one_of(st.text(max_size=64), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=4
).map(tuple)


@pytest.mark.parametrize(
    ("requested", "size"), [(0, 50), (1, 1), (50, 50), (200, 200), (201, 200), (1000, 200)]
)
def test_page_sizes(requested: int, size: int) -> None:
    assert page_size(requested) == size


@given(positions)
def test_positions_return(position: tuple[str | int, ...]) -> None:
    token = TOKENS.encode("ListThings", ("alice", 7), position)
    assert TOKENS.decode("ListThings", ("alice", 7), token) == position


def test_no_token_is_the_first_page() -> None:
    assert TOKENS.decode("ListThings", ("alice",), "") == ()


def test_the_longest_position_of_a_board_fits_its_field() -> None:
    token = TOKENS.encode("ListEntries", ("x" * 64,), (2**53, 2**63 - 1, "p" * 64))
    assert len(token) <= 256


def test_a_token_is_bound_to_its_list_filters_and_secret() -> None:
    token = TOKENS.encode("ListThings", ("alice", "type"), (5,))
    for tokens, name, filters in [
        (TOKENS, "ListOthers", ("alice", "type")),
        (TOKENS, "ListThings", ("bob", "type")),
        (TOKENS, "ListThings", ("alicetype",)),
        (TOKENS, "ListThings", ()),
        (PageTokens(bytes(32)), "ListThings", ("alice", "type")),
    ]:
        with pytest.raises(InvalidPageToken):
            tokens.decode(name, filters, token)


@given(st.text(min_size=1, max_size=80))
def test_any_other_text_is_refused(token: str) -> None:
    with pytest.raises(InvalidPageToken):
        TOKENS.decode("ListThings", (), token)


def test_a_changed_token_is_refused() -> None:
    token = TOKENS.encode("ListThings", (), ("alice", 12))
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for index in range(len(raw)):
        changed = bytearray(raw)
        changed[index] ^= 1
        with pytest.raises(InvalidPageToken):
            TOKENS.decode("ListThings", (), base64.urlsafe_b64encode(changed).decode().rstrip("="))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        PageTokens(b"short")
