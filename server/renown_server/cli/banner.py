"""What a person sees when the server is ready."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import typer

from renown_server.config import Settings
from renown_server.workers import Serving

_EVERYWHERE = ("0.0.0.0", "::")

_DEVELOPMENT = """
{line}
  Renown is ready on {address} ({workers})

  a game server's key   {server}
  an operator's key     {operator}
{metrics}
  A first call, with grpcurl:

grpcurl -plaintext -H 'authorization: Bearer {server}' \\
  -d '{{"activity": {{"player_id": "ada", "activity_id": "first", "type": "lesson_completed"}}}}' \\
  {address} renown.v1.ActivityService/RecordActivity

  What it has earned her, and what is next:

grpcurl -plaintext -H 'authorization: Bearer {server}' \\
  -d '{{"player_id": "ada"}}' {address} renown.v1.AchievementService/ListPlayerAchievements

  The same in Python:

{python} - <<'END'
import asyncio, renown

async def main():
    async with renown.connect("{address}", key="{server}") as game:
        print(await game.activities.record("ada", "lesson_completed", activity_id="first"))

asyncio.run(main())
END

  Ctrl-C ends it; the data stay.
{line}
"""


def show(settings: Settings, serving: Serving, keys: Mapping[str, str]) -> None:
    """Prints that the server is ready, and in development how to call it.

    Args:
        settings: where it listens.
        serving: what runs.
        keys: development keys by kind; empty in production.
    """
    count = len(serving.process_ids)
    workers = "1 worker" if count == 1 else f"{count} workers"
    address = f"[{settings.host}]" if ":" in settings.host else settings.host
    if not keys:
        typer.echo(f"renown: ready on {address}:{settings.port} ({workers})")
        return
    host = "127.0.0.1" if settings.host in _EVERYWHERE else address
    metrics = ""
    if serving.metrics_port:
        page = f"http://{settings.metrics_host}:{serving.metrics_port}/metrics"
        metrics = f"  metrics               {page}\n"
    text = _DEVELOPMENT.format(
        line="─" * 72,
        address=f"{host}:{settings.port}",
        workers=workers,
        python=sys.executable,
        metrics=metrics,
        **keys,
    )
    typer.echo(text)
    sys.stdout.flush()
