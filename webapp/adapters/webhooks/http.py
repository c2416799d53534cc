"""Sends a message to a URL that an integrator has chosen, guarded against SSRF.

Such a URL may point into the shop's own network, by its host name or by what the name
resolves to later (DNS rebinding). The name is resolved once, each of its addresses must be
public unless private ones are allowed, and the connection is made to an address that was
checked. Redirects are not followed.

One timeout covers name resolution, connection and response together.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx

from webapp.adapters.webhooks.port import DeliveryResult
from webapp.kit.network_addresses import AddressKind, classify_address
from webapp.kit.tls import trusted_certificates

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
"""For an address, while the host has another."""
MAX_RESPONSE = 1000
WEB_PORTS = {80, 443}
FIRST_UNPRIVILEGED_PORT = 1024
OPT_IN = "WEBHOOKS_TO_PRIVATE_ADDRESSES=true allows those of the shop's own network"


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of the host name. Raises `OSError`."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in entries]


class _NotAllowed(Exception):
    """The port, or an address to which the host name resolves, is not allowed."""


class HTTPWebhookClient:
    def __init__(
        self,
        *,
        allows_private: bool,
        resolve: Callable[[str, int], list[str]] = resolve_host,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allows_private = allows_private
        self._resolve = resolve
        self._timeout_s = timeout_s

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> DeliveryResult:
        """Never raises because of the receiver: failures and redirects are results."""
        try:
            return asyncio.run(self._post(httpx.URL(url), body, headers))
        except TimeoutError:
            return DeliveryResult(None, f"no answer within {self._timeout_s:g} seconds")
        except _NotAllowed as error:
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
        """Resolve the host name. Raises `_NotAllowed` for the port or an address of it."""
        default_port = 443 if url.scheme == "https" else 80
        port = default_port if url.port is None else url.port
        if port < FIRST_UNPRIVILEGED_PORT and port not in WEB_PORTS:
            raise _NotAllowed(
                f"port {port} is another service's: use 80, 443 or one from "
                f"{FIRST_UNPRIVILEGED_PORT} on"
            )
        # A separate thread: asyncio.run would wait for a thread of its own pool to finish.
        thread = ThreadPoolExecutor(1)
        try:
            addresses = await asyncio.get_running_loop().run_in_executor(
                thread, self._resolve, url.host, port
            )
        finally:
            thread.shutdown(wait=False)
        for address in addresses:
            self._require_allowed(url.host, address)
        return addresses

    def _require_allowed(self, host: str, address: str) -> None:
        """Raises `_NotAllowed`."""
        kind = classify_address(address)
        if kind is AddressKind.FORBIDDEN:
            raise _NotAllowed(f"{host} is {address}, which is never called")
        if kind is AddressKind.PRIVATE and not self._allows_private:
            raise _NotAllowed(
                f"{host} is {address}, which is not a public address; {OPT_IN}"
            )


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
