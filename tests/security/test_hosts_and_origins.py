"""Pages of other sites reach the API neither by a name of theirs nor by a similar origin."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.config import Settings, Stage, WrongSetting

HOSTED = {
    "public_url": "https://shop.example",
    "host": "0.0.0.0",  # noqa: S104 - not bound here
    "stage": Stage.PRODUCTION,
}
LAPTOP = {"public_url": None, "host": "127.0.0.1", "stage": Stage.DEVELOPMENT}
IN_A_LOCAL_NETWORK = LAPTOP | {"host": "0.0.0.0"}  # noqa: S104 - not bound here


@pytest.mark.parametrize(
    ("changes", "host", "path", "status"),
    [
        (HOSTED, "shop.example", "/api/docs", 200),
        (HOSTED, "SHOP.example:443", "/api/docs", 200),
        (HOSTED, "shop.example.evil.example", "/api/docs", 400),
        (HOSTED, "evil-shop.example", "/api/docs", 400),
        (HOSTED, "www.shop.example", "/api/docs", 400),
        (HOSTED, "localhost", "/api/docs", 400),
        (HOSTED, "127.0.0.1", "/api/v1/products", 400),
        (HOSTED, "evil.example", "/nowhere", 400),
        (HOSTED, "shop.example@evil.example", "/api/docs", 400),
        (HOSTED, "", "/api/docs", 400),
        (HOSTED, "10.0.3.7", "/healthz", 200),
        (HOSTED, "10.0.3.7", "/readyz", 503),
        (HOSTED, "10.0.3.7", "/api/docs", 400),
        (HOSTED | {"stage": Stage.STAGING}, "127.0.0.1:8080", "/api/docs", 200),
        (LAPTOP, "localhost:8080", "/api/docs", 200),
        (LAPTOP, "127.0.0.1:8080", "/api/docs", 200),
        (LAPTOP, "[::1]:8080", "/api/docs", 200),
        (LAPTOP, "evil.example:8080", "/api/docs", 400),
        (LAPTOP, "192.168.1.7:8080", "/api/docs", 400),
        (IN_A_LOCAL_NETWORK, "192.168.1.7:8080", "/api/docs", 200),
        (IN_A_LOCAL_NETWORK, "[fe80::1]:8080", "/api/docs", 200),
        (IN_A_LOCAL_NETWORK, "evil.example:8080", "/api/docs", 400),
    ],
)
def test_only_the_names_of_the_shop_are_answered(
    runtime: Runtime,
    create_app: AppFactory,
    changes: dict[str, Any],
    host: str,
    path: str,
    status: int,
) -> None:
    settings = runtime.settings.model_copy(update=changes)
    client = create_app(replace(runtime, settings=settings)).test_client()

    response = client.get(path, headers={"Host": host})

    assert response.status_code == status
    if status == 400:
        assert response.get_json()["error"]["code"] == "UNKNOWN_HOST"


def test_only_the_exact_origins_are_allowed(
    runtime: Runtime, create_app: AppFactory
) -> None:
    origins = "https://shop.example, https://admin.example:8443"
    settings = runtime.settings.model_copy(update={"cors_origins": origins})
    client = create_app(replace(runtime, settings=settings)).test_client()

    def ask(origin: str) -> tuple[str | None, str | None]:
        headers = client.get("/healthz", headers={"Origin": origin}).headers
        return (
            headers.get("Access-Control-Allow-Origin"),
            headers.get("Access-Control-Allow-Credentials"),
        )

    assert ask("https://shop.example") == ("https://shop.example", None)
    assert ask("https://admin.example:8443") == ("https://admin.example:8443", None)
    for other in (
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://shopxexample",
        "https://admin.example",
        "https://sub.shop.example",
        "null",
    ):
        assert ask(other) == (None, None)


@pytest.mark.parametrize(
    "origins",
    [
        "https://*.shop.example",
        r"https://.*\.shop\.example",
        "https://shop.example/",
        "https://shop.example/app",
        "shop.example",
        "https://shop.example, https://(a|b).example",
        "https://shop.example,",
        "null",
        "",
    ],
)
def test_patterns_are_no_origins(origins: str) -> None:
    with pytest.raises(ValueError, match="is no origin: name each as https://"):
        Settings.model_validate({"cors_origins": origins})


def test_a_pattern_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    monkeypatch.setenv("CORS_ORIGINS", "https://*.shop.example")

    with pytest.raises(WrongSetting, match=r"^CORS_ORIGINS: 'https://"):
        Settings.load()
