"""Ports: whether one is free, and whether it is reachable from other machines."""

from __future__ import annotations

import ipaddress
import socket

from renown_server.transport.settings import CannotServe


def ensure_port_free(host: str, port: int) -> None:
    """Checks that nobody listens on the port, before workers share it.

    Servers bind with SO_REUSEPORT, with which two of them share a port silently: the second
    would answer half of the first one's calls. This asks without it.

    Raises:
        CannotServe: the port is taken, not permitted, or the host has no such address.
    """
    for family, address in _addresses(host, port):
        _bind(family, address, host, port, share=False).close()


def reserve_port(host: str, port: int) -> socket.socket:
    """Binds a port for processes that will share it, without listening.

    While the socket is open, `ensure_port_free` fails for everybody else, also when every
    worker is being restarted; connections go to those that listen only.

    Args:
        host: a name or address.
        port: 0 lets the system choose; `getsockname()[1]` tells.

    Raises:
        CannotServe: as `ensure_port_free`.
    """
    ensure_port_free(host, port)
    family, address = _addresses(host, port)[0]
    try:
        # Without SO_REUSEADDR: with it, others could bind a port where nobody listens.
        return _bind(family, address, host, port, share=True, reuse=False)
    except CannotServe:
        # Connections of another program linger; a weaker hold is better than no server.
        return _bind(family, address, host, port, share=True)


def is_loopback(host: str) -> bool:
    """Whether every address of a host is this machine's loopback.

    Raises:
        CannotServe: the host has no address.
    """
    addresses = [ipaddress.ip_address(address[0]) for _, address in _addresses(host, 0)]
    return all(address.is_loopback for address in addresses)


def _addresses(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotServe(f"{host} is not an address of this machine: {error.strerror}") from None
    # The flow and scope of an IPv6 address are of no use for a server's.
    return [(family, (str(address[0]), int(address[1]))) for family, *_, address in found]


def _bind(
    family: int,
    address: tuple[str, int],
    host: str,
    port: int,
    *,
    share: bool,
    reuse: bool = True,
) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    # Connections of an earlier server that linger in TIME_WAIT are no obstacle.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(share))
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return listener
