"""Carries a message to an address that somebody else has chosen.

Such an address may be meant for the inside of our own network, by its name or by what that
name resolves to a moment later. But for development the name is resolved once, every address of
it must be public, and the connection is made to one that was looked at.

Nor may it keep us waiting: one limit holds for the name, the connection and the answer together.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from webapp.adapters.webhooks.port import DeliveryResult

TIMEOUT_S = 10.0
KEPT_OF_ANSWER = 1000
NAT64 = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


def addresses_of(host: str, port: int) -> list[str]:
    """What the name resolves to now. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class _NotPublic(Exception):
    """The message must not be sent there."""


class HTTPWebhookClient:
    def __init__(
        self,
        *,
        is_allowed: Callable[[Address], bool] | None,
        resolve: Callable[[str, int], list[str]] = addresses_of,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`allows` decides on every address that a name resolves to; `None` asks nobody."""
        self._allows = is_allowed
        self._resolve = resolve
        self._timeout_s = timeout_s

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Never raises for what the receiver does or where it is; redirects are answers."""
        try:
            return asyncio.run(self._post(httpx.URL(url), body, headers))
        except TimeoutError:
            return DeliveryResult(None, f"no answer within {self._timeout_s:g} seconds")
        except _NotPublic as refusal:
            return DeliveryResult(None, str(refusal))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as problem:
            return DeliveryResult(
                None, f"{type(problem).__name__}: {problem}"[:KEPT_OF_ANSWER]
            )

    async def _post(
        self, url: httpx.URL, body: bytes, headers: dict[str, str]
    ) -> DeliveryResult:
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        async with httpx.AsyncClient(verify=_certificates(), trust_env=False) as client:

            async def sent_to(address: str) -> httpx.Response:
                # The name stays in Host and in the certificate's check.
                request = httpx.Request(
                    "POST",
                    url.copy_with(host=address),
                    content=body,
                    headers={
                        "Content-Type": "application/json",
                        **headers,
                        "Host": url.netloc.decode(),
                    },
                    extensions={"sni_hostname": url.host},
                )
                return await client.send(request, stream=True)

            async with asyncio.timeout_at(deadline):
                answer = await _first(sent_to, await self._looked_at(url))
            try:
                return DeliveryResult(
                    answer.status_code, await _beginning(answer, deadline)
                )
            finally:
                await answer.aclose()

    async def _looked_at(self, url: httpx.URL) -> list[str]:
        """Its addresses. Raises `_NotPublic` when one of them is not allowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        # A thread of its own: asyncio would wait for the end of one of its own.
        thread = ThreadPoolExecutor(1)
        try:
            addresses = await asyncio.get_running_loop().run_in_executor(
                thread, self._resolve, url.host, port
            )
        finally:
            thread.shutdown(wait=False)
        for address in addresses:
            if self._allows and not self._allows(ip_address(address.partition("%")[0])):
                raise _NotPublic(
                    f"{url.host} is {address}, which is not a public address"
                )
        return addresses


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: that takes longer than most messages."""
    return httpx.create_ssl_context(trust_env=False)


async def _first(
    sent_to: Callable[[str], Awaitable[httpx.Response]], addresses: Sequence[str]
) -> httpx.Response:
    """The answer of the first address at which somebody listens."""
    *others, last = addresses
    for address in others:
        with suppress(httpx.ConnectError):
            return await sent_to(address)
    return await sent_to(last)


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


async def _beginning(answer: httpx.Response, deadline: float) -> str:
    """As much of the answer as is kept, or as came in time: an endless one ends here."""
    got = b""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            async for piece in answer.aiter_raw():
                got += piece
                if len(got) >= KEPT_OF_ANSWER:
                    break
    text = got[:KEPT_OF_ANSWER].decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd")
