"""Accepts requests to the names of this shop only.

A page of another site whose name is made to resolve to this server (DNS rebinding) is of the
same origin as the answers, so its scripts could read them; and a forged name must not get into
a cache or a log as ours.
"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, request

from webapp.config import EVERY_INTERFACE, LOOPBACK_NAMES, Settings, Stage
from webapp.kit.errors import Invalid

_HOST = re.compile(r"([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?", re.ASCII)
PROBE_PATHS = {"/healthz", "/readyz"}
"""Load balancers call these by the address of the machine; they reveal nothing."""


class UnknownHost(Invalid):
    code = "UNKNOWN_HOST"

    def __init__(self) -> None:
        super().__init__(
            "The Host header names no address of this shop: set PUBLIC_URL to the address that "
            "clients use, and let proxies pass the header on"
        )


def list_known_hosts(settings: Settings) -> set[str]:
    """Names without ports; an IPv6 address is in brackets, as in a Host header."""
    hosts = {_format_host(urlsplit(settings.site).hostname or "")}
    if settings.host not in EVERY_INTERFACE:
        hosts.add(_format_host(settings.host))
    # The Stripe simulator, too, sends its webhooks to a loopback address.
    if settings.stage is not Stage.PRODUCTION:
        hosts.update(map(_format_host, LOOPBACK_NAMES))
    return hosts


def install(app: Flask, settings: Settings) -> None:
    known = list_known_hosts(settings)
    # In a local network a laptop has addresses that no setting names. A page cannot make
    # them point elsewhere, as it can a name.
    accepts_addresses = settings.public_url is None and settings.host in EVERY_INTERFACE

    @app.before_request
    def check_host() -> None:
        if request.path in PROBE_PATHS:
            return
        parts = _HOST.fullmatch(request.headers.get("Host", "").lower())
        host = parts[1] if parts else ""
        if host not in known and not (accepts_addresses and _is_address(host)):
            raise UnknownHost


def _format_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
