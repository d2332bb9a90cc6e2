"""Which account the servers run under, and what it can reach."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

from renown_server.storage.embedded.spec import Account, EmbeddedServersError

CANDIDATES = ("postgres", "nobody")


class Credentials(TypedDict, total=False):
    """The part of ``subprocess``' arguments that changes the account."""

    user: int
    group: int
    extra_groups: list[int]


def credentials(account: Account | None) -> Credentials:
    """Returns the arguments that run a child as ``account``; none keeps the caller's account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def choose_account(pgdata: Path) -> Account | None:
    """Returns the account for the servers, or None to run as the caller.

    Postgres refuses to run as root. Data that belongs to somebody keeps its owner; otherwise an
    account that every system has is used, never a new one.

    Raises:
        EmbeddedServersError: the caller is root and no other account exists.
    """
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and (owner := pgdata.stat()).st_uid != 0:
        return Account(f"uid {owner.st_uid}", owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedServersError(
        "Postgres cannot run as root, and there is neither an account "
        f"{' nor '.join(CANDIDATES)} to run it under; start as an ordinary user"
    )


def can_reach(account: Account | None, *paths: Path) -> bool:
    """Tells whether the account can read every file and enter every folder among ``paths``.

    Modes, ACLs and the parents' modes all count, so the account itself is asked to try.

    Raises:
        EmbeddedServersError: this root may not change to the account.
    """
    script = 'for path; do [ -d "$path" ] && cd "$path" || [ -r "$path" ] || exit 1; done'
    command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
    try:
        tried = subprocess.run(
            command, cwd="/", stderr=subprocess.DEVNULL, check=False, **credentials(account)
        )
    except (OSError, subprocess.SubprocessError) as error:
        name = account.name if account else "this account"
        raise EmbeddedServersError(f"cannot run the servers as {name}: {error}") from error
    return tried.returncode == 0
