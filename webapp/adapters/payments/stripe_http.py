"""How Stripe's SDK sends its requests: over urllib3, without what `requests` adds to it.

That was a quarter of the processor time of a charge. The SDK stays in charge of retries,
idempotency keys and errors.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import stripe
from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import HTTPError, SSLError

MAX_IDLE_CONNECTIONS = 32


class PooledClient(stripe.HTTPClient):
    """Keeps its connections, for any thread."""

    name = "urllib3"

    def __init__(self, address: str, *, timeout: Timeout) -> None:
        super().__init__()
        self._timeout = timeout
        self._pools = build_pools(address)

    def request(  # type: ignore[override]  # the SDK's own clients return bytes, too
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: str | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Returns body, status and headers. Raises `stripe.APIConnectionError`."""
        try:
            response = self._pools.urlopen(
                method.upper(),
                url,
                body=post_data,
                headers=headers,
                timeout=self._timeout,
                redirect=False,
                retries=False,
            )
        except HTTPError as error:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                f"Stripe is not reached: {error}",
                should_retry=not isinstance(error, SSLError),
            ) from error
        return response.data, response.status, response.headers

    def close(self) -> None:
        self._pools.clear()


def build_pools(address: str) -> PoolManager:
    """Pools of connections for requests to this address, through the proxy that the environment
    names for it."""
    target = urlsplit(address)
    proxy = None if proxy_bypass(target.netloc) else getproxies().get(target.scheme)
    if proxy is None:
        return PoolManager(maxsize=MAX_IDLE_CONNECTIONS, ca_certs=stripe.ca_bundle_path)
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    user, _, _ = urlsplit(proxy).netloc.rpartition("@")
    return ProxyManager(
        proxy,
        maxsize=MAX_IDLE_CONNECTIONS,
        ca_certs=stripe.ca_bundle_path,
        proxy_headers=make_headers(proxy_basic_auth=unquote(user) or None),
    )
