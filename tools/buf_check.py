"""Lints the protos with buf and refuses changes that break clients built against older ones.

buf gets descriptor sets that protoc made, so nothing is fetched. The comparison is with the last
release, else with where this branch left ``origin/main``, else with the newest commit whose
protos differ from the files here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from tools.gen_protos import CHECKOUT, Source, write_descriptor_set

# The sets contain the imports, which are not ours to judge.
OWN = "--path=renown"


def git(*arguments: str) -> str | None:
    """Returns what git prints, or None if it refuses."""
    done = subprocess.run(
        ["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def base_revision() -> str | None:
    """Returns the revision whose protos must stay compatible, None if there is none."""
    if tag := git("describe", "--tags", "--abbrev=0", "--match=v*"):
        return tag
    fork = git("merge-base", "HEAD", "origin/main")
    if fork and fork != git("rev-parse", "HEAD"):
        return fork
    for revision in (git("log", "--max-count=2", "--format=%H", "--", "protos") or "").split():
        if git("diff", "--quiet", revision, "--", "protos") is None:
            return revision
    return None


def write_set(protos: Path, target: Path, scratch: Path) -> None:
    """Writes the descriptor set of ``protos``."""
    scratch.mkdir()
    write_descriptor_set(Source.prepare(protos, scratch), target)


def extract_protos(revision: str, target: Path) -> Path:
    """Unpacks a revision's protos below ``target`` and returns their folder."""
    command = ["git", "archive", "--format=zip", revision, "protos"]
    archive = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True)
    with zipfile.ZipFile(BytesIO(archive.stdout)) as unpacked:
        unpacked.extractall(target)
    return target / "protos"


def run_buf(buf: str, *arguments: str) -> None:
    """Runs buf; its findings go to the terminal.

    Raises:
        SystemExit: it found something.
    """
    done = subprocess.run([buf, *arguments, "--config=buf.yaml", OWN], cwd=CHECKOUT, check=False)
    if done.returncode != 0:
        raise SystemExit(f"check: buf {arguments[0]} failed")


def main() -> None:
    """Lints and compares; without buf it says so, which fails in CI."""
    buf = shutil.which("buf")
    if buf is None:
        message = "check: buf is not installed: lint and breaking changes NOT CHECKED"
        if os.environ.get("CI") == "true":
            raise SystemExit(message)
        print(message, file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        scratch, current = Path(name), Path(name, "current.binpb")
        write_set(CHECKOUT / "protos", current, scratch / "current")
        run_buf(buf, "lint", str(current))
        revision = base_revision()
        if revision is None or git("cat-file", "-e", f"{revision}:protos") is None:
            print("check: no earlier protos, breaking changes not checked", file=sys.stderr)
            return
        base, protos = scratch / "base.binpb", extract_protos(revision, scratch)
        write_set(protos, base, scratch / "base")
        run_buf(buf, "breaking", str(current), f"--against={base}")
        print(f"check: protos are compatible with {revision}")


if __name__ == "__main__":
    main()
