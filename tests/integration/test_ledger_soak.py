"""`renown ledger verify` and `close` over 10 million postings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from renown_server.storage import postgres
from tests.conftest import Database
from tests.kit.ledgers import ROUNDS, add_months, fill

pytestmark = [
    pytest.mark.integration,
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

RENOWN = str(Path(sys.executable).with_name("renown"))
WALLETS = 1_000_000
SECONDS_MAX = 60
PEAK_KIB_MAX = 200 * 1024


def renown(*words: str, database: Database) -> tuple[str, float, int]:
    """Runs a command; what it says, how many seconds it took, and its peak in KiB."""
    environment = {name: value for name, value in os.environ.items() if name[:7] != "RENOWN_"}
    environment |= {
        "RENOWN_DATABASE_URL": database.url,
        "RENOWN_OWNER_DATABASE_URL": database.owner_url,
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [RENOWN, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak_kib = 0
    while process.poll() is None:
        peak_kib = max(peak_kib, _peak_kib(process.pid))
        time.sleep(0.02)
    took_s = time.monotonic() - began
    assert process.stdout is not None
    said = process.stdout.read()
    process.stdout.close()
    assert process.returncode == 0, said
    return said, took_s, peak_kib


def _peak_kib(pid: int) -> int:
    """The most memory a process ever had; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) if found else 0


async def test_ten_million_postings(database: Database) -> None:
    owner = await postgres.connect(database.owner_url)
    months = await add_months(owner, 3)
    await fill(owner, WALLETS, months)
    said, took_s, peak_kib = renown("ledger", "verify", database=database)
    print(said, f"{took_s:.1f} s, {peak_kib} KiB")
    assert f"{WALLETS} wallets and {WALLETS * ROUNDS} postings add up" in said
    assert took_s < SECONDS_MAX
    assert peak_kib < PEAK_KIB_MAX

    before = f"{months[-1]:%Y-%m-%d}"
    said, took_s, peak_kib = renown("ledger", "close", "--before", before, database=database)
    print(said, f"{took_s:.1f} s, {peak_kib} KiB")
    assert peak_kib < PEAK_KIB_MAX
    said, took_s, peak_kib = renown("ledger", "verify", database=database)
    print(said, f"{took_s:.1f} s, {peak_kib} KiB")
    assert f"{WALLETS} wallets and " in said
    await owner.close()
