"""Settings: from the environment (`RENOWN_…`) and from files, never from the command's arguments.

A secret can be given as a variable or, with `_FILE` added to its name, as the file that holds it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from renown_server.admin.keyring import InvalidKeyring, Keyring
from renown_server.transport.settings import Limits, TlsFiles, TransportSettings

SECRETS = ("database_url", "owner_database_url", "redis_url", "token_keys")
"""Fields that also have a `…_file`."""

_NOT_SET = SecretStr("")
_SCHEMES = {
    "database_url": ("postgresql://", "postgres://"),
    "owner_database_url": ("postgresql://", "postgres://"),
    "redis_url": ("redis://", "rediss://", "unix://"),
}

Port = Annotated[int, Field(ge=0, le=65535)]


class InvalidSettings(Exception):
    """The settings are incomplete or wrong; the message is one line and holds no values."""


class Settings(BaseSettings):
    """Everything an operator can set. Times are seconds, sizes bytes, as the names say.

    Attributes:
        database_url: the application's role in Postgres; empty if not set.
        owner_database_url: the role that owns the schema, for migrations; empty: `database_url`.
        app_role: the role that migrations grant the application's rights to; empty: that of
            `database_url`, or `renown_app`.
        statement_cache_size: 0 behind a PgBouncer that cannot keep prepared statements.
        allow_unsafe_durability: serve although Postgres may lose what it has acknowledged.
        redis_url: Redis or Valkey; empty if not set.
        redis_prefix: what every key in it begins with.
        token_keys: the keyring, `id:base64,id:base64`; the first key signs.
        host: where to listen.
        port: 0 lets the system choose.
        workers: processes; 0: one for each core.
        transport: `native`, `aio`, or `auto`: the fastest that the other settings allow.
        tls_certificate: PEM file of the server's certificate chain; None: plaintext.
        tls_key: PEM file of its private key.
        tls_client_ca: PEM file of who signs clients' certificates; None: they need none.
        allow_plaintext: serve without TLS to other machines.
        reflection: answer the question what there is to call.
        connection_age_s: when clients are asked to connect anew.
        grace_s: how long calls may take to finish at the end.
        catalog: a folder of catalog files to publish at the start if no catalog is active.
        metrics_host: where Prometheus reads.
        metrics_port: 0 lets the system choose; None (`none`) serves no metrics.
        log_level: the lowest level written.
        log_json: write JSON; None: unless stderr is a terminal.
        access_log: write a line for each call.
        slow_call_s: unary calls longer than this are logged.
        lanes: batches of one worker under way at once.
        queue_capacity: commands that may wait in a lane.
        batch_max: commands in one batch.
        timekeeping_interval_s: how late streaks may be told to be broken, and quests to expire.
        unary_deadline_s: the longest a unary call may run.
        stream_deadline_s: the longest a stream may run; None: as long as its client likes.
        request_bytes_max: the largest request.
        batch_request_bytes_max: the largest request of a method named `Batch…`.
        streams_per_connection: concurrent calls of one connection.
        streams_max: concurrent streaming calls of a worker.
        calls_per_s: calls of one method a principal may make of one worker on average; 0: no limit.
        calls_burst: calls it may make at once.
        failpoints: for chaos tests: where a worker shall die, fail or wait.
    """

    model_config = SettingsConfigDict(
        env_prefix="RENOWN_",
        env_ignore_empty=True,
        env_parse_none_str="none",
        extra="ignore",
        frozen=True,
    )

    database_url: SecretStr = _NOT_SET
    database_url_file: Path | None = None
    owner_database_url: SecretStr = _NOT_SET
    owner_database_url_file: Path | None = None
    app_role: str = ""
    statement_cache_size: Annotated[int, Field(ge=0)] = 100
    allow_unsafe_durability: bool = False
    redis_url: SecretStr = _NOT_SET
    redis_url_file: Path | None = None
    redis_prefix: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] = "renown"
    token_keys: SecretStr = _NOT_SET
    token_keys_file: Path | None = None

    host: str = "127.0.0.1"
    port: Port = 50051
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    transport: Literal["auto", "aio", "native"] = "auto"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    allow_plaintext: bool = False
    reflection: bool = True
    connection_age_s: Annotated[int, Field(ge=1)] = 30 * 60
    grace_s: Annotated[float, Field(ge=0, le=600)] = 10.0

    catalog: Path | None = None

    metrics_host: str = "127.0.0.1"
    metrics_port: Port | None = 9464
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_json: bool | None = None
    access_log: bool = False
    slow_call_s: Annotated[float, Field(gt=0)] = 1.0

    lanes: Annotated[int, Field(ge=1, le=16)] = 1
    queue_capacity: Annotated[int, Field(ge=1)] = 8192
    batch_max: Annotated[int, Field(ge=4, le=4096)] = 512
    timekeeping_interval_s: Annotated[float, Field(gt=0, le=3600)] = 5.0

    unary_deadline_s: Annotated[float, Field(gt=0)] = 10.0
    stream_deadline_s: Annotated[float, Field(gt=0)] | None = None
    request_bytes_max: Annotated[int, Field(ge=1024)] = 64 * 1024
    batch_request_bytes_max: Annotated[int, Field(ge=1024)] = 1024 * 1024
    streams_per_connection: Annotated[int, Field(ge=1)] = 100
    streams_max: Annotated[int, Field(ge=0)] = 1000
    calls_per_s: Annotated[float, Field(ge=0)] = 0.0
    calls_burst: Annotated[int, Field(ge=1)] = 1000
    failpoints: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: Any) -> Any:
        """Takes secrets out of their files."""
        values = dict(values)
        for name in SECRETS:
            file = values.get(f"{name}_file")
            if file is None:
                continue
            if values.get(name):
                raise ValueError(f"{_variable(name)} and {_variable(name)}_FILE are both set")
            try:
                values[name] = Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "not text"
                raise ValueError(f"{_variable(name)}_FILE cannot be read: {why}") from None
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, schemes in _SCHEMES.items():
            url = getattr(self, name).get_secret_value()
            if url and not url.startswith(schemes):
                raise ValueError(f"{_variable(name)} must start with {' or '.join(schemes)}")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("RENOWN_TLS_CERTIFICATE and RENOWN_TLS_KEY belong together")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("RENOWN_TLS_CLIENT_CA needs RENOWN_TLS_CERTIFICATE and RENOWN_TLS_KEY")
        for name in ("tls_certificate", "tls_key", "tls_client_ca", "catalog"):
            path = getattr(self, name)
            if path is not None and not path.exists():
                raise ValueError(f"{_variable(name)} does not exist")
        if self.token_keys.get_secret_value():
            self.keyring()
        return self

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Reads the environment.

        Args:
            overrides: values that count instead of the environment's, unless None.

        Raises:
            InvalidSettings: says which setting is wrong and why.
        """
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            raise InvalidSettings(_one_line(error)) from None

    def changed(self, **values: Any) -> Self:
        """The same settings with other values; texts of secrets are wrapped."""
        for name in SECRETS:
            if isinstance(values.get(name), str):
                values[name] = SecretStr(values[name])
        return self.model_copy(update=values)

    def to_payload(self) -> dict[str, Any]:
        """All values as JSON with the secrets in clear, for a worker's pipe and nothing else."""
        files = {f"{name}_file" for name in SECRETS}  # they have been read
        values = self.model_dump(mode="json", exclude=files)
        for name in SECRETS:
            values[name] = getattr(self, name).get_secret_value()
        return values

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """What `to_payload` gave; the environment is not looked at."""
        return cls.model_validate(payload)

    def keyring(self) -> Keyring:
        """The signing keys.

        Raises:
            InvalidKeyring: none are set, or the text is not a keyring.
        """
        text = self.token_keys.get_secret_value()
        if not text:
            raise InvalidKeyring("RENOWN_TOKEN_KEYS is not set")
        try:
            return Keyring.parse(text)
        except InvalidKeyring as error:
            raise InvalidKeyring(f"RENOWN_TOKEN_KEYS: {error}") from None

    def log_style(self, is_terminal: bool) -> Literal["console", "json"]:
        """The form of the log; JSON, unless a person watches or the settings say otherwise."""
        as_json = not is_terminal if self.log_json is None else self.log_json
        return "json" if as_json else "console"

    def transport_settings(self, share_port: bool) -> TransportSettings:
        """What the transport needs to know.

        Args:
            share_port: whether other workers listen on the same port.
        """
        tls = None
        if self.tls_certificate is not None and self.tls_key is not None:
            tls = TlsFiles(self.tls_certificate, self.tls_key, self.tls_client_ca)
        return TransportSettings(
            host=self.host,
            port=self.port,
            transport=self.transport,
            tls=tls,
            allow_plaintext=self.allow_plaintext,
            share_port=share_port,
            connection_age_s=self.connection_age_s,
            reflection=self.reflection,
            access_log=self.access_log,
            slow_call_s=self.slow_call_s,
            limits=Limits(
                unary_deadline_s=self.unary_deadline_s,
                stream_deadline_s=self.stream_deadline_s,
                request_bytes_max=self.request_bytes_max,
                batch_request_bytes_max=self.batch_request_bytes_max,
                streams_per_connection=self.streams_per_connection,
                streams_max=self.streams_max,
                calls_per_s=self.calls_per_s,
                calls_burst=self.calls_burst,
            ),
        )


def _variable(name: str) -> str:
    return f"RENOWN_{name.upper()}"


def _one_line(error: ValidationError) -> str:
    """What is wrong, without the values: they may be secret."""
    parts = []
    for problem in error.errors(include_input=False, include_url=False):
        text = problem["msg"].removeprefix("Value error, ")
        where = str(problem["loc"][0]) if problem["loc"] else ""
        parts.append(f"{_variable(where)}: {text}" if where else text)
    return "; ".join(parts)
