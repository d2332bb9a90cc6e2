"""The form of the log, looked at in processes of its own: it is set up once for each."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
import structlog
from renown_server.transport.logs import configure_logs

configure_logs(sys.argv[1], "INFO")
log = structlog.get_logger("renown_server.test")

def fail():
    password = "correct horse battery staple"
    raise ValueError("broken")

try:
    fail()
except ValueError as error:
    log.error("call failed", incident="i1", exc_info=error)
    logging.getLogger("grpc").exception("from a library: %s", "x")
log.debug("too fine")
log.info("served", count=3, kind=bytes(2))
"""


def run(style: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, style], capture_output=True, text=True, check=True
    )
    assert not done.stdout
    assert "correct horse" not in done.stderr
    assert "too fine" not in done.stderr
    return done.stderr.splitlines()


def test_json_is_one_object_a_line() -> None:
    failed, library, served = map(json.loads, run("json"))
    assert (failed["event"], failed["level"], failed["incident"]) == ("call failed", "error", "i1")
    assert "ValueError: broken" in failed["exception"]
    assert failed["timestamp"].endswith("Z")
    assert (library["event"], library["logger"]) == ("from a library: x", "grpc")
    assert "ValueError: broken" in library["exception"]
    assert served["count"] == 3


@pytest.mark.parametrize("text", ["call failed", "ValueError: broken", "from a library: x"])
def test_the_console_is_for_people(text: str) -> None:
    assert text in "\n".join(run("console"))
