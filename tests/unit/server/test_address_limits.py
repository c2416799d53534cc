import pytest

from webapp.server.address_limits import AddressLimits, to_network


def test_an_address_has_so_many_connections_and_others_have_theirs() -> None:
    limits = AddressLimits(2)

    assert [limits.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limits.enter("192.0.2.2")


def test_a_connection_that_ends_makes_room() -> None:
    limits = AddressLimits(1)
    limits.enter("192.0.2.1")

    limits.leave("192.0.2.1")

    assert [limits.enter("192.0.2.1") for _ in range(2)] == [True, False]


def test_without_a_limit_any_number_may_come() -> None:
    limits = AddressLimits(0)

    assert all(limits.enter("192.0.2.1") for _ in range(1000))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::"),
        ("[]:1", "[]:1"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_subscriber_of_ipv6_has_many_addresses(address: str, network: str) -> None:
    assert to_network(address) == network
