"""Sends a message to a URL that an integrator has chosen, guarded against SSRF.

Such a URL may point into the shop's own network, by its host name or by what the name
resolves to later (DNS rebinding). Outside development the name is resolved once, each of its
addresses must be public, and the connection is made to an address that was checked.

One timeout covers name resolution, connection and response together.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from webapp.adapters.webhooks.port import DeliveryResult
from webapp.kit.tls import trusted_certificates

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
"""For an address, while the host has another."""
MAX_RESPONSE = 1000
NAT64 = IPv6Network("64:ff9b::/96")
# Not of the internet by IANA's registries, but public for the `ipaddress` of some versions of
# Python (CVE-2024-4032) or of all: protocol assignments, NAT64 of one's own, documentation,
# segment routing, site-local.
ALSO_PRIVATE: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    *map(IPv6Network, ("64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10")),
)
Address = IPv4Address | IPv6Address


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of the host name. Raises `OSError`."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in entries]


class _NotPublic(Exception):
    """The host name resolves to an address that is not allowed."""


class HTTPWebhookClient:
    def __init__(
        self,
        *,
        is_allowed: Callable[[Address], bool] | None,
        resolve: Callable[[str, int], list[str]] = resolve_host,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`is_allowed` checks every address that a name resolves to; `None` allows all."""
        self._is_allowed = is_allowed
        self._resolve = resolve
        self._timeout_s = timeout_s

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Never raises because of the receiver: failures and redirects are results."""
        try:
            return asyncio.run(self._post(httpx.URL(url), body, headers))
        except TimeoutError:
            return DeliveryResult(None, f"no answer within {self._timeout_s:g} seconds")
        except _NotPublic as error:
            return DeliveryResult(None, str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return DeliveryResult(
                None, f"{type(error).__name__}: {error}"[:MAX_RESPONSE]
            )

    async def _post(
        self, url: httpx.URL, body: bytes, headers: dict[str, str]
    ) -> DeliveryResult:
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        async with httpx.AsyncClient(
            verify=trusted_certificates(),
            trust_env=False,
            timeout=None,  # noqa: S113 - the deadline covers all of it
        ) as client:

            async def send_to(
                address: str, connect_timeout_s: float | None
            ) -> httpx.Response:
                # The Host header and the certificate check use the name, not the address.
                request = httpx.Request(
                    "POST",
                    url.copy_with(host=address),
                    content=body,
                    headers={
                        "Content-Type": "application/json",
                        **headers,
                        "Host": url.netloc.decode(),
                    },
                    extensions={
                        "sni_hostname": url.host,
                        "timeout": {"connect": connect_timeout_s},
                    },
                )
                return await client.send(request, stream=True)

            async with asyncio.timeout_at(deadline):
                response = await _send_to_first(
                    send_to, await self._resolve_allowed(url)
                )
            try:
                return DeliveryResult(
                    response.status_code, await _read_beginning(response, deadline)
                )
            finally:
                await response.aclose()

    async def _resolve_allowed(self, url: httpx.URL) -> list[str]:
        """Resolve the host name. Raises `_NotPublic` when an address of it is not allowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        # A separate thread: asyncio.run would wait for a thread of its own pool to finish.
        thread = ThreadPoolExecutor(1)
        try:
            addresses = await asyncio.get_running_loop().run_in_executor(
                thread, self._resolve, url.host, port
            )
        finally:
            thread.shutdown(wait=False)
        for address in addresses:
            parsed = ip_address(address.partition("%")[0])
            if self._is_allowed and not self._is_allowed(parsed):
                raise _NotPublic(
                    f"{url.host} is {address}, which is not a public address"
                )
        return addresses


async def _send_to_first(
    send_to: Callable[[str, float | None], Awaitable[httpx.Response]],
    addresses: Sequence[str],
) -> httpx.Response:
    """The response of the first address that accepts a connection."""
    *others, last = addresses
    for address in others:
        with suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await send_to(address, CONNECT_TIMEOUT_S)
    return await send_to(last, None)


def is_public(address: Address) -> bool:
    """Whether it is outside private networks, also as an IPv4 address embedded in IPv6."""
    inner: Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            inner = address.teredo[1]
    if inner is not None:
        return is_public(inner)
    is_listed = any(address in network for network in ALSO_PRIVATE)
    is_ordinary = not (address.is_multicast or address.is_reserved or is_listed)
    return address.is_global and is_ordinary


async def _read_beginning(response: httpx.Response, deadline: float) -> str:
    """At most `MAX_RESPONSE` bytes of the body, or what arrived before the deadline."""
    body = b""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= MAX_RESPONSE:
                    break
    text = body[:MAX_RESPONSE].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")
