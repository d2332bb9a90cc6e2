import os
from pathlib import Path

import pytest

from renown_server.admin.keyring import InvalidKeyring, new_key
from renown_server.config import InvalidSettings, Settings
from renown_server.transport.settings import TlsFiles

URL = "postgresql://app:geheim@db/renown"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("RENOWN_"):
            monkeypatch.delenv(name)


def test_the_environment_is_read_and_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENOWN_DATABASE_URL", URL)
    monkeypatch.setenv("RENOWN_PORT", "7000")
    monkeypatch.setenv("RENOWN_WORKERS", "")
    monkeypatch.setenv("RENOWN_METRICS_PORT", "none")
    monkeypatch.setenv("RENOWN_STREAM_DEADLINE_S", "none")
    settings = Settings.load(host="::1", port=None)
    assert settings.database_url.get_secret_value() == URL
    assert (settings.host, settings.port, settings.workers) == ("::1", 7000, 0)
    assert settings.metrics_port is None
    assert settings.stream_deadline_s is None
    assert Settings.load(port=7001).port == 7001


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = new_key()
    (tmp_path / "url").write_text(URL + "\n")
    (tmp_path / "keys").write_text(f"# new\n{keys}\n")
    monkeypatch.setenv("RENOWN_DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("RENOWN_TOKEN_KEYS_FILE", str(tmp_path / "keys"))
    settings = Settings.load()
    assert settings.database_url.get_secret_value() == URL
    assert settings.keyring().first.kid == keys.partition(":")[0]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"RENOWN_PORT": "65536"}, "RENOWN_PORT: "),
        ({"RENOWN_PORT": "-1", "RENOWN_LANES": "0"}, "RENOWN_LANES: "),
        ({"RENOWN_LOG_LEVEL": "geheim"}, "RENOWN_LOG_LEVEL: "),
        ({"RENOWN_TRANSPORT": "geheim"}, "RENOWN_TRANSPORT: "),
        ({"RENOWN_REDIS_PREFIX": "geheim{x}"}, "RENOWN_REDIS_PREFIX: "),
        ({"RENOWN_ALLOW_PLAINTEXT": "geheim"}, "RENOWN_ALLOW_PLAINTEXT: "),
        ({"RENOWN_DATABASE_URL": "mysql://app:geheim@db"}, "RENOWN_DATABASE_URL must start"),
        ({"RENOWN_OWNER_DATABASE_URL": "geheim"}, "RENOWN_OWNER_DATABASE_URL must start"),
        ({"RENOWN_REDIS_URL": "http://:geheim@r"}, "RENOWN_REDIS_URL must start"),
        ({"RENOWN_TOKEN_KEYS": "a:geheim"}, "RENOWN_TOKEN_KEYS: the secret of key a"),
        ({"RENOWN_TLS_CERTIFICATE": "/geheim"}, "belong together"),
        ({"RENOWN_TLS_CLIENT_CA": "/geheim"}, "RENOWN_TLS_CLIENT_CA needs"),
        ({"RENOWN_CATALOG": "/geheim"}, "RENOWN_CATALOG does not exist"),
        ({"RENOWN_DATABASE_URL_FILE": "/geheim"}, "RENOWN_DATABASE_URL_FILE cannot be read"),
        ({"RENOWN_DATABASE_URL_FILE": "/"}, "Is a directory"),
        ({"RENOWN_REDIS_URL_FILE": "/x", "RENOWN_REDIS_URL": "geheim"}, "are both set"),
    ],
)
def test_what_is_wrong_is_one_line_without_the_values(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    text = str(caught.value)
    assert says in text
    assert "geheim" not in text
    assert "\n" not in text


def test_workers_get_everything_and_nothing_from_their_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(URL)
    settings = Settings.load(
        database_url_file=tmp_path / "url",
        token_keys=new_key(),
        catalog=tmp_path,
        calls_per_s=2.5,
        metrics_port=0,
    )
    payload = settings.to_payload()
    (tmp_path / "url").unlink()
    monkeypatch.setenv("RENOWN_PORT", "1")
    monkeypatch.setenv("RENOWN_DATABASE_URL", "postgresql://other")
    copy = Settings.from_payload(payload)
    assert copy == settings.changed(database_url_file=None)
    assert copy.to_payload() == payload


def test_secrets_are_not_shown() -> None:
    settings = Settings.load(database_url=URL, token_keys=new_key())
    changed = settings.changed(redis_url="redis://:geheim@r")
    assert changed.redis_url.get_secret_value() == "redis://:geheim@r"
    assert "geheim" not in f"{changed!r} {changed}"
    assert settings.token_keys.get_secret_value() not in repr(changed)


def test_without_a_keyring() -> None:
    with pytest.raises(InvalidKeyring, match="RENOWN_TOKEN_KEYS is not set"):
        Settings.load().keyring()


@pytest.mark.parametrize(
    ("log_json", "is_terminal", "style"),
    [
        (None, True, "console"),
        (None, False, "json"),
        (True, True, "json"),
        (False, False, "console"),
    ],
)
def test_the_log_is_json_unless_a_person_watches(
    log_json: bool | None, is_terminal: bool, style: str
) -> None:
    assert Settings.load(log_json=log_json).log_style(is_terminal) == style


def test_the_transport_gets_its_settings(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    settings = Settings.load(
        port=0, tls_certificate=tmp_path / "cert", tls_key=tmp_path / "key", streams_max=7
    )
    transport = settings.transport_settings(share_port=True)
    assert transport.tls == TlsFiles(tmp_path / "cert", tmp_path / "key")
    assert (transport.port, transport.share_port, transport.limits.streams_max) == (0, True, 7)
    assert Settings.load().transport_settings(share_port=False).tls is None
