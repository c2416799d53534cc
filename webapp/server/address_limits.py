"""How many connections an address has. Pure; used by one thread."""

from collections import Counter
from ipaddress import IPv6Address

from webapp.kit.network_addresses import parse_client_address

IPV6_NETWORK_BITS = 64
"""A subscriber has at least so many bits of addresses."""


class AddressLimits:
    """Counts connections by address; 0 means no limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count a connection of this address, unless it has as many as it may."""
        network = to_network(address)
        if self._limit and self._counts[network] >= self._limit:
            return False
        self._counts[network] += 1
        return True

    def leave(self, address: str) -> None:
        network = to_network(address)
        self._counts[network] -= 1
        if self._counts[network] <= 0:
            del self._counts[network]


def to_network(address: str) -> str:
    """The address, or the network of one subscriber for IPv6; text that is no address is one
    of its own."""
    parsed = parse_client_address(address)
    if not isinstance(parsed, IPv6Address):
        return address if parsed is None else str(parsed)
    return str(IPv6Address(int(parsed) >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS))
