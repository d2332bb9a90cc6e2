"""What a look at the whole ledger found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BROKEN_TOLD_MAX = 20
"""Broken wallets that a report names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A wallet that does not follow from its postings, and words that say how."""

    player_id: str
    currency: str
    why: str


@dataclass(slots=True)
class Report:
    """Sums over all players. Amounts are minor units.

    Attributes:
        wallets: how many there are.
        postings: how many there are; those of detached partitions are not counted.
        balances: all players' together, by currency.
        accounts: what came out of the counter-accounts, by currency and kind, openings included.
        broken: the first wallets that do not add up.
        broken_count: how many there are of them.
        mismatches: sentences about currencies that do not add up as a whole.
    """

    wallets: int = 0
    postings: int = 0
    balances: dict[str, int] = field(default_factory=dict)
    accounts: dict[tuple[str, str], int] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    broken_count: int = 0
    mismatches: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether everything adds up."""
        return not self.broken_count and not self.mismatches

    def add_balance(self, currency: str, amount: int) -> None:
        """Adds to what the players have."""
        self.balances[currency] = self.balances.get(currency, 0) + amount

    def add_account(self, currency: str, kind: str, amount: int) -> None:
        """Adds to what came out of the counter-accounts of a kind."""
        self.accounts[currency, kind] = self.accounts.get((currency, kind), 0) + amount

    def compare(self, held: Mapping[str, Mapping[str, int]]) -> None:
        """Notes what does not add up as a whole.

        Args:
            held: by kind of account and currency, what must lie in it.
        """
        currencies = sorted({*self.balances, *[currency for currency, _ in self.accounts]})
        for currency in currencies:
            balance = self.balances.get(currency, 0)
            came = sum(amount for (code, _), amount in self.accounts.items() if code == currency)
            if balance != came:
                self.mismatches.append(
                    f"{currency}: players have {balance}, and {came} came out of the accounts"
                )
            if between := self.accounts.get((currency, "player"), 0):
                self.mismatches.append(
                    f"{currency}: what players gave each other leaves {between}, not 0"
                )
        for kind, amounts in sorted(held.items()):
            for currency in sorted({*currencies, *amounts}):
                lies = -self.accounts.get((currency, kind), 0)
                if lies != amounts.get(currency, 0):
                    self.mismatches.append(
                        f"{currency}: {lies} lies in {kind}, and {amounts.get(currency, 0)} should"
                    )
