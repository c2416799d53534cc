"""Which addresses may be called on behalf of somebody else, and who calls. Pure.

The lists are our own: what `ipaddress` calls private or global differs between patch levels of
Python, and has no opinion on the clouds' metadata services.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressKind(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    """Of this machine, or of a network in which the shop may stand."""
    FORBIDDEN = "forbidden"
    """Metadata services, which hand out credentials, and what is nobody's server."""


def _parse_networks(texts: Iterable[str]) -> Sequence[Network]:
    return [ip_network(text) for text in texts]


FORBIDDEN = _parse_networks(
    (
        "0.0.0.0/8",  # this host on this network; Linux connects it to loopback
        "100.100.100.200/32",  # metadata: Alibaba Cloud
        "168.63.129.16/32",  # metadata: Azure
        "169.254.0.0/16",  # link-local; metadata: 169.254.169.254, 169.254.170.2
        "192.0.0.0/24",  # protocol assignments; metadata: Oracle Cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments, among them Teredo, which embeds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which embeds an IPv4 address
        "3fff::/20",  # documentation
        "fd00:ec2::/32",  # metadata: Amazon Web Services
        "fd20:ce::/32",  # metadata: Google Cloud
    )
)
PRIVATE = _parse_networks(
    (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",  # unique local
    )
)
IPV6_INTERNET = IPv6Network("2000::/3")
"""All other IPv6 addresses are forbidden unless they are private: `::`, IPv4-compatible ones,
link-local `fe80::/10`, site-local `fec0::/10`, multicast, NAT64 prefixes of a network's own."""
NAT64 = IPv6Network("64:ff9b::/96")
_WITH_PORT = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<ipv4>[\d.]+))(?::\d+)?", re.ASCII)


def parse_client_address(text: str) -> Address | None:
    """The address of a client as a proxy writes it, some with its port (`198.51.100.7:4711`,
    `[2001:db8::7]:4711`); one that is IPv4 within IPv6 as its IPv4 address. `None` for text that
    is no address, such as that of a Unix socket."""
    parts = _WITH_PORT.fullmatch(text)
    address = (parts["ipv6"] or parts["ipv4"]) if parts else text
    try:
        return _extract_ipv4(ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def classify_address(address: str) -> AddressKind:
    """What the address is; one that is IPv4 within IPv6 is what its IPv4 address is.

    Raises `ValueError` for text that is no address.
    """
    parsed = _extract_ipv4(ip_address(address.partition("%")[0]))
    if any(parsed in network for network in FORBIDDEN):
        return AddressKind.FORBIDDEN
    if any(parsed in network for network in PRIVATE):
        return AddressKind.PRIVATE
    if isinstance(parsed, IPv6Address) and parsed not in IPV6_INTERNET:
        return AddressKind.FORBIDDEN
    return AddressKind.PUBLIC


def _extract_ipv4(address: Address) -> Address:
    if not isinstance(address, IPv6Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
