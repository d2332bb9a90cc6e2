"""Alembic's environment: the connection comes from `storage.migrate`."""

from alembic import context

from renown_server.storage.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
