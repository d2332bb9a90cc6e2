import re
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from renown_server.admin import keys
from renown_server.admin.commands import (
    CreatedKey,
    CreateKey,
    CreateKeyBody,
    RevokeKey,
    RevokeKeyBody,
)
from renown_server.admin.keyring import Keyring, new_key
from renown_server.admin.keys import KeySecrets
from renown_server.admin.state import Key, KeyBook, KeyKind, StoredKey
from renown_server.admin.store import ApiKeysPart, RequestLocks
from renown_server.audit import AuditPart, AuditRow
from renown_server.calls import Role
from renown_server.engine.command import Command, Recorded
from renown_server.engine.decide import Outcome, decide
from renown_server.engine.part import Part
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.records import RecordBook
from renown_server.engine.work import Work
from renown_server.errors import InvalidArgument, KeyNotFound, RequestIdReused

NOW_US = 1_795_172_152_000_000
OLD = Keyring.parse(new_key())
NEW = Keyring.parse(new_key())
BOTH = Keyring((*NEW.keys, *OLD.keys))
PARTS: tuple[Part, ...] = (RequestLocks(), ApiKeysPart(), AuditPart())


def make_work(*stored: StoredKey, now_us: int = NOW_US) -> Work:
    work = Work(
        catalog=cast(Any, SimpleNamespace(version=1)), now_us=now_us, random=SeededRandomness(3)
    )
    work.attach(RecordBook())
    for part in PARTS:
        part.open(work)
    work.slice(KeyBook).by_id.update({row.key.key_id: row for row in stored})
    return work


def run(command: Command, work: Work) -> Outcome:
    return cast(Outcome, decide(command, work, cast(Any, None)))


def created_by(outcome: Outcome) -> CreatedKey:
    assert isinstance(outcome, Recorded), outcome
    # As if it had been stored and read again.
    return msgspec.convert(msgspec.json.decode(msgspec.json.encode(outcome.result)), CreatedKey)


def create(
    name: str = "game",
    kind: KeyKind = KeyKind.SERVER,
    roles: tuple[Role, ...] = (),
    expires_at_us: int | None = None,
    *,
    request_id: str = "r1",
    keyring: Keyring = OLD,
) -> CreateKey:
    body = CreateKeyBody(name, kind, roles, expires_at_us)
    return CreateKey(
        principal="key:k_admin", request_id=request_id, body=body, secrets=KeySecrets(keyring)
    )


def revoke(key_id: str, reason: str = "leaked", request_id: str = "r2") -> RevokeKey:
    return RevokeKey(
        principal="key:k_admin", request_id=request_id, body=RevokeKeyBody(key_id, reason)
    )


def a_key(**changes: Any) -> StoredKey:
    fields: dict[str, Any] = {
        "key_id": "k_0123456789abcdef",
        "name": "game",
        "kind": KeyKind.SERVER,
        "roles": (),
        "created_at_us": NOW_US - 5,
        "created_by": "cli",
    }
    return StoredKey(Key(**(fields | changes)), b"\0" * 32)


def audit_of(work: Work) -> list[tuple[str, str, str, str]]:
    rows = work.dirty(AuditRow)
    return [(row.actor, row.action, row.subject, row.reason) for row in rows]


def test_create_key_stores_a_hash_and_answers_with_the_secret() -> None:
    work = make_work()
    created = created_by(run(create(), work))
    credential = created.credential(KeySecrets(OLD))
    key_id, secret = keys.split_credential(credential) or ("", "")
    assert key_id == created.key.key_id
    assert re.fullmatch("[a-z0-9_]{1,64}", key_id)
    [stored] = work.dirty(StoredKey)
    assert stored.key == created.key
    assert keys.matches(secret, stored.secret_sha256)
    assert created.key == Key(key_id, "game", KeyKind.SERVER, (), NOW_US, "key:k_admin")


def test_nothing_that_is_stored_holds_the_secret() -> None:
    work = make_work()
    created = created_by(run(create(), work))
    _, secret = keys.split_credential(created.credential(KeySecrets(OLD))) or ("", "")
    [record] = work.slice(RecordBook).new_requests
    written = [part.write_args(work) for part in PARTS]
    assert secret not in repr(written)
    assert secret not in repr(record)


def test_a_retry_gets_the_same_answer() -> None:
    work = make_work()
    first = run(create(), work)
    again = run(create(), work)
    assert isinstance(again, Recorded)
    assert again.replayed
    assert created_by(again) == created_by(first)
    assert len(work.dirty(StoredKey)) == 1
    assert len(audit_of(work)) == 1


def test_a_retry_during_rotation_gets_the_same_secret_and_none_after_it() -> None:
    created = created_by(run(create(), make_work()))
    assert created.credential(KeySecrets(BOTH)) == created.credential(KeySecrets(OLD)) != ""
    assert created.credential(KeySecrets(NEW)) == ""
    same_id = Keyring.parse(f"{OLD.first.kid}:{new_key().partition(':')[2]}")
    assert created.credential(KeySecrets(same_id)) == ""


def test_another_request_under_the_same_id_is_refused() -> None:
    work = make_work()
    run(create(), work)
    assert isinstance(run(create(name="other"), work), RequestIdReused)
    assert isinstance(run(revoke("k_1", request_id="r1"), work), RequestIdReused)


def test_keys_differ() -> None:
    work = make_work()
    created = [created_by(run(create(request_id=f"r{place}"), work)) for place in range(20)]
    assert len({one.key.key_id for one in created}) == 20
    assert len({one.credential(KeySecrets(OLD)).partition(".")[2] for one in created}) == 20


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (create(name=""), "name"),
        (create(name="x" * 65), "name"),
        (create(name="a\0b"), "name"),
        (create(name="a\x85b"), "name"),
        (create(roles=(Role.ADMIN,)), "roles"),
        (create(kind=KeyKind.OPERATOR), "roles"),
        (create(expires_at_us=NOW_US), "expires_at"),
        (create(expires_at_us=-1), "expires_at"),
    ],
)
def test_create_key_refuses(command: CreateKey, field: str) -> None:
    work = make_work()
    outcome = run(command, work)
    assert isinstance(outcome, InvalidArgument)
    assert outcome.refusal.violations[0][0] == field
    assert [part.write_args(work) for part in PARTS] == [None, None, None]
    assert work.slice(RecordBook).new_requests == []


def test_an_operator_key_has_its_roles_in_order_and_its_end() -> None:
    work = make_work()
    command = create(
        kind=KeyKind.OPERATOR, roles=(Role.ECONOMY, Role.SUPPORT), expires_at_us=NOW_US + 1
    )
    key = created_by(run(command, work)).key
    assert key.roles == (Role.SUPPORT, Role.ECONOMY)
    assert key.ends_at_us() == NOW_US + 1
    [row] = work.dirty(AuditRow)
    assert row.details == {
        "name": "game",
        "kind": "operator",
        "roles": "support,economy",
        "expires_at": "2026-11-20T10:55:52.000001Z",
    }


def test_revoke_key_ends_it_and_says_why() -> None:
    stored = a_key()
    work = make_work(stored)
    outcome = run(revoke(stored.key.key_id), work)
    assert isinstance(outcome, Recorded)
    key = msgspec.convert(outcome.result, Key)
    assert key.revoked_at_us == NOW_US
    assert work.dirty(StoredKey) == [stored]
    assert stored.key == key
    assert audit_of(work) == [("key:k_admin", "key.revoke", "key:k_0123456789abcdef", "leaked")]


def test_revoking_a_revoked_key_changes_nothing() -> None:
    stored = a_key(revoked_at_us=NOW_US - 1)
    work = make_work(stored)
    outcome = run(revoke(stored.key.key_id), work)
    assert isinstance(outcome, Recorded)
    assert msgspec.convert(outcome.result, Key).revoked_at_us == NOW_US - 1
    assert work.dirty(StoredKey) == []
    assert audit_of(work) == []


def test_revoking_an_unknown_key() -> None:
    work = make_work()
    assert isinstance(run(revoke("k_unknown"), work), KeyNotFound)
    assert audit_of(work) == []


@pytest.mark.parametrize("reason", ["x" * 257, "two\nlines"])
def test_revoke_key_refuses_a_reason(reason: str) -> None:
    stored = a_key()
    assert isinstance(run(revoke(stored.key.key_id, reason), make_work(stored)), InvalidArgument)
    assert stored.key.revoked_at_us is None


def test_a_refused_command_leaves_no_audit() -> None:
    class Failing(RevokeKey):
        __slots__ = ()

        def decide(self, work: Work) -> Any:
            super().decide(work)
            raise KeyNotFound("another")

    stored = a_key()
    work = make_work(stored)
    command = Failing(principal="p", request_id="r", body=RevokeKeyBody(stored.key.key_id))
    assert isinstance(run(command, work), KeyNotFound)
    assert stored.key.revoked_at_us is None
    assert [part.write_args(work) for part in PARTS] == [None, None, None]


def test_commands_ask_for_what_they_need() -> None:
    first, same, other = create(), create(), create(request_id="r9")
    assert first.keys("request_locks") == same.keys("request_locks")
    assert first.keys("request_locks") != other.keys("request_locks")
    ending = revoke("k_1")
    assert ending.keys("api_keys") == ("k_1",)
    assert ending.keys("request_locks") != first.keys("request_locks")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k_",
        "k_1",
        "k_1.",
        "k_1." + "A" * 42,
        "k_1." + "A" * 44,
        "k_1." + "A" * 42 + "\n",
        "k_1." + "A" * 42 + "+",
        "k_A." + "A" * 43,
        "k_." + "A" * 43,
        "K_1." + "A" * 43,
        "k_1." + "A" * 43 + "\n",
        "k_" + "1" * 63 + "." + "A" * 43,
    ],
)
def test_what_is_not_a_credential(text: str) -> None:
    assert keys.split_credential(text) is None


def test_only_the_secret_matches() -> None:
    stored = keys.hash_secret("A" * 43)
    assert keys.matches("A" * 43, stored)
    assert not keys.matches("A" * 42 + "B", stored)
    assert not keys.matches("", stored)
