"""Settings for a command: the environment's, or those of `renown serve --dev` nearby."""

from __future__ import annotations

from typing import Any

from renown_server.cli.dev_files import DevFiles
from renown_server.cli.failures import Failure
from renown_server.config import Settings


def load_with_database() -> Settings:
    """Settings with a database.

    Without `RENOWN_DATABASE_URL` it is the one that `renown serve --dev` runs.

    Raises:
        InvalidSettings: a setting is wrong.
        Failure: there is no database.
    """
    settings = load_with_keyring()
    if settings.database_url.get_secret_value():
        return settings
    urls = DevFiles.find().read_urls()
    if not urls:
        raise Failure("RENOWN_DATABASE_URL is not set, and no `renown serve --dev` runs here")
    return settings.changed(**urls)


def load_with_keyring(**overrides: Any) -> Settings:
    """Settings with the keyring of `renown serve --dev`, unless `RENOWN_TOKEN_KEYS` is set.

    Raises:
        InvalidSettings: a setting is wrong.
    """
    settings = Settings.load(**overrides)
    if settings.token_keys.get_secret_value():
        return settings
    text = DevFiles.find().read_token_keys()
    return settings.changed(token_keys=text) if text else settings
