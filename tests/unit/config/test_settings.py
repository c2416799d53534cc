from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from webapp.cli.settings import render_settings_docs
from webapp.config import PROJECT_ROOT, Settings, Stage, WrongSetting

PRODUCTION = {
    "DATABASE_URL": "postgresql://shop:rT5vK2qLw9xZ@db.example/shop?sslmode=verify-full",
    "REDIS_URL": "rediss://:rT5vK2qLw9xZ@cache.example",
    "SEARCH_URL": "https://search.example",
    "STORAGE_URL": "s3://bucket/prefix",
    "MAIL_URL": "ses://eu-west-1",
    "STRIPE_API_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_8KpTz3mWq9LvXr2nYb6cHd4sGj7fNa1e",
    "RAY_ADDRESS": "ray.example:6379",
    "ASSISTANT_URL": "http://serve.example:8000",
    "PUBLIC_URL": "https://shop.example",
    "MAIL_FROM": "Shop <shop@shop.example>",
    "CORS_ORIGINS": "https://shop.example, https://admin.example",
    "JWT_SECRET": "9f86d081884c7d659a2feaa0c55ad015",
    "STAGE": "production",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


def load_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def test_development_needs_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(monkeypatch)

    assert settings.stage is Stage.DEVELOPMENT
    assert (settings.chat_history_limit, settings.tool_timeout_s) == (10, 15)
    assert settings.shows_debug


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://db/shop"),
        ("AGENT_MODEL", "gpt"),
        ("TAX_PERCENT", "-1"),
        ("STAGE", "prod"),
        ("JWT_SECRET", "short"),
        ("LOG_LEVEL", "FOO"),
        ("PUBLIC_URL", "shop.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://shop.example/?from=mail"),
        ("PUBLIC_URL", "https://shop.example:eighty"),
        ("ASSISTANT_URL", "127.0.0.1:8090"),
        ("STRIPE_API_BASE", "file:///stripe"),
        ("OPENAI_BASE_URL", "api.example/v1"),
        ("AGENT_REPLICAS", "0"),
        ("AGENT_REPLICAS", "65"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(WrongSetting) as error:
        load_settings(monkeypatch, **{name: value})

    assert str(error.value).startswith(name)
    assert "\n" not in str(error.value)


def test_hosted_models_are_addressed_by_the_names_of_their_own_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(
        monkeypatch,
        OPENAI_BASE_URL="https://models.example/v1/",
        OPENAI_API_KEY="sk-x",
        OLLAMA_HOST="ollama.example:11434",
    )

    assert settings.openai_base_url == "https://models.example/v1"
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-x"
    assert settings.ollama_host == "ollama.example:11434"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("US=725", "TAX_TABLE: US=725: a percent is a number from 0 to 100"),
        ("US=-1", "TAX_TABLE: 'US=-1' is not of the form NAME=NUMBER"),
        ("ATLANTIS=8", "TAX_TABLE: ATLANTIS is no country"),
        ("Germny=19", r"GERMNY is no country; did you mean Germany\?"),
        ("US-Californa=7", r"CALIFORNA is no state .* did you mean California\?"),
        ("Congo=8", r"CONGO may be .* \(CD\) or .* \(CG\)"),
        ("DE=19, Germany=7", "GERMANY=7: DE has 19 already"),
    ],
)
def test_an_invalid_tax_table_is_rejected(
    monkeypatch: pytest.MonkeyPatch, table: str, message: str
) -> None:
    with pytest.raises(WrongSetting, match=message):
        load_settings(monkeypatch, TAX_TABLE=table)


def test_taxes_are_keyed_by_country_and_region_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(
        monkeypatch, TAX_TABLE="usa-California=7.25, singapore=9, DE=100, Österreich=20"
    )

    assert settings.tax_table == {
        "US-CA": Decimal("7.25"),
        "SG": Decimal(9),
        "DE": Decimal(100),
        "AT": Decimal(20),
    }


@pytest.mark.parametrize("level", ["debug", "Debug", "DEBUG"])
def test_a_log_level_is_accepted_in_any_case(
    monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    assert load_settings(monkeypatch, LOG_LEVEL=level).log_level == "DEBUG"


@pytest.mark.parametrize(
    ("value", "site"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://us:me@shop.example/a/b", "https://us:me@shop.example/a/b"),
    ],
)
def test_an_address_loses_its_trailing_slash(
    monkeypatch: pytest.MonkeyPatch, value: str, site: str
) -> None:
    assert load_settings(monkeypatch, PUBLIC_URL=value).site == site


def test_a_secret_is_not_shown_when_another_setting_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(WrongSetting) as error:
        load_settings(monkeypatch, JWT_SECRET="hunter2", PORT="x")

    assert "hunter2" not in str(error.value)


def test_production_starts_when_everything_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(monkeypatch, **PRODUCTION)

    assert (settings.chat_history_limit, settings.tool_timeout_s) == (20, 25)
    assert not settings.shows_debug


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"STAGE"}))
def test_production_rejects_each_development_default(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rest = {key: value for key, value in PRODUCTION.items() if key != name}

    with pytest.raises(WrongSetting, match=name):
        load_settings(monkeypatch, **rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
        ("CORS_ORIGINS", "https://shop.example, *"),
        ("CORS_ORIGINS", "http://shop.example"),
        ("DATABASE_URL", "postgresql://shop:rT5vK2qLw9xZ@db.example/shop"),
        ("DATABASE_URL", "postgresql://u:rT5vK2qLw9xZ@db.example/s?sslmode=prefer"),
        ("DATABASE_URL", "postgresql://shop@db.example/shop?sslmode=require"),
        ("DATABASE_URL", "postgresql://u:changeme@db.example/s?sslmode=require"),
        ("DATABASE_URL", "postgresql://u@/s?host=10.0.0.7&sslmode=require"),
        ("DATABASE_URL", "postgresql://u:x@localhost,10.0.0.7/s"),
        ("REDIS_URL", "redis://:rT5vK2qLw9xZ@cache.example"),
        ("REDIS_URL", "rediss://cache.example"),
        ("REDIS_URL", "rediss://:redis@cache.example"),
        ("REDIS_URL", "rediss://:rT5vK2qLw9xZ@cache.example?ssl_cert_reqs=none"),
        ("SEARCH_URL", "http://search.example:9200"),
        ("PUBLIC_URL", "https://localhost"),
        ("PUBLIC_URL", "https://127.0.0.1:8443"),
        ("PUBLIC_URL", "http://shop.example"),
        ("STRIPE_API_KEY", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
        ("STRIPE_API_KEY", "rk_test_x"),
        ("DATABASE_URL", "postgresql://u:rT5vK2qLw9xZ@localhost/s?service=shop"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_test"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_" + 32 * "0"),
        ("JWT_SECRET", "changemechangemechangemechangeme"),
        ("JWT_SECRET", "a" * 40),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("JWT_SECRET", "supersecretjwtkeyforproduction2024!!"),
        ("JWT_SECRET", "not so secret not so secret not so secret"),
    ],
)
def test_production_rejects_development_values(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(WrongSetting, match=name):
        load_settings(monkeypatch, **{**PRODUCTION, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://shop@127.0.0.1/shop"),
        ("DATABASE_URL", "postgresql:///shop?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql://u@db.example/s?sslmode=require&sslcert=c.pem"),
        ("REDIS_URL", "redis://localhost"),
        ("REDIS_URL", "redis://[::1]:6379"),
        ("STRIPE_API_KEY", "rk_live_x"),
        ("SEARCH_URL", "http://127.0.0.1:9200"),
    ],
)
def test_production_accepts_what_is_safe_without(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    load_settings(monkeypatch, **{**PRODUCTION, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("PGHOST", "db.example"), ("PGHOSTADDR", "10.0.0.7"), ("PGSERVICE", "shop")],
)
def test_production_knows_where_the_variables_of_libpq_lead(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    here = PRODUCTION | {"DATABASE_URL": "postgresql:///shop"}
    load_settings(monkeypatch, **here)

    with pytest.raises(WrongSetting, match="DATABASE_URL: may be unencrypted"):
        load_settings(monkeypatch, **here, **{name: value})


def test_production_names_all_problems_at_once_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(WrongSetting) as error:
        load_settings(
            monkeypatch,
            STAGE="production",
            DATABASE_URL="postgresql://shop:hunter2@db.example/shop",
            STRIPE_API_KEY="sk_test_hunter2",
            JWT_SECRET="hunter2" * 5,
            PUBLIC_URL="http://shop.example",
            DEBUG="true",
        )

    message = str(error.value)
    for name in (*PRODUCTION.keys() - {"STAGE"}, "DEBUG"):
        if name != "STRIPE_WEBHOOK_SECRET":
            assert f"{name}: " in message
    assert "may be unencrypted: add ?sslmode=verify-full" in message
    assert "hunter2" not in message


def test_the_environment_overrides_the_running_platform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "platform.env").write_text(
        "DATABASE_URL=postgresql://running/shop\nREDIS_URL=redis://running\n"
    )

    settings = load_settings(monkeypatch, REDIS_URL="redis://mine")

    assert settings.database_url == "postgresql://running/shop"
    assert settings.redis_url == "redis://mine"


@pytest.mark.parametrize(
    "identity",
    ["local", "cognito:eu-west-1_AbC123:6c1example7h:eu-west-1"],
)
def test_an_identity_provider_is_accepted(
    monkeypatch: pytest.MonkeyPatch, identity: str
) -> None:
    assert load_settings(monkeypatch, IDENTITY=identity).identity == identity


@pytest.mark.parametrize(
    "identity",
    [
        "cognito",
        "cognito:eu-west-1_AbC123",
        "cognito:eu-west-1_AbC123:client",
        "cognito:eu-west-1_AbC123:client:us-east-1",
        "cognito:eu-west-1_AbC123:client:eu-west-1:more",
        "cognito:eu-west-1_AbC123/../x:client:eu-west-1",
        "localhost",
    ],
)
def test_an_incomplete_identity_provider_is_rejected(
    monkeypatch: pytest.MonkeyPatch, identity: str
) -> None:
    with pytest.raises(WrongSetting, match="IDENTITY: must be local or cognito:"):
        load_settings(monkeypatch, IDENTITY=identity)


@pytest.mark.parametrize(
    "memory",
    ["database", "agentcore:ecom67_insights-a1B2c3D4e5:eu-central-1"],
)
def test_an_agent_memory_is_accepted(
    monkeypatch: pytest.MonkeyPatch, memory: str
) -> None:
    assert load_settings(monkeypatch, AGENT_MEMORY=memory).agent_memory == memory


@pytest.mark.parametrize(
    "memory",
    [
        "agentcore",
        "agentcore:shop-a1B2c3D4e5",
        "agentcore:shop:eu-central-1",
        "agentcore:shop-a1B2c3D4e:eu-central-1",
        "agentcore:shop-a1B2c3D4e5:frankfurt",
        "agentcore:shop-a1B2c3D4e5:eu-central-1:more",
        "agentcore:../x-a1B2c3D4e5:eu-central-1",
        "bedrock:shop-a1B2c3D4e5:eu-central-1",
    ],
)
def test_an_incomplete_agent_memory_is_rejected(
    monkeypatch: pytest.MonkeyPatch, memory: str
) -> None:
    with pytest.raises(
        WrongSetting, match="AGENT_MEMORY: must be database or"
    ) as error:
        load_settings(monkeypatch, AGENT_MEMORY=memory)

    assert "`ecom67 memory create`" in str(error.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:var/mail", "{var}/mail"),
        ("file:/srv/mail", "/srv/mail"),
        ("file:///srv/mail", "/srv/mail"),
        ("file:mail", f"{PROJECT_ROOT}/mail"),
    ],
)
def test_a_file_url_resolves_to_a_path(tmp_path: Path, url: str, path: str) -> None:
    values: dict[str, Any] = {"var_dir": tmp_path}

    assert Settings(**values).resolve_path(url) == Path(path.format(var=tmp_path))


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - not bound here
        ("192.168.1.7", "http://192.168.1.7:8080"),
    ],
)
def test_links_use_an_address_at_which_the_web_server_is_reachable(
    monkeypatch: pytest.MonkeyPatch, host: str, site: str
) -> None:
    assert load_settings(monkeypatch, HOST=host).site == site


def test_the_documentation_is_current() -> None:
    assert (
        PROJECT_ROOT / "docs" / "settings.md"
    ).read_text() == render_settings_docs() + "\n"
