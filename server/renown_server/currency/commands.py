"""The commands of wallets."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from renown_server import audit
from renown_server.currency import rules
from renown_server.engine.command import Command
from renown_server.engine.work import Work


class MoveBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a Credit or Debit.

    Attributes:
        amounts: (currency, minor units), each currency once.
        event_type: the caller's word for what happened.
    """

    request_id: str
    player_id: str
    amounts: tuple[tuple[str, int], ...]
    event_type: str = ""
    description: str = ""
    reference_type: str = ""
    reference_id: str = ""


class _Move(Command):
    """Moves all amounts of its body, or none."""

    __slots__ = ()

    parts = ("wallets",)
    body: MoveBody
    post: ClassVar[rules.Post]
    counter_account: ClassVar[str]

    def decide(self, work: Work) -> None:
        """Posts each amount."""
        body = self.body
        rules.check_currencies(work, [code for code, _ in body.amounts])
        for code, amount in body.amounts:
            type(self).post(
                work,
                body.player_id,
                code,
                amount,
                counter_account=self.counter_account,
                rule=f"request:{self.method}",
            )


class Credit(_Move):
    """Gives a player money: all currencies or none."""

    __slots__ = ()

    method = "Credit"
    post = staticmethod(rules.credit)
    counter_account = rules.ISSUANCE_CREDIT


class Debit(_Move):
    """Takes money from a player: all currencies or none."""

    __slots__ = ()

    method = "Debit"
    post = staticmethod(rules.debit)
    counter_account = rules.SINK_DEBIT


class AdjustBody(msgspec.Struct, frozen=True):
    """The decoded request of an AdjustBalance.

    Attributes:
        adjustments: (currency, signed minor units), each currency once; none is 0.
        reason: the operator's, for the audit only: players read the ledger.
    """

    request_id: str
    player_id: str
    adjustments: tuple[tuple[str, int], ...]
    reason: str

    # What its ledger entry says.
    event_type: ClassVar[str] = "adjustment"
    reference_type: ClassVar[str] = ""
    reference_id: ClassVar[str] = ""
    description: ClassVar[str] = ""


class AdjustBalance(Command):
    """Corrects balances by hand: all of them or none, with a row in the audit."""

    __slots__ = ()

    method = "AdjustBalance"
    parts = ("wallets",)
    body: AdjustBody

    def decide(self, work: Work) -> None:
        """Gives or takes each amount."""
        body = self.body
        rules.check_currencies(work, [code for code, _ in body.adjustments], "adjustments")
        for code, amount in body.adjustments:
            rules.adjust(work, body.player_id, code, amount)
        audit.add(
            work,
            action="balance.adjust",
            subject=f"player:{body.player_id}",
            reason=body.reason,
            details={code: str(amount) for code, amount in body.adjustments},
        )
