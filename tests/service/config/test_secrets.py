"""Settings from AWS Secrets Manager, faked by moto over HTTP."""

from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from webapp.config import Settings, WrongSetting

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def secrets_manager(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "SECRETS": "aws-secretsmanager:shop/live",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("JWT_SECRET", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    httpx.post(f"{moto}/moto-api/reset")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="shop/live/JWT_SECRET", SecretString=SECRET)
    client.create_secret(Name="shop/live/STRIPE_API_KEY", SecretString="sk_test_aws")
    client.create_secret(Name="other/shop/live/JWT_SECRET", SecretString="not ours")


@pytest.mark.usefixtures("secrets_manager")
def test_secrets_are_settings() -> None:
    settings = Settings.load(read_platform_env=False)

    assert settings.require_jwt_secret() == SECRET
    assert settings.stripe_api_key is not None
    assert settings.stripe_api_key.get_secret_value() == "sk_test_aws"


@pytest.mark.usefixtures("secrets_manager")
def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET[::-1])

    assert Settings.load(read_platform_env=False).require_jwt_secret() == SECRET[::-1]


@pytest.mark.usefixtures("secrets_manager")
def test_a_prefix_without_secrets_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRETS", "aws-secretsmanager:nowhere")

    with pytest.raises(WrongSetting, match="nowhere/"):
        Settings.load(read_platform_env=False)
