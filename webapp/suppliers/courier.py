"""Carries a message to an address that somebody else has chosen.

Such an address may be meant for the inside of our own network, by its name or by what that
name resolves to a moment later. In production the name is resolved once, every address of it
must be public, and the connection is made to the very address that was looked at.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from webapp.config import Settings, Stage

TIMEOUT_S = 10.0
KEPT_OF_ANSWER = 1000
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Outcome:
    """What became of a message; `status` is empty when nothing answered."""

    status: int | None
    response: str

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def addresses_of(host: str, port: int) -> list[str]:
    """What the name resolves to now. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class _NotPublic(Exception):
    """The message must not be sent there."""


class Courier:
    def __init__(
        self,
        *,
        allows: Callable[[Address], bool] | None,
        resolve: Callable[[str, int], list[str]] = addresses_of,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`allows` decides on every address that a name resolves to; `None` asks nobody."""
        self._allows = allows
        self._resolve = resolve
        self._timeout_s = timeout_s

    @classmethod
    def of(cls, settings: Settings) -> "Courier":
        return cls(allows=is_public if settings.stage is Stage.PRODUCTION else None)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """Never raises for what the receiver does or where it is; redirects are answers."""
        try:
            target = httpx.URL(url)
            extensions = {}
            sent = {"Content-Type": "application/json", **headers}
            if self._allows is not None:
                # The name stays in Host and in the certificate's check.
                sent["Host"] = target.netloc.decode()
                extensions["sni_hostname"] = target.host
                target = target.copy_with(host=self._looked_at(target))
            request = httpx.Request(
                "POST", target, content=body, headers=sent, extensions=extensions
            )
            return self._send(request)
        except _NotPublic as refusal:
            return Outcome(None, str(refusal))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as problem:
            return Outcome(
                None, f"{type(problem).__name__}: {problem}"[:KEPT_OF_ANSWER]
            )

    def _looked_at(self, url: httpx.URL) -> str:
        """The address to connect to. Raises `_NotPublic` when one of them is not allowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = self._resolve(url.host, port)
        for address in addresses:
            if self._allows and not self._allows(ip_address(address.partition("%")[0])):
                raise _NotPublic(
                    f"{url.host} is {address}, which is not a public address"
                )
        return addresses[0]

    def _send(self, request: httpx.Request) -> Outcome:
        deadline = time.monotonic() + self._timeout_s
        request.extensions["timeout"] = httpx.Timeout(self._timeout_s).as_dict()
        with httpx.Client(trust_env=False, follow_redirects=False) as client:
            answer = client.send(request, stream=True)
            try:
                return Outcome(answer.status_code, _beginning(answer, deadline))
            finally:
                answer.close()


def is_public(address: Address) -> bool:
    """Whether it leads out of our own networks, whatever form it is written in."""
    inner: Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            inner = address.teredo[1]
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _beginning(answer: httpx.Response, deadline: float) -> str:
    """As much of the answer as is kept, or as came in time: an endless one ends here."""
    got = b""
    for piece in answer.iter_raw():
        got += piece
        if len(got) >= KEPT_OF_ANSWER or time.monotonic() > deadline:
            break
    text = got[:KEPT_OF_ANSWER].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")
