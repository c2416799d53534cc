"""Every setting of the platform: typed, frozen, read once by the entry point of a process.

A setting is an address, and the address chooses the part. Values come from the environment,
then from `.env`, then from what a running `ecom67 run` says of the parts it started
(`var/platform.env`), then from the defaults here.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.kit.address_formats import parse_region
from webapp.kit.money import Currency
from webapp.kit.secret_strength import KEY_GUESSES_LOG10, is_guessable
from webapp.kit.server_addresses import (
    is_only_of_this_machine,
    list_http_problems,
    list_postgres_problems,
    list_redis_problems,
)
from webapp.kit.time_zones import parse_zone
from webapp.kit.weeks import WeekStart
from webapp.secrets.build import load_secrets
from webapp.secrets.port import AWS_SCHEME, SecretsUnavailable

PROJECT_ROOT = Path(__file__).resolve().parents[1]
PLATFORM_ENV = "platform.env"
MIN_SECRET_LENGTH = 32
WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret
LIVE_STRIPE_KEYS = ("sk_live_", "rk_live_")
LOOPBACK = "127.0.0.1"
OLLAMA_HOST = f"http://{LOOPBACK}:11434"
LOOPBACK_NAMES = {"localhost", LOOPBACK, "::1"}
DEFAULT_MOST_REPLICAS = 4
EVERY_INTERFACE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound


RENAMED = {
    "AUTH_PER_MINUTE": "AUTH_REQUESTS_PER_MINUTE",
    "CHAT_KEPT_DAYS": "CHAT_RETENTION_DAYS",
    "HIGH_VALUE": "HIGH_VALUE_THRESHOLD",
    "HOLD_MINUTES": "HOLD_SECONDS (in seconds)",
    "LEAVE_OUT": "DISABLED_PARTS",
    "LOW_STOCK": "LOW_STOCK_THRESHOLD",
    "REVIEW_FROM": "REVIEW_THRESHOLD",
}
"""Settings of earlier versions, refused by name with the name of today."""


class Stage(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class WrongSetting(Exception):
    """The platform must not start; the message names the setting and the remedy."""


def one_of(*schemes: str) -> AfterValidator:
    """The address must begin with one of these, so that a typo cannot choose a part."""

    def check(value: str) -> str:
        if not value.startswith(schemes):
            msg = f"must begin with one of {', '.join(schemes)}"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


def check_identity(value: str) -> str:
    """`local`, or `cognito:` and three names, of which the pool's begins with the region."""
    _, *names = value.split(":")
    is_pool = re.fullmatch(
        r"cognito:[\w-]+:\w+:[a-z0-9-]+", value, re.ASCII
    ) is not None and names[0].startswith(f"{names[2]}_")
    if value != "local" and not is_pool:
        msg = "must be local or cognito:POOL_ID:CLIENT_ID:REGION, a pool of that region"
        raise ValueError(msg)
    return value


def check_agent_memory(value: str) -> str:
    """`database`, or `agentcore:`, the id of a memory and its region. Raises `ValueError`."""
    if value != "database" and not re.fullmatch(
        r"agentcore:[a-z][\w-]{0,99}-[a-z\d]{10}:[a-z]{2}(-[a-z]+)+-\d+",
        value,
        re.ASCII | re.IGNORECASE,
    ):
        msg = "must be database or agentcore:MEMORY_ID:REGION, as `ecom67 memory create` prints it"
        raise ValueError(msg)
    return value


def check_web_address(value: str) -> str:
    """Scheme, host and perhaps a path, so that another one can be put behind it."""
    host = r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?"
    if not re.fullmatch(rf"https?://([^\s/?#@]+@)?{host}(/[^\s?#]*)?", value):
        msg = "must be an address such as https://shop.example"
        raise ValueError(msg)
    return value.rstrip("/")


def check_origins(value: str) -> str:
    """`*`, or exact origins. Raises `ValueError`.

    A pattern would let in who registers a name that fits; a path or a slash at the end is
    never part of an origin, so that it would match nothing.
    """
    for origin in (part.strip() for part in value.split(",")):
        if origin != "*" and not re.fullmatch(
            r"https?://[\w-]+(\.[\w-]+)*(:\d{1,5})?", origin, re.ASCII
        ):
            msg = (
                f"{origin!r} is no origin: name each as https://shop.example, with its port if "
                "it has one, and without a path or pattern"
            )
            raise ValueError(msg)
    return value


WebAddress = Annotated[str, AfterValidator(check_web_address)]


def format_netloc(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def local_address(host: str, port: int) -> str:
    """Where this machine reaches what it binds to `host`."""
    return (
        f"http://{format_netloc(LOOPBACK if host in EVERY_INTERFACE else host, port)}"
    )


Port = Annotated[int, Field(ge=1, le=65535)]


def parse_table(value: object) -> object:
    """`"US-CA=7.25, DE=19"` → numbers by upper-case name. Raises `ValueError`."""
    if not isinstance(value, str):
        return value
    table = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, number = entry.partition("=")
        if not (name.strip() and re.fullmatch(r"\s*\d+(\.\d+)?\s*", number)):
            msg = f"{entry!r} is not of the form NAME=NUMBER"
            raise ValueError(msg)
        table[name.strip().upper()] = Decimal(number.strip())
    return table


def check_taxes(table: dict[str, Decimal]) -> dict[str, Decimal]:
    """Percents by the codes of their places. Raises `ValueError`."""
    percents: dict[str, Decimal] = {}
    for name, percent in table.items():
        if percent > 100:
            msg = f"{name}={percent}: a percent is a number from 0 to 100"
            raise ValueError(msg)
        code = parse_region(name)
        if percents.setdefault(code, percent) != percent:
            msg = f"{name}={percent}: {code} has {percents[code]} already"
            raise ValueError(msg)
    return percents


def check_time_zone(name: str) -> str:
    """Raises `ValueError` for what is no IANA name."""
    parse_zone(name)
    return name


TimeZone = Annotated[str, AfterValidator(check_time_zone)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
]
Table = Annotated[dict[str, Decimal], NoDecode, BeforeValidator(parse_table)]


NOT_RUNNING = "{} is not set: start the platform with `make run`, or set it"


class AgentSettings(BaseModel):
    """The settings that a replica of an agent is given, and no others."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        frozen=True,
        extra="ignore",
        validate_default=True,
    )

    stage: Stage = Stage.DEVELOPMENT
    """`development`, `staging` or `production`; sets the chat limits, and production
    refuses to start with an embedded part, a missing or guessable secret, a server
    elsewhere without password or encryption, Stripe test keys, an http:// PUBLIC_URL,
    debug, or an address or sender that nobody chose; admins there need a second factor."""

    var_dir: Path = PROJECT_ROOT / "var"
    """Where everything that a laptop keeps lies: databases, mail, files, logs."""
    database_url: Annotated[str, one_of("postgresql://")] | None = None
    """PostgreSQL 16+ with pgvector 0.8+. Unset: `make run` starts the embedded server."""
    storage_url: Annotated[str, one_of("file:", "s3://")] = "file:var/storage"
    """Files: `file:PATH` (relative to the project) or `s3://bucket/prefix`."""
    search_url: Annotated[str, one_of("embedded:", "http://", "https://")] = "embedded:"
    """Product search: `embedded:` (tantivy) or an OpenSearch cluster,
    `https://user:pass@host/PREFIX`; its indices begin with `PREFIX` (`ecom67`)."""
    agent_model: Annotated[str, one_of("local", "bedrock:", "openai:", "ollama:")] = (
        "local"
    )
    """`local`, `bedrock:MODEL`, `openai:MODEL` or `ollama:MODEL`."""
    openai_base_url: WebAddress | None = None
    """Another OpenAI-compatible server than OpenAI's own."""
    openai_api_key: SecretStr | None = None
    """Key of OpenAI or of the compatible server."""
    ollama_host: str = OLLAMA_HOST
    """The Ollama server, as its own clients are told: `HOST:PORT` or an address."""
    agent_memory: Annotated[str, AfterValidator(check_agent_memory)] = "database"
    """Where the insights agent's conversations are kept: `database`, or also in a memory of
    Amazon Bedrock AgentCore, `agentcore:MEMORY_ID:REGION`, from which hosted models are given notes
    on earlier ones. `ecom67 memory create` creates one."""
    assistant_url: WebAddress = "http://127.0.0.1:8090"
    """Where Ray Serve answers for both agents and the analytics."""
    embedding_model: Annotated[str, one_of("local")] = "local"
    """Sentence embeddings: `local` is MiniLM (int8, 384 dimensions) on ONNX Runtime."""
    embedder_url: WebAddress | None = None
    """The process that embeds search queries for all others, `python -m jobs.query_embedder`.
    Unset: `make run` starts one; without one, products are found by words alone."""
    jwt_secret: SecretStr | None = None
    """Signs access tokens, and encrypts the secrets of second factors: after a new one,
    their owners sign in with a recovery code and enroll again. 32 characters or more. Made
    and kept by `make run` when unset."""
    currency: Currency = Currency.USD
    """Currency of new products and of the books."""
    time_zone: TimeZone = "UTC"
    """IANA name of the zone in which the shop's days begin: `Europe/Berlin`. Figures by day,
    week or month are of that zone, where a question names no other."""
    week_start: WeekStart = WeekStart.MONDAY
    """On which weekday weeks begin in figures: `monday`, as by ISO 8601, `sunday` or
    `saturday`. A question may name another."""
    tax_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(8)
    """Added to every cart."""
    tax_table: Annotated[Table, AfterValidator(check_taxes)] = {}
    """Percent by country or country and state, over TAX_PERCENT: `US-CA=7.25, DE=19`.
    `Germany`, `Deutschland`, `DEU` or `US-California` may be written too, here and in an
    address; the states of countries such as the UK, of which no list is known, are
    compared as they are written."""
    analytics_memory_mb: Annotated[int, Field(ge=512)] = 2048
    """Memory that a query of figures, or the rendering of a report, may take, in MB; two queries
    and one report run at a time. What needs more is refused."""
    log_level: LogLevel = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    @model_validator(mode="after")
    def _secret_is_long(self) -> Self:
        if (
            self.jwt_secret is not None
            and len(self.jwt_secret.get_secret_value()) < MIN_SECRET_LENGTH
        ):
            msg = f"JWT_SECRET must have {MIN_SECRET_LENGTH} characters or more"
            raise ValueError(msg)
        return self

    @property
    def chat_history_limit(self) -> int:
        """How many messages of a conversation the agent is given."""
        return {"development": 10, "staging": 15, "production": 20}[self.stage]

    @property
    def tool_timeout_s(self) -> int:
        return {"development": 15, "staging": 20, "production": 25}[self.stage]

    def require_database_url(self) -> str:
        if self.database_url is None:
            raise WrongSetting(NOT_RUNNING.format("DATABASE_URL"))
        return self.database_url

    @property
    def absolute_storage_url(self) -> str:
        """`STORAGE_URL`, which other processes understand without these settings."""
        if self.storage_url.startswith("file:"):
            return f"file:{self.resolve_path(self.storage_url)}"
        return self.storage_url

    def resolve_path(self, file_url: str) -> Path:
        """The folder of a `file:` address; a relative one counts from the project, and
        `var/…` from `VAR_DIR`."""
        path = Path(file_url.removeprefix("file:").removeprefix("//"))
        if path.parts[:1] == ("var",):
            return self.var_dir.joinpath(*path.parts[1:])
        return path if path.is_absolute() else PROJECT_ROOT / path

    def require_jwt_secret(self) -> str:
        if self.jwt_secret is None:
            raise WrongSetting(NOT_RUNNING.format("JWT_SECRET"))
        return self.jwt_secret.get_secret_value()


class Settings(BaseSettings, AgentSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True)

    # Parts
    redis_url: Annotated[str, one_of("redis://", "rediss://")] | None = None
    """Valkey or Redis 7+ for queues and limits. Unset: `make run` starts the embedded one."""
    mail_url: Annotated[str, one_of("file:", "smtp://", "smtps://", "ses://")] = (
        "file:var/mail"
    )
    """Outgoing mail: `file:PATH` (one `.eml` each), `smtp://user:pass@host:port`, `ses://region`."""
    stripe_api_key: SecretStr | None = None
    """Stripe secret key. Unset: `make run` starts the simulator."""
    stripe_webhook_secret: SecretStr | None = None
    """What Stripe signs its webhooks with (`whsec_…`)."""
    stripe_api_base: WebAddress | None = None
    """Another address than Stripe's own; set by `make run` to the simulator's."""
    ray_address: str | None = None
    """A running Ray cluster (`ray://…` or `host:port`). Unset: `make run` starts a head node."""
    ray_api_server_address: WebAddress | None = None
    """Dashboard and Jobs API of that cluster, to which batch jobs are submitted. Unset: at
    RAY_DASHBOARD_PORT of RAY_ADDRESS's host."""
    ray_auth_token_path: Path | None = None
    """File with the token that the cluster asks for. Unset: `var/ray/token`."""
    identity: Annotated[str, AfterValidator(check_identity)] = "local"
    """Whose tokens are accepted: `local` (our own), or beside them those of an Amazon
    Cognito user pool, `cognito:POOL_ID:CLIENT_ID:REGION`."""

    # Secrets
    secrets: str = "environment"
    """`environment` (with `.env`), or `aws-secretsmanager:PREFIX`: each secret
    `PREFIX/NAME` is the setting NAME, unless the environment says it itself."""

    # Limits of access
    auth_requests_per_minute: Annotated[int, Field(ge=1)] = 60
    """Calls a minute that one client address has at each endpoint of `/auth` that needs
    no token."""
    chat_connections_per_account: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Chats that an account has open at once, with both agents and over all web processes."""
    chat_messages_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Messages a minute of an account, in all of its chats: more than a person types."""
    token_requests_per_minute: Annotated[int, Field(ge=1)] = 600
    """Calls a minute that each API token has."""
    webhooks_to_private_addresses: bool = False
    """Let webhooks of integrators go to this machine and to private networks, as on a laptop or
    where receivers stand beside the shop. The clouds' metadata services are never called."""
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    """Proxies and load balancers before the web server, each of which adds the address it
    was called from to `X-Forwarded-For`. With a wrong number clients can lie about theirs."""

    # Addresses of what `make run` starts
    host: str = LOOPBACK
    """Interface of the web server; `0.0.0.0` is every one. All other parts that `make run`
    starts listen on loopback, but Ray: see docs/security.md."""
    port: Port = 8080
    """Web: API, sockets, documentation."""
    serve_host: str = LOOPBACK
    """Interface of Ray Serve on its nodes; `0.0.0.0` where web servers are other machines."""
    serve_port: Port = 8090
    """Ray Serve, both agents and the analytics."""
    ray_port: Port = 8266
    """Ray's own cluster address (GCS). It and about ten more of Ray's ports, most with numbers
    that the system chooses, listen on every interface: have the firewall close all but PORT."""
    ray_dashboard_port: Port = 8265
    """Ray dashboard and Jobs API."""
    postgres_port: Port = 54329
    """Embedded PostgreSQL."""
    valkey_port: Port = 63799
    """Embedded Valkey."""
    stripe_simulator_port: Port = 12111
    """Stripe simulator."""
    embedder_host: str = LOOPBACK
    """Interface of the embedder of queries; another one where web servers are other machines. It
    asks for no password: let only them reach it."""
    embedder_port: Port = 8091
    """Embedder of queries."""
    disabled_parts: str | None = None
    """Parts that are not started though nothing replaces them, by their names in
    `ecom67 status`: `ray, agents, demo data`."""
    public_url: WebAddress | None = None
    """The address customers use, for links in mails. Unset: http://HOST:PORT, with
    127.0.0.1 for every interface."""

    # Sizes
    web_workers: Annotated[int, Field(ge=1, le=64)] = 2
    """gunicorn processes that `ecom67 run` starts."""
    web_threads: Annotated[int, Field(ge=1, le=512)] = 32
    """Requests that each of them computes at once."""
    web_connections: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000
    """Connections that each of them holds, idle ones included."""
    web_connections_per_address: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    """Connections of one address (IPv6: of one /64) that each of them holds; 0: any number.
    With TRUSTED_PROXIES, requests at once and open chats of one address they name."""
    web_sockets: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Open chats that each of them holds."""
    worker_processes: Annotated[int, Field(ge=1, le=64)] = 2
    """RQ workers that `ecom67 run` starts."""
    background_lag_seconds: Annotated[float, Field(ge=1, le=3600)] = 3
    """How long the work that follows an order (its confirmation, webhooks of integrators) may wait
    while shoppers keep the processors busy. After that it competes with them: more seconds let a
    rush of minutes order faster and be confirmed later."""
    agent_replicas: Annotated[int, Field(ge=1, le=64)] = 1
    """Replicas of each agent on the Ray cluster that are always there; each answers up to 32 turns
    at once."""
    agent_replicas_max: Annotated[int, Field(ge=1, le=64)] | None = None
    """Replicas of each agent while many turns run at once. Unset: 4, or AGENT_REPLICAS if more."""
    analytics_replicas_max: Annotated[int, Field(ge=1, le=64)] = 1
    """Replicas of the analytics while many queries run at once, on a cluster of several nodes. Each
    computes two at once, with all processors of its node and ANALYTICS_MEMORY_MB."""

    # The shop
    exchange_rates: Table = {
        "EUR": Decimal("0.92"),
        "GBP": Decimal("0.79"),
        "AUD": Decimal("1.52"),
        "CAD": Decimal("1.37"),
    }
    """Units of each currency for one of CURRENCY: `EUR=0.92, GBP=0.79`."""
    review_threshold: Annotated[int, Field(ge=0, le=101)] = 60
    """Risk score (0 to 100) from which a paid order waits for an admin; 101 never."""
    hold_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long stock is held for an order that is not paid yet."""
    low_stock_threshold: Annotated[int, Field(ge=0, le=1_000_000)] = 5
    """Admins are notified when a sale leaves so many units of a variant, or fewer."""
    high_value_threshold: Annotated[
        Decimal, Field(ge=0, le=Decimal("99999999.99"), decimal_places=2)
    ] = Decimal(1000)
    """Admins are notified of a paid order that is worth this much of CURRENCY, or more."""
    chat_retention_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long a conversation in which nothing is said is kept."""
    report_retention_days: Annotated[int, Field(ge=1, le=3650)] = 400
    """How long the runs of reports are kept, with their files."""
    dataset_export_hours: Annotated[int, Field(ge=0, le=168)] = 24
    """How often the dataset is exported, by a batch job of the Ray cluster (docs/dataset.md). A
    deleted account is gone from its files after so many hours. 0: only by hand."""
    mail_from: str = "E-Com67 <shop@example.com>"
    """Sender of every mail."""

    # Operation
    debug: bool | None = None
    """Say in an error what broke inside. Unset: on, but not in production."""
    cors_origins: Annotated[str, AfterValidator(check_origins)] = "*"
    """Origins a browser may call the API from, separated by commas; exact ones, no patterns.
    `*` is any, and not for production."""

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.most_agent_replicas < self.agent_replicas:
            msg = "AGENT_REPLICAS_MAX must not be less than AGENT_REPLICAS"
            raise ValueError(msg)
        return self

    @classmethod
    def load(cls, *, read_platform_env: bool = True, **overrides: object) -> Self:
        """Read the environment. Raises `WrongSetting` with one sentence a wrong setting.

        Whoever starts a platform reads without what an earlier one has written
        (`read_platform_env=False`).
        """
        files = [PROJECT_ROOT / ".env"]
        try:
            first = _First()
            if read_platform_env:
                files.insert(0, first.var_dir / PLATFORM_ENV)
            kept_elsewhere = _load_secrets(first)
            refuse_renamed(files[-1], kept_elsewhere)
            settings = cls(_env_file=files, **(kept_elsewhere | overrides))  # type: ignore[arg-type]
        except ValidationError as problem:
            raise WrongSetting(_explain_problem(problem)) from None
        settings.refuse_unsafe_production()
        return settings

    def refuse_unsafe_production(self) -> None:
        """Raises `WrongSetting` with all that production must not run with, and its remedies."""
        if self.stage is not Stage.PRODUCTION:
            return
        wanted = {
            "DATABASE_URL": self.database_url is None,
            "REDIS_URL": self.redis_url is None,
            "JWT_SECRET": self.jwt_secret is None,
            "STRIPE_API_KEY": self.stripe_api_key is None,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret is None,
            "SEARCH_URL": self.search_url.startswith("embedded:"),
            "STORAGE_URL": self.storage_url.startswith("file:"),
            "MAIL_URL": self.mail_url.startswith("file:"),
            "RAY_ADDRESS": self.ray_address is None,
            "ASSISTANT_URL": "assistant_url" not in self.model_fields_set,
            "PUBLIC_URL": self.public_url is None,
            "MAIL_FROM": "mail_from" not in self.model_fields_set,
            "CORS_ORIGINS": "*" in self.origins,
        }
        problems = [
            f"{name}: has the default of a laptop; set it"
            for name, absent in wanted.items()
            if absent
        ]
        problems += self._list_unsafe_values()
        if problems:
            raise WrongSetting("STAGE=production refuses " + "; ".join(problems))

    def _list_unsafe_values(self) -> list[str]:
        """Each with its setting and its remedy."""
        return [
            f"{name}: {problem}"
            for name, problems in {
                "DATABASE_URL": list_postgres_problems(
                    self.database_url or "", os.environ
                ),
                "REDIS_URL": list_redis_problems(self.redis_url or "redis:"),
                "JWT_SECRET": self._list_signing_problems(),
                "STRIPE_API_KEY": self._list_payment_problems(),
                "STRIPE_WEBHOOK_SECRET": self._list_webhook_problems(),
                "STRIPE_API_BASE": []
                if self.stripe_api_base is None
                else ["payments must reach Stripe itself; unset it"],
                "SEARCH_URL": list_http_problems(self.search_url),
                "PUBLIC_URL": self._list_public_address_problems(),
                "CORS_ORIGINS": [
                    f"{origin} can be replaced on the way; use https://"
                    for origin in self.origins
                    if origin.startswith("http:")
                ],
                "DEBUG": ["shows what broke inside; unset it"] if self.debug else [],
            }.items()
            for problem in problems
        ]

    def _list_public_address_problems(self) -> list[str]:
        if self.public_url is None:
            return []
        problems = []
        if not self.has_tls_site:
            problems.append(
                "is http://, so tokens could be read on the way; use https://"
            )
        if is_only_of_this_machine(self.site):
            problems.append("leads customers to their own machine; use the shop's name")
        return problems

    def _list_signing_problems(self) -> list[str]:
        secret = self.jwt_secret.get_secret_value() if self.jwt_secret else None
        if secret and is_guessable(secret, guesses_log10=KEY_GUESSES_LOG10):
            return ["can be guessed; use the output of `openssl rand -hex 32`"]
        return []

    def _list_payment_problems(self) -> list[str]:
        key = self.stripe_api_key.get_secret_value() if self.stripe_api_key else None
        if key is None or key.startswith(LIVE_STRIPE_KEYS):
            return []
        return [
            "is no live key, so nobody would pay; use one that begins with sk_live_"
        ]

    def _list_webhook_problems(self) -> list[str]:
        given = self.stripe_webhook_secret
        if given is None:
            return []
        secret = given.get_secret_value().removeprefix(WEBHOOK_SECRET_PREFIX)
        if not is_guessable(secret, guesses_log10=KEY_GUESSES_LOG10):
            return []
        return ["can be guessed, and payments forged; use the endpoint's own of Stripe"]

    @property
    def demands_second_factor(self) -> bool:
        """Whether admins can do nothing without one."""
        return self.stage is Stage.PRODUCTION

    @property
    def shows_debug(self) -> bool:
        return self.stage is not Stage.PRODUCTION if self.debug is None else self.debug

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",")]

    @property
    def site(self) -> str:
        return self.public_url or self.web_address

    @property
    def has_tls_site(self) -> bool:
        """Whether customers reach the shop over TLS, at a front if not here."""
        return self.site.startswith("https:")

    @property
    def web_address(self) -> str:
        """Where this machine reaches the web server that it runs."""
        return local_address(self.host, self.port)

    @property
    def ray_jobs_address(self) -> str | None:
        """Of the dashboard and the Jobs API; a head node of this machine has them on loopback."""
        if self.ray_address is None:
            return self.ray_api_server_address
        address = self.ray_address
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        reachable = LOOPBACK if host.startswith("127.") else host
        default = f"http://{format_netloc(reachable, self.ray_dashboard_port)}"
        return self.ray_api_server_address or default

    @property
    def ray_token_file(self) -> Path:
        return self.ray_auth_token_path or self.var_dir / "ray" / "token"

    @property
    def most_agent_replicas(self) -> int:
        if self.agent_replicas_max is None:
            return max(self.agent_replicas, DEFAULT_MOST_REPLICAS)
        return self.agent_replicas_max

    @property
    def serve_address(self) -> str:
        """Where this machine reaches the Ray Serve that it runs."""
        return local_address(self.serve_host, self.serve_port)

    @property
    def embedder_address(self) -> str:
        """Where this machine reaches the embedder of queries that it runs."""
        return local_address(self.embedder_host, self.embedder_port)

    def require_redis_url(self) -> str:
        if self.redis_url is None:
            raise WrongSetting(NOT_RUNNING.format("REDIS_URL"))
        return self.redis_url


class _First(BaseSettings):
    """The settings that say where the others are read from."""

    model_config = SettingsConfigDict(extra="ignore", env_file=PROJECT_ROOT / ".env")
    var_dir: Path = PROJECT_ROOT / "var"
    secrets: Annotated[str, one_of("environment", AWS_SCHEME)] = "environment"


def _load_secrets(first: _First) -> dict[str, str]:
    try:
        return load_secrets(first.secrets)
    except SecretsUnavailable as problem:
        raise WrongSetting(str(problem)) from problem


def refuse_renamed(env_file: Path, secrets: Mapping[str, str]) -> None:
    """Raises `WrongSetting` for a name of an earlier version: ignoring it would put the
    default in the place of what was set."""
    found = {}
    for source, values in (
        ("the environment", os.environ),
        (str(env_file), dotenv_values(env_file)),
        ("the secrets", secrets),
    ):
        for name, value in values.items():
            if value and name.upper() in RENAMED:
                found[name.upper()] = source
    if found:
        raise WrongSetting(
            "; ".join(
                f"{name} is now called {RENAMED[name]}: rename it in {source}"
                for name, source in sorted(found.items())
            )
        )


def _explain_problem(problem: ValidationError) -> str:
    sentences = []
    for error in problem.errors(include_url=False):
        name = ".".join(str(part).upper() for part in error["loc"]) or "The settings"
        reason = error["msg"].removeprefix("Value error, ")
        sentences.append(f"{name}: {reason}" if error["loc"] else reason)
    return "; ".join(sentences)
