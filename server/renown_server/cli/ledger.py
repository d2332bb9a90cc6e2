"""`renown ledger verify`, `close` and `partitions`."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from renown_server.cli.database import ACTOR, check, connected
from renown_server.cli.failures import Failure
from renown_server.cli.settings import load_with_database
from renown_server.config import Settings
from renown_server.currency import closing
from renown_server.currency.report import Report
from renown_server.currency.verify import Held, Progress, verify
from renown_server.trade.escrow import held_currencies

app = typer.Typer(
    name="ledger", help="Prove that money adds up, and close old months.", no_args_is_help=True
)

HELD: dict[str, Held] = {"escrow": held_currencies}
"""Who knows what lies in an account that is not a player's, by its kind."""

Before = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], help="Months that end on or before this day, UTC.")
]


@app.command(name="verify")
def verify_() -> None:
    """Prove that each balance follows from its postings, and that nothing came from nowhere.

    Reads everything, as of one moment, beside running servers. The exit code is the answer.
    """
    began = time.monotonic()
    report = asyncio.run(_verify(load_with_database()))
    _print_accounts(report)
    for broken in report.broken:
        typer.echo(f"{broken.player_id} {broken.currency}: {broken.why}")
    if report.broken_count > len(report.broken):
        typer.echo(f"… and {report.broken_count - len(report.broken)} more")
    for mismatch in report.mismatches:
        typer.echo(mismatch)
    if not report.is_sound:
        problems = report.broken_count + len(report.mismatches)
        raise Failure(f"the ledger does not add up: {problems} problem(s)")
    took_s = time.monotonic() - began
    typer.echo(f"{report.wallets} wallets and {report.postings} postings add up ({took_s:.1f} s)")


@app.command()
def close(before: Before) -> None:
    """Detach the ledger's months before a day; openings keep what they add up to.

    Connects as RENOWN_OWNER_DATABASE_URL. The detached tables stay: archive them, and drop them.
    """
    closed = asyncio.run(_close(_with_owner(), before))
    if not closed.tables:
        typer.echo(f"nothing to close before {before:%Y-%m-%d}")
        return
    typer.echo(f"detached {', '.join(closed.tables)} with {closed.postings} postings")


@app.command()
def partitions() -> None:
    """List the ledger's tables and their sizes, detached ones too."""
    tables = asyncio.run(_partitions(load_with_database()))
    _print(
        ("TABLE", "FROM", "TO", "SIZE", "STATE"),
        [
            (
                table.name,
                f"{table.starts_at:%Y-%m-%d}" if table.starts_at else "",
                f"{table.ends_at:%Y-%m-%d}" if table.ends_at else "",
                decimal(table.size_bytes),
                "attached" if table.attached else "detached",
            )
            for table in tables
        ],
    )


async def _verify(settings: Settings) -> Report:
    await check(settings)
    async with connected(settings.database_url.get_secret_value()) as connection:
        try:
            return await verify(connection, held=HELD, progress=_progress())
        finally:
            if sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K")


async def _close(settings: Settings, before: datetime) -> closing.Closed:
    async with connected(settings.owner_database_url.get_secret_value()) as connection:
        try:
            return await closing.close(connection, before.date(), actor=ACTOR)
        except closing.CannotClose as error:
            raise Failure(str(error)) from None


async def _partitions(settings: Settings) -> list[closing.LedgerTable]:
    async with connected(settings.database_url.get_secret_value()) as connection:
        return await closing.list_tables(connection)


def _with_owner() -> Settings:
    """Settings with an owner's URL: its own, or the only one there is."""
    settings = Settings.load()
    if not settings.owner_database_url.get_secret_value():
        settings = load_with_database()
    if not settings.owner_database_url.get_secret_value():
        settings = settings.changed(owner_database_url=settings.database_url)
    return settings


def _progress() -> Progress:
    """A line that changes, on a terminal; else nothing."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done * 100 // total} % of the players")
            sys.stderr.flush()

    return show


def _print_accounts(report: Report) -> None:
    """What players have and where it came from, by currency."""
    rows: list[tuple[str, ...]] = []
    currencies = sorted({*report.balances, *[currency for currency, _ in report.accounts]})
    for currency in currencies:
        rows.append((currency, "players", str(report.balances.get(currency, 0))))
        rows += [
            (currency, kind, str(-amount))
            for (code, kind), amount in sorted(report.accounts.items())
            if code == currency
        ]
    if rows:
        _print(("CURRENCY", "ACCOUNT", "AMOUNT"), rows, numbers="AMOUNT")


def _print(headings: tuple[str, ...], rows: list[tuple[str, ...]], numbers: str = "SIZE") -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading == numbers else "left")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200  # a line a row, for grep
    console.print(table)
