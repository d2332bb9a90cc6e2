"""Where the server is, who is calling, and whether the wire is encrypted."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import grpc

TokenSource = str | Callable[[], str]
"""A player token, or a function that returns the current one for each call."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address with what is needed to call it.

    Attributes:
        address: a gRPC target, such as `game.example:443`.
        bearer: the key or token, or a function that returns it.
        credentials: TLS credentials; None is plaintext.
        local: whether the address is on this machine.
    """

    address: str
    bearer: TokenSource = field(repr=False)
    credentials: grpc.ChannelCredentials | None = field(repr=False, default=None)
    local: bool = False

    def authorization(self) -> str:
        """Returns the value of the `authorization` metadata."""
        bearer = self.bearer if isinstance(self.bearer, str) else self.bearer()
        return f"Bearer {_clean(bearer)}"


def resolve(
    address: str | None,
    *,
    key: str | None,
    token: TokenSource | None,
    tls: bool,
    credentials: grpc.ChannelCredentials | None,
    plaintext: bool,
    environment: Mapping[str, str] | None = None,
) -> Target:
    """Checks what `connect` was given, and completes it from the environment.

    Raises:
        ValueError: there is no address or no credential, two of them
            contradict each other, or a secret would cross a network in
            plaintext without being told to.
    """
    environment = os.environ if environment is None else environment
    address = (address or environment.get("RENOWN_ADDRESS", "")).strip()
    if not address:
        raise ValueError("no address: pass one or set RENOWN_ADDRESS")
    local = is_local(address)
    if plaintext and (tls or credentials):
        raise ValueError("plaintext and TLS exclude each other")
    if tls and credentials is None:
        credentials = grpc.ssl_channel_credentials()
    if credentials is None and not plaintext and not local:
        raise ValueError(f"{address} is not on this machine: pass tls=True, or plaintext=True")
    return Target(address, _bearer(key, token, environment), credentials, local)


def is_local(address: str) -> bool:
    """Whether a gRPC target is a loopback address or a Unix socket.

    Raises:
        ValueError: a host without a port.
    """
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    for scheme in ("dns:///", "dns:", "ipv4:", "ipv6:"):
        address = address.removeprefix(scheme)
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"{address!r} has no port: expected host:port")
    host = host.strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bearer(
    key: str | None, token: TokenSource | None, environment: Mapping[str, str]
) -> TokenSource:
    if key and token:
        raise ValueError("pass a key or a token, not both")
    bearer = token or key or environment.get("RENOWN_KEY", "")
    if not bearer:
        raise ValueError("no credential: pass key= or token=, or set RENOWN_KEY")
    if isinstance(bearer, str):
        _clean(bearer)
    return bearer


def _clean(bearer: str) -> str:
    """Strips the newline a file leaves, and refuses what metadata can't carry.

    The value itself is in no message: it is a secret.
    """
    bearer = bearer.strip()
    if not bearer or not all("!" <= character <= "~" for character in bearer):
        raise ValueError("the key or token is empty or has characters that no header carries")
    return bearer
