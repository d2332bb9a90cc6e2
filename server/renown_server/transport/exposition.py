"""The page that Prometheus reads: the metrics of all workers, served by their parent."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from renown_server.transport.settings import CannotServe

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class MetricsPage:
    """Metrics of worker processes, which write them to files of a directory.

    A context manager: it serves inside, and removes the directory at the end.

    Attributes:
        host: where to listen; metrics are not for other machines unless the operator says so.
        port: 0 lets the system choose; None serves no page.
        port_bound: where it listens, or 0.
    """

    def __init__(self, host: str, port: int | None) -> None:
        self._host = host
        self._port = port
        self._directory = Path(tempfile.mkdtemp(prefix="renown-metrics-"))
        self.port_bound = 0

    def environment(self) -> dict[str, str]:
        """Returns the environment that makes a worker write its metrics here."""
        return {DIRECTORY_VARIABLE: str(self._directory)}

    def forget(self, process_id: int) -> None:
        """Drops the gauges of a worker that has ended; what it counted stays counted."""
        mark_process_dead(process_id, str(self._directory))  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        """Serves the page.

        Raises:
            CannotServe: the port is taken.
        """
        if self._port is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._directory))  # type: ignore[no-untyped-call]
            try:
                self._server, self._thread = start_http_server(self._port, self._host, registry)
            except OSError as error:
                self._remove()
                raise CannotServe(
                    f"cannot serve metrics on {self._host}:{self._port}: {error.strerror}"
                ) from None
            self.port_bound = self._server.server_port
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.port_bound:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
