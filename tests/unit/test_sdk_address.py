"""Where to, as whom, and never a secret in plaintext by accident."""

from typing import Any

import grpc
import pytest

import renown
from renown._address import Target, is_local, resolve


def resolved(address: str | None = None, **options: Any) -> Target:
    options = {
        "key": None,
        "token": None,
        "tls": False,
        "credentials": None,
        "plaintext": False,
        "environment": {},
    } | options
    return resolve(address, **options)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:50051", True),
        ("127.8.8.8:50051", True),
        ("localhost:50051", True),
        ("[::1]:50051", True),
        ("ipv4:127.0.0.1:50051", True),
        ("dns:///localhost:50051", True),
        ("unix:/run/renown.sock", True),
        ("10.0.0.7:50051", False),
        ("0.0.0.0:50051", False),
        ("localhost.example:50051", False),
        ("game.example:443", False),
        ("dns:///game.example:443", False),
    ],
)
def test_local_addresses(address: str, local: bool) -> None:
    assert is_local(address) is local


@pytest.mark.parametrize("address", ["game.example", "localhost", "game.example:", "host:port"])
def test_an_address_has_a_port(address: str) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        resolved(address, key="k.s", tls=True)


def test_this_machine_is_called_in_plaintext() -> None:
    target = resolved("127.0.0.1:50051", key="k.s")
    assert target.credentials is None
    assert target.local


def test_another_machine_needs_a_word() -> None:
    with pytest.raises(ValueError, match="pass tls=True, or plaintext=True"):
        resolved("game.example:50051", key="k.s")
    assert resolved("game.example:50051", key="k.s", plaintext=True).credentials is None
    assert resolved("game.example:50051", key="k.s", tls=True).credentials is not None
    own = grpc.ssl_channel_credentials()
    assert resolved("game.example:50051", key="k.s", credentials=own).credentials is own
    with pytest.raises(ValueError, match="exclude"):
        resolved("game.example:50051", key="k.s", tls=True, plaintext=True)


def test_the_environment_completes_the_arguments() -> None:
    environment = {"RENOWN_ADDRESS": "127.0.0.1:1", "RENOWN_KEY": "k_env.secret\n"}
    target = resolved(environment=environment)
    assert target.address == "127.0.0.1:1"
    assert target.authorization() == "Bearer k_env.secret"
    target = resolved("127.0.0.1:2", token="t", environment=environment)
    assert target.address == "127.0.0.1:2"
    assert target.authorization() == "Bearer t"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no address"),
        ({"address": "127.0.0.1:1"}, "no credential"),
        ({"address": "127.0.0.1:1", "key": "k.s", "token": "t"}, "not both"),
        ({"address": "127.0.0.1:1", "key": "k.s\nx: y"}, "no header carries"),
        ({"address": "127.0.0.1:1", "key": " "}, "no header carries"),
    ],
)
def test_unclear_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        resolved(**options)
    assert "k.s" not in str(caught.value)


def test_a_target_does_not_show_its_secret() -> None:
    assert "secret" not in repr(resolved("127.0.0.1:1", key="k_1.secret"))


async def test_connect_checks_its_arguments() -> None:
    with pytest.raises(ValueError, match="at least one connection"):
        renown.connect("127.0.0.1:1", key="k.s", connections=0)
    async with renown.connect("127.0.0.1:1", key="k_1.secret") as game:
        assert repr(game) == "<renown.Client 127.0.0.1:1>"


def test_connect_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        renown.connect("127.0.0.1:1", key="k.s")
