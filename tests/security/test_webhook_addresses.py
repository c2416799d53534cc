"""Webhooks go to no address that an integrator should not reach through the shop (SSRF)."""

from collections.abc import Iterator

import pytest

from tests.support.integrator import IntegratorServer, integrator_server
from webapp.adapters.webhooks.build import build_webhook_client
from webapp.adapters.webhooks.http import HTTPWebhookClient
from webapp.config import Settings, Stage
from webapp.kit.network_addresses import AddressKind, classify_address

FORBIDDEN = [
    "0.0.0.0",  # noqa: S104 - an address to be rejected
    "0.1.2.3",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::7f00:1",  # IPv4-compatible
    "::a9fe:a9fe",
    "::8.8.8.8",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:255.255.255.255",
    "::ffff:0:127.0.0.1",  # IPv4-translated
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:a00:0:100::",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
]
PRIVATE = [
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:100.64.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::c0a8:101",
    "fc00::1",
    "fd12:3456:789a::1",
]
PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.1",
    "168.63.129.17",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:93.184.215.14",
    "64:ff9b::5db8:d70e",  # NAT64, as networks without IPv4 resolve names
]


@pytest.fixture
def integrator() -> Iterator[IntegratorServer]:
    with integrator_server() as integrator:
        yield integrator


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        *((address, AddressKind.FORBIDDEN) for address in FORBIDDEN),
        *((address, AddressKind.PRIVATE) for address in PRIVATE),
        *((address, AddressKind.PUBLIC) for address in PUBLIC),
    ],
)
def test_every_address_is_of_one_kind(address: str, kind: AddressKind) -> None:
    assert classify_address(address) is kind


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ],
)
def test_private_addresses_are_called_in_no_stage_by_default(
    integrator: IntegratorServer, host: str, stage: Stage
) -> None:
    client = build_webhook_client(Settings.model_construct(stage=stage))

    result = client.post(f"http://{host}:{integrator.port}/in", b"{}", {})

    assert result.status is None
    assert "not a public address" in result.response
    assert "WEBHOOKS_TO_PRIVATE_ADDRESSES" in result.response
    assert integrator.received == []


@pytest.mark.parametrize("stage", Stage)
def test_a_setting_allows_private_addresses(
    integrator: IntegratorServer, stage: Stage
) -> None:
    settings = Settings.model_construct(stage=stage, webhooks_to_private_addresses=True)

    assert build_webhook_client(settings).post(integrator.url, b"{}", {}).accepted


@pytest.mark.parametrize("allows_private", [True, False])
@pytest.mark.parametrize("address", FORBIDDEN)
def test_metadata_services_and_the_like_are_never_called(
    integrator: IntegratorServer, address: str, *, allows_private: bool
) -> None:
    client = HTTPWebhookClient(
        allows_private=allows_private, resolve=lambda *_: ["127.0.0.1", address]
    )

    result = client.post(integrator.url, b"{}", {})

    assert result.status is None
    assert integrator.received == []
    if allows_private:
        assert f"{address}, which is never called" in result.response


def test_one_private_address_among_public_ones_is_rejected(
    integrator: IntegratorServer,
) -> None:
    client = HTTPWebhookClient(
        allows_private=False, resolve=lambda *_: ["93.184.215.14", "127.0.0.1"]
    )

    result = client.post(integrator.url, b"{}", {})

    assert "127.0.0.1, which is not a public address" in result.response


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 81, 110, 445, 1023])
def test_ports_of_other_services_are_not_called(port: int) -> None:
    client = HTTPWebhookClient(allows_private=True)

    result = client.post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert f"port {port} is another service's" in result.response


def test_the_connection_goes_to_the_address_that_was_checked(
    integrator: IntegratorServer,
) -> None:
    url = integrator.url.replace("127.0.0.1", "shop.invalid")
    resolved_names: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        resolved_names.append(host)
        return ["127.0.0.1"]

    result = HTTPWebhookClient(allows_private=True, resolve=resolve).post(
        url, b"{}", {}
    )

    assert result.accepted, result.response
    assert resolved_names == ["shop.invalid"], (
        "a second lookup could return another address"
    )
    [received] = integrator.received
    assert received.headers["Host"] == f"shop.invalid:{integrator.port}"


def test_a_redirect_is_a_result_and_is_not_followed(
    integrator: IntegratorServer,
) -> None:
    integrator.status, integrator.location = 307, integrator.url

    result = HTTPWebhookClient(allows_private=True).post(integrator.url, b"{}", {})

    assert (result.status, result.accepted) == (307, False)
    assert len(integrator.received) == 1
