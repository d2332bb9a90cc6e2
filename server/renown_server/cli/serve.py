"""`renown serve`."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import structlog
import typer

from renown_server.admin.keyring import new_key
from renown_server.cli import banner, catalog, database, redis_check
from renown_server.cli.dev_files import DATA_DIR_VARIABLE, DevFiles, starter_catalog
from renown_server.cli.dev_keys import ensure_keys
from renown_server.cli.failures import Failure
from renown_server.config import Settings
from renown_server.storage.embedded import EmbeddedServers
from renown_server.transport import logs
from renown_server.transport.ports import ensure_port_free, reserve_port
from renown_server.workers import Serving, WorkerPlan, run_workers

app = typer.Typer()

_log = structlog.get_logger(__name__)

WORKER = "renown_server.main:serve_worker"

Transport = Literal["auto", "aio", "native"]


@app.command()
def serve(
    dev: Annotated[
        bool,
        typer.Option("--dev", help="For development: Postgres and Valkey, schema, catalog, keys."),
    ] = False,
    host: Annotated[str | None, typer.Option(help="RENOWN_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="RENOWN_PORT")] = None,
    workers: Annotated[int | None, typer.Option(help="RENOWN_WORKERS; 0: one a core")] = None,
    transport: Annotated[Transport | None, typer.Option(help="RENOWN_TRANSPORT")] = None,
    catalog: Annotated[
        Path | None, typer.Option(help="RENOWN_CATALOG; with --dev it is applied at every start.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar=DATA_DIR_VARIABLE,
            help="Where --dev keeps its data; the other commands read the variable, too.",
        ),
    ] = None,
) -> None:
    """Run the server.

    With --dev, and without RENOWN_DATABASE_URL and RENOWN_REDIS_URL, Postgres and Valkey come
    along and keep their data in .renown; everything stops with Ctrl-C.
    """
    settings = Settings.load(
        host=host, port=port, workers=workers, transport=transport, catalog=catalog
    )
    configure_logs(settings)
    with ExitStack() as stack:
        if settings.metrics_port:
            ensure_port_free(settings.metrics_host, settings.metrics_port)
        listener = stack.enter_context(reserve_port(settings.host, settings.port))
        settings = settings.changed(port=listener.getsockname()[1])
        files = None
        if dev:
            files = DevFiles(data_dir.absolute()) if data_dir else DevFiles.find()
            settings = _with_servers(settings, files, stack)
        _require_urls(settings)
        asyncio.run(_serve(settings, files))


def configure_logs(settings: Settings) -> None:
    """Sets up the log as the settings say: JSON, unless a person watches."""
    logs.configure_logs(settings.log_style(sys.stderr.isatty()), settings.log_level)


def _with_servers(settings: Settings, files: DevFiles, stack: ExitStack) -> Settings:
    """Starts the embedded servers, unless others are named."""
    named = [bool(url.get_secret_value()) for url in (settings.database_url, settings.redis_url)]
    if all(named):
        return settings
    if any(named):
        raise Failure("set both RENOWN_DATABASE_URL and RENOWN_REDIS_URL, or neither")
    urls = stack.enter_context(EmbeddedServers(files.data_dir)).urls
    found = {
        "database_url": urls.database_url,
        "owner_database_url": urls.owner_database_url,
        "redis_url": urls.redis_url,
    }
    files.write_urls(found)
    stack.callback(files.forget_urls)
    return settings.changed(**found)


def _with_keyring(settings: Settings, files: DevFiles | None) -> Settings:
    if settings.token_keys.get_secret_value():
        return settings
    if files is not None:
        return settings.changed(token_keys=files.ensure_token_keys())
    _log.warning(
        "RENOWN_TOKEN_KEYS is not set: player tokens and page tokens end with this process,"
        " and other machines do not accept them (`renown token-key` makes a key)"
    )
    return settings.changed(token_keys=new_key())


def _require_urls(settings: Settings) -> None:
    for name in ("database_url", "redis_url"):
        if not getattr(settings, name).get_secret_value():
            raise Failure(
                f"RENOWN_{name.upper()} is not set; `renown serve --dev` needs no database"
            )


async def _serve(settings: Settings, files: DevFiles | None) -> None:
    if files is None:
        await _prepare(settings)
        keys: dict[str, str] = {}
    else:
        keys = await _prepare_dev(settings, files)
    settings = _with_keyring(settings, files)
    plan = WorkerPlan(
        count=settings.workers or os.cpu_count() or 1,
        target=WORKER,
        payload=settings.to_payload(),
        grace_s=settings.grace_s,
        metrics_host=settings.metrics_host,
        metrics_port=settings.metrics_port,
    )

    def ready(serving: Serving) -> None:
        banner.show(settings, serving, keys)

    await run_workers(plan, ready)


async def _prepare(settings: Settings) -> None:
    """What a production server needs before its workers start."""
    await database.check(settings)
    try:
        await redis_check.check(settings.redis_url.get_secret_value())
    except Failure as failure:
        # Everything but ranks works without it, and it may come back.
        _log.warning(str(failure))
    if settings.catalog is not None:
        await catalog.publish(settings, catalog.load(settings.catalog), if_none=True)


async def _prepare_dev(settings: Settings, files: DevFiles) -> dict[str, str]:
    """Schema, catalog and keys; returns the keys by kind."""
    await redis_check.check(settings.redis_url.get_secret_value())
    await database.upgrade(settings)
    # The sample gives way to what was applied by hand; a catalog that was named does not.
    folder = settings.catalog or starter_catalog()
    await catalog.publish(settings, catalog.load(folder), if_none=settings.catalog is None)
    return await ensure_keys(settings, files)
