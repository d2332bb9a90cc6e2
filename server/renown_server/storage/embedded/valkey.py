"""The embedded Valkey: a cache on a private socket, without persistence."""

import signal
import socket

from renown_server.storage.embedded.process import ServerProcess
from renown_server.storage.embedded.spec import GuardianSpec

SOCKET_NAME = "valkey.sock"
START_SECONDS = 20
STOP_SECONDS = 5
PING_TIMEOUT_SECONDS = 5


class Valkey:
    """Valkey under the guardian."""

    def __init__(self, spec: GuardianSpec) -> None:
        self.process = ServerProcess(spec, "valkey", signal.SIGTERM)
        self._spec = spec
        self._socket = spec.socket_dir / SOCKET_NAME

    def start(self) -> None:
        """Starts Valkey, empty.

        Raises:
            EmbeddedServersError: it does not start.
        """
        command = [str(self._spec.valkey_server), "--port", "0", "--daemonize", "no"]
        command += ["--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        # Everything in it can be rebuilt from Postgres.
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._spec.socket_dir)]
        self.process.start(command, self._is_ready, START_SECONDS)

    def wait_stopped(self) -> None:
        """Waits for a stop that was asked for; insists if it takes too long."""
        self.process.wait_stopped(signal.SIGKILL, seconds=STOP_SECONDS)

    def _is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PING_TIMEOUT_SECONDS)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
