"""Whether this Python knows which addresses are private (CVE-2024-4032).

The behavior is checked and not the version, because distributions mend older ones.
"""

from collections.abc import Callable
from ipaddress import ip_address

MENDED_IN = "Python 3.11.10, 3.12.4, 3.13 or newer"
IS_GLOBAL = {
    "10.0.0.1": False,
    "100.64.0.1": False,
    "169.254.169.254": False,
    "192.0.0.9": True,
    "192.0.0.254": False,
    "64:ff9b:1::1": False,
    "2001:1::1": True,
    "2001:20::1": True,
    "2002:7f00:1::1": False,
    "::ffff:127.0.0.1": False,
    "fc00::1": False,
}
"""By IANA's registries of special-purpose addresses."""


def is_globally_reachable(address: str) -> bool:
    return ip_address(address).is_global


def list_misjudged_addresses(
    is_global: Callable[[str], bool] = is_globally_reachable,
) -> list[str]:
    return [
        address
        for address, expected in IS_GLOBAL.items()
        if is_global(address) != expected
    ]
