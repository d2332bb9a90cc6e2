"""What the owner tells its guardian, and the one error both raise."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


class EmbeddedServersError(Exception):
    """The embedded servers cannot be started or reached; the text is one line for a person."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account that Postgres and Valkey run under when the owner is root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class GuardianSpec:
    """Everything the guardian needs; it crosses the process border as JSON."""

    owner_pid: int
    lock_fd: int
    data_dir: Path
    socket_dir: Path
    postgres_bin: Path
    """Folder with ``postgres`` and ``initdb``."""
    valkey_server: Path
    account: Account | None
    """None: run as the owner's own account."""
    postgres_settings: dict[str, str]

    @property
    def pgdata(self) -> Path:
        """Postgres' data directory."""
        return self.data_dir / "postgres"

    def to_json(self) -> str:
        """Encodes the spec for the guardian's command line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Decodes what ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        for name in ("data_dir", "socket_dir", "postgres_bin", "valkey_server"):
            fields[name] = Path(fields[name])
        if fields["account"] is not None:
            fields["account"] = Account(**fields["account"])
        return cls(**fields)
