from pathlib import Path

import pytest

from webapp.config import Settings, WrongSetting
from webapp.devtools.stripe_simulator.serve import build_command
from webapp.devtools.stripe_simulator.simulator import SimulatorOptions


def test_webhooks_go_to_the_web_process_of_the_same_settings() -> None:
    options = SimulatorOptions.from_settings(
        Settings(
            var_dir=Path("/srv/var"),
            stripe_simulator_port=12_345,
            port=8_081,
            stripe_api_key="sk_test_1",
            stripe_webhook_secret="whsec_1",
        )
    )

    assert options == SimulatorOptions(
        path=Path("/srv/var/stripe/simulator.sqlite3"),
        port=12_345,
        api_key="sk_test_1",
        webhook_url="http://127.0.0.1:8081/api/v1/payment/webhook",
        webhook_secret="whsec_1",
    )
    assert options.address == "http://127.0.0.1:12345"


def test_webhooks_to_a_web_process_on_every_interface_go_to_loopback() -> None:
    options = SimulatorOptions.from_settings(
        Settings(stripe_api_key="sk_test_1", host="0.0.0.0")  # noqa: S104
    )

    assert options.webhook_url == "http://127.0.0.1:8080/api/v1/payment/webhook"


def test_options_without_an_api_key_are_rejected() -> None:
    with pytest.raises(WrongSetting, match="STRIPE_API_KEY"):
        SimulatorOptions.from_settings(Settings(stripe_api_key=None))


def test_the_server_listens_on_loopback_only() -> None:
    assert "127.0.0.1:12111" in build_command(12_111)
