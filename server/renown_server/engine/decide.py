"""Deciding a batch: pure, in order, each command on what the last one left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from renown_server.engine.command import (
    FINGERPRINT_VERSION,
    Command,
    Record,
    Recorded,
    RequestKey,
    name_of,
)
from renown_server.engine.facts import encode_facts
from renown_server.engine.part import RootPart
from renown_server.engine.records import RecordBook
from renown_server.engine.tape import Tape
from renown_server.engine.work import NotLoaded, NotLocked, Work
from renown_server.errors import Refusal, RenownError, StoredRefusal

_log = logging.getLogger(__name__)

Outcome = Recorded | BaseException
"""What a caller gets: what was done, or why it was not."""

React = Callable[[Work], None]
"""Works off what a command left in `Work.pending`, as a part of the command: it may change state,
emit facts, ask for more and refuse, all as a command does."""


def no_reaction(work: Work) -> None:
    """Nobody reacts to anything."""


@dataclass(frozen=True, slots=True)
class Rejoin:
    """The command must join the next batch, with these players locked."""

    players: tuple[str, ...]


def decide(
    command: Command, work: Work, roots: RootPart, react: React = no_reaction
) -> Outcome | Rejoin:
    """Decides one command, once: a known key gets its first answer again.

    Raises:
        NotLoaded: the command needs more than was loaded; nothing was done.
    """
    book = work.slice(RecordBook)
    record = book.find(command.key)
    if record is not None:
        return replay(command, record)
    try:
        result = attempt(command, work, roots, react, command.tape)
    except NotLoaded:
        work.rollback()
        raise
    except NotLocked as missing:
        work.rollback()
        return Rejoin(missing.players)
    except RenownError as error:
        work.rollback()
        if error.is_recorded and command.keeps_refusals:
            book.add(_record(command, _nothing(work), "[]", error.refusal))
        return error
    except Exception as error:  # noqa: BLE001 - a bug must not take its neighbours along
        work.rollback()
        _log.exception("a rule failed", extra={"method": command.method})
        return error
    return _accept(command, work, roots, result)


def attempt(command: Command, work: Work, roots: RootPart, react: React, tape: Tape) -> Any:
    """Runs a command and what follows from it; the caller keeps or undoes it.

    Returns:
        The command's result.

    Raises:
        NotLoaded, NotLocked: it needs more.
        RenownError: it is refused.
    """
    work.begin(command.principal, name_of(command.key), tape)
    if not command.creates_players:
        for player_id in command.players:
            roots.require(work, player_id)
    result = command.decide(work)
    react(work)
    return command.conclude(work, result)


def _accept(command: Command, work: Work, roots: RootPart, result: Any) -> Recorded:
    first = 0
    facts: list[Any] = []
    companions: list[Record] = []
    if work.facts:
        subject = command.players[0]
        facts = work.facts.pop(subject, facts)
        if facts:
            first = roots.advance(work, subject, len(facts))
        for player_id, others in work.facts.items():
            assert player_id in command.players, "facts about a player who is not locked"
            companions.append(_companion(command, work, roots, player_id, others))
    work.commit()
    done = Recorded(work.now_us, work.catalog.version, first, facts, result)
    book = work.slice(RecordBook)
    book.add(_record(command, done, encode_facts(facts), None))
    for record in companions:
        book.add(record)
    return done


def _companion(
    command: Command, work: Work, roots: RootPart, player_id: str, facts: list[Any]
) -> Record:
    """The record of a player who is not the subject: it carries that player's events.

    No retry is answered from it; its key only keeps it apart from the subject's.
    """
    key = command.key
    assert isinstance(key, RequestKey), "an activity is about one player"
    first = roots.advance(work, player_id, len(facts))
    done = Recorded(work.now_us, work.catalog.version, first, facts)
    record = _record(command, done, encode_facts(facts), None)
    record.key = RequestKey(key.principal, key.request_id, player_id)
    record.player_id = player_id
    return record


def _nothing(work: Work) -> Recorded:
    return Recorded(work.now_us, work.catalog.version, 0, [])


def _record(command: Command, done: Recorded, facts_json: str, refusal: Refusal | None) -> Record:
    return Record(
        key=command.key,
        method=command.method,
        label=command.label,
        player_id=command.players[0] if command.players else "",
        principal=command.principal,
        fingerprint=command.fingerprint(),
        fingerprint_version=FINGERPRINT_VERSION,
        request=command.request.decode(),
        recorded=done,
        facts_json=facts_json,
        refusal=refusal,
        body=command.body,
    )


def replay(command: Command, record: Record) -> Outcome:
    """The first answer again, or a refusal if the key is another request's.

    Requests encoded by another release are compared by method and subject
    only: the same request may encode differently there.
    """
    subject = command.players[0] if command.players else ""
    same = record.method == command.method and record.player_id == subject
    if record.fingerprint_version == FINGERPRINT_VERSION:
        same = same and record.fingerprint == command.fingerprint()
    if not same:
        return command.reused()
    if record.refusal is not None:
        return StoredRefusal(record.refusal)
    done = record.recorded
    return Recorded(
        done.recorded_at_us,
        done.catalog_version,
        done.first_sequence,
        done.facts,
        done.result,
        replayed=True,
    )
