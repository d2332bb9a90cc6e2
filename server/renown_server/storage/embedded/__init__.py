"""Postgres and Valkey from wheels, run beside one owner process, for development and tests."""

from renown_server.storage.embedded.layout import default_data_dir, temporary_data_dir
from renown_server.storage.embedded.servers import EmbeddedServers, EmbeddedUrls
from renown_server.storage.embedded.spec import EmbeddedServersError

__all__ = [
    "EmbeddedServers",
    "EmbeddedServersError",
    "EmbeddedUrls",
    "default_data_dir",
    "temporary_data_dir",
]
