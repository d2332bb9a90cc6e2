"""The `renown` command, as far as it goes without servers."""

import datetime as dt
import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer

from renown_server.admin.keyring import Keyring
from renown_server.admin.tokens import PlayerTokens
from renown_server.catalog.check import load_catalog
from renown_server.catalog.problems import CatalogInvalid
from renown_server.cli import database, main
from renown_server.cli.app import COMMANDS
from renown_server.cli.dev_files import DevFiles
from renown_server.cli.explain import explain
from renown_server.cli.failures import Failure
from renown_server.config import Settings
from renown_server.engine.clock import SystemClock
from renown_server.engine.randomness import SystemRandomness
from renown_server.errors import KeyNotFound
from renown_server.transport import logs
from renown_server.transport.settings import CannotServe

STARTER = Path(__file__).parents[2] / "catalogs" / "starter"
NOBODY = "postgresql://renown_app:geheim@127.0.0.1:1/renown"


@dataclass
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in os.environ:
        if name.startswith("RENOWN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RENOWN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RENOWN_METRICS_PORT", "none")
    return tmp_path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    # Set up once for a process, not for each of its tests.
    monkeypatch.setattr(logs, "configure_logs", lambda style, level: None)

    def run(*words: str, **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["renown", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return run


def fails(result: Result, says: str) -> None:
    """One clear line, and a failure."""
    assert result.code == 1, result
    assert result.out == ""
    assert result.err.startswith("renown: ")
    assert result.err.count("\n") == 1, result.err
    assert says in result.err


def test_version(run: Run) -> None:
    assert run("version").out == f"renown {metadata.version('renown-server')}\n"


def test_help_names_every_command(run: Run) -> None:
    result = run("--help")
    assert result.code == 0
    assert all(f"  {name} " in result.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert "renown" in result.out


@pytest.mark.parametrize("words", [("nonsense",), ("keys", "create"), ("token",), ("serve", "x")])
def test_wrong_use_is_code_2(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_a_container_s_health_check_stays_small() -> None:
    script = (
        "import sys; from renown_server.cli.app import build; build(['health']);"
        " print([name for name in ('asyncpg', 'sqlalchemy', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_token_key_and_token(run: Run) -> None:
    keys = run("token-key").out.strip()
    token = run("token", "ada", "--minutes", "1", RENOWN_TOKEN_KEYS=keys).out.strip()
    tokens = PlayerTokens(
        keyring=Keyring.parse(keys), clock=SystemClock(), random=SystemRandomness()
    )
    claims = tokens.verify(token)
    assert claims.sub == "ada"
    assert 60 <= claims.exp - claims.iat <= 61


def test_token_uses_the_development_keyring(run: Run, environment: Path) -> None:
    fails(run("token", "ada"), "RENOWN_TOKEN_KEYS is not set")
    keys = DevFiles(environment).ensure_token_keys()
    tokens = PlayerTokens(
        keyring=Keyring.parse(keys), clock=SystemClock(), random=SystemRandomness()
    )
    assert tokens.verify(run("token", "ada").out.strip()).sub == "ada"


def test_token_refuses_what_is_no_player_id(run: Run) -> None:
    fails(run("token", "a b", RENOWN_TOKEN_KEYS="a:" + "A" * 43), "player id")


@pytest.mark.parametrize(
    ("environment_", "says"),
    [
        ({}, "RENOWN_DATABASE_URL is not set"),
        ({"RENOWN_DATABASE_URL": NOBODY}, "RENOWN_REDIS_URL is not set"),
        (
            {"RENOWN_DATABASE_URL": NOBODY, "RENOWN_REDIS_URL": "redis://127.0.0.1:1"},
            "cannot reach Postgres at 127.0.0.1:1: Connection refused",
        ),
        ({"RENOWN_DATABASE_URL": "mysql://u:geheim@h/d"}, "must start with postgresql://"),
        ({"RENOWN_WORKERS": "many"}, "RENOWN_WORKERS: "),
        ({"RENOWN_TOKEN_KEYS": "a:geheim"}, "RENOWN_TOKEN_KEYS: "),
        ({"RENOWN_TLS_KEY": "geheim"}, "belong together"),
        ({"RENOWN_CATALOG": "geheim"}, "RENOWN_CATALOG does not exist"),
        ({"RENOWN_HOST": "192.0.2.1"}, "cannot listen on 192.0.2.1:"),
    ],
)
def test_serve_says_in_one_line_what_is_missing(
    run: Run, environment_: dict[str, str], says: str
) -> None:
    result = run("serve", **({"RENOWN_PORT": "0"} | environment_))
    fails(result, says)
    assert "geheim" not in result.err


def test_serve_dev_wants_both_urls_or_none(run: Run) -> None:
    result = run("serve", "--dev", "--port", "0", RENOWN_DATABASE_URL=NOBODY)
    fails(result, "set both RENOWN_DATABASE_URL and RENOWN_REDIS_URL")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://:geheim@127.0.0.1:1", "cannot reach Redis: "),
        ("redis://:geheim@h:port", "RENOWN_REDIS_URL is malformed"),
        ("unix:///nowhere", "cannot reach Redis: "),
    ],
)
def test_serve_dev_says_that_redis_is_unreachable(run: Run, url: str, says: str) -> None:
    result = run(
        *("serve", "--dev", "--port", "0"), RENOWN_DATABASE_URL=NOBODY, RENOWN_REDIS_URL=url
    )
    fails(result, says)
    assert "geheim" not in result.err


@pytest.mark.parametrize("taken", ["RENOWN_PORT", "RENOWN_METRICS_PORT"])
def test_serve_says_that_a_port_is_taken(run: Run, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("serve", "--dev", **({"RENOWN_PORT": "0"} | {taken: str(port)}))
    fails(result, f"cannot listen on 127.0.0.1:{port}: Address already in use")


def test_keys_need_a_database(run: Run) -> None:
    fails(run("keys", "list"), "RENOWN_DATABASE_URL is not set")
    result = run("keys", "create", "--name", "game", RENOWN_DATABASE_URL=NOBODY)
    fails(result, "cannot reach Postgres at 127.0.0.1:1: Connection refused")
    assert "geheim" not in result.err


@pytest.mark.parametrize(
    "url", ["postgresql://u:geheim@h:port/d", "postgresql://u:geheim@[::1/d", "postgresql://:%"]
)
def test_a_malformed_url_is_not_repeated(run: Run, url: str) -> None:
    result = run("keys", "list", RENOWN_DATABASE_URL=url)
    fails(result, "")
    assert "geheim" not in result.err


def test_migrate_needs_a_database(run: Run) -> None:
    fails(run("migrate"), "neither RENOWN_OWNER_DATABASE_URL nor RENOWN_DATABASE_URL")
    fails(run("migrate", RENOWN_OWNER_DATABASE_URL=NOBODY), "cannot reach Postgres")


@pytest.mark.parametrize(
    ("settings", "role"),
    [
        ({}, "renown_app"),
        ({"database_url": "postgresql://game@/renown?host=/s"}, "game"),
        ({"database_url": "postgresql://a%40b:x@h/renown"}, "a@b"),
        ({"database_url": "postgresql://h/renown"}, "renown_app"),
        ({"database_url": "postgresql://game@h/renown", "app_role": "other"}, "other"),
    ],
)
def test_who_gets_the_application_s_rights(settings: dict[str, str], role: str) -> None:
    assert database.app_role(Settings.load(**settings)) == role


def test_catalog_check(run: Run, tmp_path: Path) -> None:
    assert run("catalog", "check", str(STARTER)).out == f"{STARTER}: no problems\n"
    fails(run("catalog", "check", str(tmp_path / "none")), "does not exist")
    (tmp_path / "game.yaml").write_text("activity_types: [{id: x, base_xpp: 3}]\n")
    result = run("catalog", "check", str(tmp_path))
    assert result.code == 1
    assert "game.yaml:1: activity_types[0].base_xpp: unknown field" in result.err
    assert result.err.splitlines()[-1] == f"renown: {tmp_path}: 2 problem(s)"


def test_the_development_files_are_private_and_made_once(environment: Path) -> None:
    files = DevFiles(environment / "new")
    assert files.read_keys() == {}
    assert files.read_urls() is None
    keyring = files.ensure_token_keys()
    assert files.ensure_token_keys() == keyring
    files.write_keys({"server": "k_1.x"})
    files.write_urls({"database_url": "u"})
    assert files.read_keys() == {"server": "k_1.x"}
    assert files.read_urls() == {"database_url": "u"}
    written = list(files.data_dir.iterdir())
    assert len(written) == 3
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    files.forget_urls()
    files.forget_urls()
    assert files.read_urls() is None


def _invalid_catalog() -> Exception:
    with pytest.raises(CatalogInvalid) as caught:
        load_catalog("/nonexistent")
    return caught.value


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Failure("so\nit is"), "so it is"),
        (CannotServe("port taken"), "port taken"),
        (KeyNotFound("k_1"), "key k_1 not found"),
        (asyncpg.InsufficientPrivilegeError("permission denied"), "Postgres: permission denied"),
        (asyncpg.InterfaceError("closed"), "Postgres: closed"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (FileNotFoundError(2, "No such file", "/x"), "/x: No such file"),
        (TimeoutError(), "Postgres did not answer in time"),
        (sa.exc.DBAPIError("SELECT 1", {}, Exception("boom")), "Postgres: boom"),
        (ZeroDivisionError("bug"), None),
        (KeyError("bug"), None),
    ],
)
def test_what_is_explained(error: Exception, line: str | None) -> None:
    assert explain(error) == line


def test_an_invalid_catalog_is_explained_by_its_first_problem() -> None:
    line = explain(_invalid_catalog())
    assert line is not None
    assert "\n" not in line


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_(words: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("renown_server.cli.app.build", break_)
    with pytest.raises(ZeroDivisionError):
        main()


def test_ctrl_c_is_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(words: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("renown_server.cli.app.build", interrupt)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


@contextmanager
def serving(
    credentials: grpc.ServerCredentials | None = None,
    status: health_pb2.HealthCheckResponse.ServingStatus.ValueType = (
        health_pb2.HealthCheckResponse.SERVING
    ),
) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(1))
    health = HealthServicer()
    health.set("", status)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    address = "127.0.0.1:0"
    if credentials is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def test_health(run: Run) -> None:
    with serving() as port:
        assert run("health", "--address", f"127.0.0.1:{port}").out == "serving\n"
        for host in ("127.0.0.1", "0.0.0.0"):
            result = run("health", RENOWN_HOST=host, RENOWN_PORT=str(port))
            assert (result.code, result.out) == (0, "serving\n")


def test_health_of_a_server_that_drains(run: Run) -> None:
    with serving(status=health_pb2.HealthCheckResponse.NOT_SERVING) as port:
        fails(run("health", "--address", f"127.0.0.1:{port}"), "is not serving")


def test_health_of_nobody(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        fails(run("health", "--address", address, "--timeout", "0.3"), f"{address} does not answer")


@dataclass
class Signed:
    """A certificate, its key, and who signed it."""

    certificate: bytes
    key: bytes
    ca: bytes


def make_certificate(*names: x509.GeneralName) -> Signed:
    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test ca")])
    now = dt.datetime.now(dt.UTC)

    def build(subject: x509.Name, public: Any, extension: x509.ExtensionType) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(extension, critical=False)
        )
        signed = builder.sign(authority, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    ca = build(ca_name, authority.public_key(), x509.BasicConstraints(ca=True, path_length=None))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    leaf = build(subject, key.public_key(), x509.SubjectAlternativeName(names))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Signed(leaf, private, ca)


@pytest.mark.parametrize("mutual", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("game.example"),
        x509.DNSName("*.game.example"),
        x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
    ],
)
def test_health_knows_a_tls_server_by_its_own_certificate(
    run: Run, tmp_path: Path, name: x509.GeneralName, mutual: bool
) -> None:
    signed = make_certificate(name)
    files = {"certificate": signed.certificate, "key": signed.key}
    if mutual:
        files["client_ca"] = signed.ca
    environment = {}
    for what, content in files.items():
        (tmp_path / what).write_bytes(content)
        environment[f"RENOWN_TLS_{what.upper()}"] = str(tmp_path / what)
    credentials = grpc.ssl_server_credentials(
        [(signed.key, signed.certificate)],
        root_certificates=signed.ca if mutual else None,
        require_client_auth=mutual,
    )
    with serving(credentials) as port:
        result = run("health", RENOWN_PORT=str(port), **environment)
    assert (result.code, result.out) == (0, "serving\n"), result.err
