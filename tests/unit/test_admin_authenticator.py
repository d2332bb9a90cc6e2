import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from renown_server.admin import authenticator as module
from renown_server.admin.authenticator import Authenticator
from renown_server.admin.keyring import Keyring, new_key
from renown_server.admin.keys import hash_secret
from renown_server.admin.state import Key, KeyKind, StoredKey
from renown_server.admin.tokens import PlayerTokens
from renown_server.calls import Principal, PrincipalKind, Role
from renown_server.engine.clock import FixedClock
from renown_server.engine.randomness import SeededRandomness
from renown_server.errors import StorageUnavailable, Unauthenticated

NOW_US = 1_795_172_152_000_000
SECRET = "S" * 43
KEYRING = Keyring.parse(new_key())


def stored(key_id: str, **changes: Any) -> StoredKey:
    fields: dict[str, Any] = {
        "key_id": key_id,
        "name": "game",
        "kind": KeyKind.SERVER,
        "roles": (),
        "created_at_us": NOW_US,
        "created_by": "cli",
    }
    return StoredKey(Key(**(fields | changes)), hash_secret(SECRET))


class House:
    """An authenticator over a dict, with its time in hand."""

    def __init__(self, *keys: StoredKey, entries_max: int = 100) -> None:
        self.clock = FixedClock(NOW_US)
        self.now_s = 1000.0
        self.keys = {one.key.key_id: one for one in keys}
        self.loads: list[list[str]] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.tokens = PlayerTokens(keyring=KEYRING, clock=self.clock, random=SeededRandomness(1))
        self.authenticator = Authenticator(
            tokens=self.tokens,
            load_keys=self._load,
            clock=self.clock,
            monotonic=lambda: self.now_s,
            entries_max=entries_max,
        )

    async def _load(self, key_ids: Sequence[str]) -> Mapping[str, StoredKey]:
        self.loads.append(list(key_ids))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return {key_id: self.keys[key_id] for key_id in key_ids if key_id in self.keys}

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.clock.advance(timedelta(seconds=seconds))

    async def ask(self, header: str) -> Principal:
        cached = self.authenticator.authenticate_cached(header)
        return cached or await self.authenticator.authenticate(header)


def bearer(key_id: str, secret: str = SECRET) -> str:
    return f"Bearer {key_id}.{secret}"


async def test_a_server_key() -> None:
    house = House(stored("k_1"))
    expected = Principal(PrincipalKind.SERVER, "key:k_1", name="game")
    assert await house.ask(bearer("k_1")) == expected


async def test_an_operator_key() -> None:
    house = House(stored("k_2", kind=KeyKind.OPERATOR, roles=(Role.SUPPORT, Role.ECONOMY)))
    principal = await house.ask(bearer("k_2"))
    assert principal.kind is PrincipalKind.OPERATOR
    assert principal.roles == {Role.SUPPORT, Role.ECONOMY}
    assert [role for role in Role if principal.has_role(role)] == [
        Role.VIEWER,
        Role.SUPPORT,
        Role.ECONOMY,
    ]


async def test_a_player_token_needs_no_look_up() -> None:
    house = House()
    issued = house.tokens.issue("alice")
    principal = await house.ask(f"bearer {issued.token}")
    assert principal.kind is PrincipalKind.PLAYER
    assert (principal.id, principal.player_id) == ("player:alice", "alice")
    assert principal.name == issued.session_id
    assert principal.roles == frozenset()
    assert house.loads == []


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (stored("k_1"), ""),
        (stored("k_1"), "Bearer "),
        (stored("k_1"), "Bearer"),
        (stored("k_1"), f"Basic k_1.{SECRET}"),
        (stored("k_1"), f"k_1.{SECRET}"),
        (stored("k_1"), bearer("k_2")),
        (stored("k_1"), bearer("k_1", "T" * 43)),
        (stored("k_1"), bearer("k_1", SECRET[:-1])),
        (stored("k_1"), bearer("k_1", "é" * 43)),
        (stored("k_1"), "Bearer " + "\udc80" * 10),
        (stored("k_1"), "Bearer " + "x" * 5000),
        (stored("k_1"), "Bearer a.b.c"),
        (stored("k_1", revoked_at_us=NOW_US), bearer("k_1")),
        (stored("k_1", expires_at_us=NOW_US), bearer("k_1")),
        (stored("k_1", expires_at_us=NOW_US - 1), bearer("k_1")),
    ],
)
async def test_refused(key: StoredKey, header: str) -> None:
    house = House(key)
    for _ in range(2):
        with pytest.raises(Unauthenticated) as caught:
            await house.ask(header)
        assert SECRET not in str(caught.value)
    assert len(house.loads) <= 1


async def test_unknown_ids_and_wrong_secrets_get_one_answer() -> None:
    house = House(stored("k_1"))
    texts = []
    for header in (bearer("k_2"), bearer("k_1", "T" * 43)):
        with pytest.raises(Unauthenticated) as caught:
            await house.ask(header)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


async def test_an_accepted_key_is_remembered_for_5_s() -> None:
    house = House(stored("k_1"))
    await house.ask(bearer("k_1"))
    house.keys["k_1"] = stored("k_1", revoked_at_us=NOW_US)
    house.wait(4.99)
    assert house.authenticator.authenticate_cached(bearer("k_1")) is not None
    house.wait(0.01)
    assert house.authenticator.authenticate_cached(bearer("k_1")) is None
    with pytest.raises(Unauthenticated, match="revoked"):
        await house.ask(bearer("k_1"))


async def test_a_slow_look_up_counts_from_its_beginning() -> None:
    house = House(stored("k_1"))
    house.gate.clear()
    asking = asyncio.create_task(house.ask(bearer("k_1")))
    await asyncio.sleep(0)
    house.wait(1.5)
    house.gate.set()
    await asking
    house.wait(3.5)
    assert house.authenticator.authenticate_cached(bearer("k_1")) is None


async def test_a_remembered_key_ends_with_its_expiry() -> None:
    house = House(stored("k_1", expires_at_us=NOW_US + 2_000_000))
    await house.ask(bearer("k_1"))
    house.wait(1.99)
    await house.ask(bearer("k_1"))
    house.wait(0.01)
    with pytest.raises(Unauthenticated, match="expired"):
        await house.ask(bearer("k_1"))


async def test_a_remembered_token_ends_with_its_expiry() -> None:
    house = House()
    header = f"Bearer {house.tokens.issue('alice', ttl_us=2_000_000).token}"
    await house.ask(header)
    house.wait(1.99)
    await house.ask(header)
    house.wait(0.01)
    with pytest.raises(Unauthenticated, match="expired"):
        await house.ask(header)


async def test_a_refusal_is_remembered_for_1_s() -> None:
    house = House()
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await house.ask(bearer("k_1"))
    assert house.loads == [["k_1"]]
    house.keys["k_1"] = stored("k_1")
    house.wait(1)
    assert (await house.ask(bearer("k_1"))).id == "key:k_1"


async def test_concurrent_misses_share_one_look_up() -> None:
    house = House(stored("k_1"), stored("k_2"))
    house.gate.clear()
    good = [asyncio.create_task(house.ask(bearer("k_1"))) for _ in range(50)]
    bad = [asyncio.create_task(house.ask(bearer("k_1", "T" * 43))) for _ in range(50)]
    await asyncio.sleep(0)
    house.gate.set()
    assert {principal.id for principal in await asyncio.gather(*good)} == {"key:k_1"}
    outcomes = await asyncio.gather(*bad, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unauthenticated}
    assert house.loads == [["k_1"]]


@pytest.mark.parametrize("failure", [ConnectionRefusedError("down"), TimeoutError()])
async def test_without_storage_remembered_keys_stay_valid_for_5_s(failure: Exception) -> None:
    house = House(stored("k_1"))
    await house.ask(bearer("k_1"))
    house.failure = failure
    with pytest.raises(StorageUnavailable):
        await house.ask(bearer("k_2"))
    house.wait(4.9)
    assert (await house.ask(bearer("k_1"))).id == "key:k_1"
    house.wait(0.1)
    with pytest.raises(StorageUnavailable):
        await house.ask(bearer("k_1"))
    house.failure = None
    assert (await house.ask(bearer("k_1"))).id == "key:k_1"


async def test_storage_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKUP_S", 0.02)
    house = House(stored("k_1"))
    house.gate.clear()
    with pytest.raises(StorageUnavailable):
        await house.ask(bearer("k_1"))


async def test_a_bug_is_not_taken_for_a_refusal() -> None:
    house = House(stored("k_1"))
    house.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await house.ask(bearer("k_1"))


async def test_guesses_drive_nobody_out_and_memory_stays_bounded() -> None:
    house = House(stored("k_1"), entries_max=10)
    await house.ask(bearer("k_1"))
    for guess in range(100):
        with pytest.raises(Unauthenticated):
            await house.ask(bearer(f"k_x{guess}"))
    assert house.authenticator.authenticate_cached(bearer("k_1")) is not None
    assert len(house.authenticator._refused._entries) == 10
    for player in range(20):
        await house.ask(f"Bearer {house.tokens.issue(f'p{player}').token}")
    assert len(house.authenticator._accepted._entries) == 10
    assert house.authenticator.authenticate_cached(bearer("k_1")) is None


async def test_no_secret_is_kept() -> None:
    house = House(stored("k_1"))
    await house.ask(bearer("k_1"))
    assert SECRET not in repr(vars(house.authenticator._accepted))
