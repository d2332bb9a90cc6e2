"""What `renown serve --dev` keeps between its runs, beside the embedded servers' data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import renown_server
from renown_server.admin.keyring import new_key
from renown_server.cli.failures import Failure
from renown_server.storage.embedded import default_data_dir

DATA_DIR_VARIABLE = "RENOWN_DATA_DIR"


def checkout() -> Path:
    """The checkout this runs from; the working directory where it is installed otherwise."""
    root = Path(renown_server.__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").exists() else Path.cwd()


def starter_catalog() -> Path:
    """The folder of the sample catalog.

    Raises:
        Failure: this installation has none.
    """
    folder = checkout() / "catalogs" / "starter"
    if not folder.is_dir():
        raise Failure("the sample catalog is not installed here: name one with --catalog")
    return folder


@dataclass(frozen=True, slots=True)
class DevFiles:
    """The files, each readable by its owner only."""

    data_dir: Path

    @classmethod
    def find(cls) -> DevFiles:
        """The files of this checkout, or those that `RENOWN_DATA_DIR` names."""
        chosen = os.environ.get(DATA_DIR_VARIABLE)
        if chosen:
            return cls(Path(chosen).absolute())
        return cls(default_data_dir(checkout()))

    def read_urls(self) -> Mapping[str, str] | None:
        """Where the embedded servers are; None if they don't run.

        What a killed process has left names servers that don't answer.
        """
        text = self._read("urls.json")
        return dict(json.loads(text)) if text else None

    def write_urls(self, urls: Mapping[str, str]) -> None:
        """Notes where the embedded servers are."""
        self._write("urls.json", json.dumps(urls, indent=2) + "\n")

    def forget_urls(self) -> None:
        """Notes that the embedded servers have stopped."""
        (self.data_dir / "urls.json").unlink(missing_ok=True)

    def read_token_keys(self) -> str | None:
        """The keyring; None if none was made yet."""
        return self._read("token_keys")

    def ensure_token_keys(self) -> str:
        """The keyring, made once."""
        text = self.read_token_keys()
        if text is None:
            text = f"# Signs player tokens; made by `renown serve --dev`.\n{new_key()}\n"
            self._write("token_keys", text)
        return text

    def read_keys(self) -> dict[str, str]:
        """The development keys by kind."""
        text = self._read("development_keys.json")
        return dict(json.loads(text)) if text else {}

    def write_keys(self, keys: Mapping[str, str]) -> None:
        """Keeps the development keys."""
        self._write("development_keys.json", json.dumps(keys, indent=2) + "\n")

    def _read(self, name: str) -> str | None:
        try:
            return (self.data_dir / name).read_text()
        except FileNotFoundError:
            return None

    def _write(self, name: str, text: str) -> None:
        """Replaces a file as a whole: who is killed in between leaves the old one."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        new = self.data_dir / f"{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        new.replace(self.data_dir / name)
