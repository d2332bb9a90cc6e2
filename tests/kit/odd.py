"""Commands that no handler makes: they break rules, ask late, or do nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import msgspec

from renown_server.currency.state import WalletBook
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.facts import CurrencyChanged
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerBook

_numbers = itertools.count(1)


class OddBody(msgspec.Struct, frozen=True):
    """What distinguishes one from another."""

    request_id: str
    event_type: str = "odd"
    description: str = ""
    reference_type: str = ""
    reference_id: str = ""


class Odd(Command):
    """Does what a function says."""

    __slots__ = ("_deed",)

    method = "Odd"
    parts = ("wallets",)

    def __init__(
        self,
        deed: Callable[[Work], Any],
        *players: str,
        request_id: str = "",
        principal: str = "key:odd",
    ) -> None:
        request_id = request_id or f"odd-{next(_numbers)}"
        super().__init__(
            key=RequestKey(principal, request_id),
            players=players,
            principal=principal,
            body=OddBody(request_id),
        )
        self._deed = deed

    def decide(self, work: Work) -> Any:
        """Does it."""
        return self._deed(work)


def steal(player_id: str, amount: int = 1) -> Odd:
    """Takes money that is not there, past every rule: Postgres refuses the batch."""

    def deed(work: Work) -> None:
        balance = work.slice(WalletBook).get(player_id, "coins")
        work.touch(balance)
        balance.amount -= amount
        balance.spent += amount
        work.emit(player_id, CurrencyChanged("odd", "coins", -amount, balance.amount, "sink:debit"))

    return Odd(deed, player_id)


def stumble(player_id: str) -> Odd:
    """Changes the player and then meets a bug."""

    def deed(work: Work) -> None:
        player = work.slice(PlayerBook).root(player_id)
        work.touch(player)
        player.xp += 1000
        raise ZeroDivisionError("a bug")

    return Odd(deed, player_id)
