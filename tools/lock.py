"""Resolves the requirements of both distributions into hash-locked files without addresses.

Writes ``requirements/dev.txt`` (serve, test, check), ``server.txt`` (production) and
``build.txt`` (what builds the distributions). The versions of the latter two are those of the
first. Run it through ``make lock``, with the oldest supported Python: what only newer ones do
without is then included.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = CHECKOUT / "requirements"
OLDEST_PYTHON = (3, 11)
SDK = "renown"
HEADER = "# Written by `make lock`; every file of a release is accepted by its hash.\n"
RESOLVER = (
    *("-m", "piptools", "compile", "--quiet", "--no-config", "--resolver=backtracking"),
    *("--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
)


def project_dependencies(pyproject: Path, *extras: str) -> list[str]:
    """Returns a project's dependencies, those of the extras included, without the SDK."""
    project = tomllib.loads(pyproject.read_text())["project"]
    found = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return [line for line in found if line != SDK]


def read_lines(name: str) -> list[str]:
    """Returns the requirement lines of ``requirements/<name>``."""
    lines = (REQUIREMENTS / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def compile_lock(target: str, wanted: Iterable[str], pins: Sequence[str] = ()) -> list[str]:
    """Resolves ``wanted`` into ``requirements/<target>`` and returns the pins it holds."""
    with tempfile.TemporaryDirectory() as scratch:
        source, output = Path(scratch, "wanted.in"), Path(scratch, "lock.txt")
        constraints = Path(scratch, "pins.txt")
        source.write_text("\n".join(wanted) + "\n")
        constraints.write_text("\n".join(pins) + "\n")
        subprocess.run(
            [
                sys.executable,
                *RESOLVER,
                f"--constraint={constraints}",
                f"--output-file={output}",
                source,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            # A folder of local wheels could bring hashes that no registry serves.
            env=os.environ | {"PIP_FIND_LINKS": ""},
        )
        lock = output.read_text()
    if "://" in lock or "/tmp" in lock:
        raise SystemExit(f"lock: {target} would name an address; check the resolver's options")
    (REQUIREMENTS / target).write_text(HEADER + lock)
    return re.findall(r"^[\w.-]+==[^\s\\;]+", lock, flags=re.MULTILINE)


def main() -> None:
    """Writes the three lock files."""
    if sys.version_info[:2] != OLDEST_PYTHON:
        raise SystemExit(f"lock: needs Python {'.'.join(map(str, OLDEST_PYTHON))}, the oldest one")
    root, sdk = CHECKOUT / "pyproject.toml", CHECKOUT / "client_sdk" / "pyproject.toml"
    older, build = read_lines("older-pythons.in"), read_lines("build.in")
    server = project_dependencies(root) + project_dependencies(sdk) + older
    embedded = project_dependencies(root, "embedded")
    pins = compile_lock("dev.txt", [*server, *embedded, *build, *read_lines("dev.in")])
    compile_lock("server.txt", server, pins)
    compile_lock("build.txt", build, pins)


if __name__ == "__main__":
    main()
