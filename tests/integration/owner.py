"""Owns embedded servers until it is killed or its stdin closes; a subject of test_embedded.py.

    python owner.py DATA_DIR [--fork]

Prints one line of JSON, the URLs and process ids, once the servers answer.
"""

import dataclasses
import json
import os
import sys
import time
from pathlib import Path

from renown_server.storage.embedded import EmbeddedServers, EmbeddedServersError


def main() -> None:
    servers = EmbeddedServers(Path(sys.argv[1]))
    try:
        urls = servers.start()
    except EmbeddedServersError as error:
        raise SystemExit(f"renown: {error}") from None
    forked = None
    if "--fork" in sys.argv:  # a child that holds every descriptor of ours
        forked = os.fork()
        if forked == 0:
            time.sleep(60)
            os._exit(0)
    report = dataclasses.asdict(urls) | {
        "guardian": servers.guardian_pid,
        "postgres": servers.postgres_pid,
        "valkey": servers.redis_pid,
        "forked": forked,
    }
    print(json.dumps(report), flush=True)
    sys.stdin.read()
    servers.stop()


if __name__ == "__main__":
    main()
