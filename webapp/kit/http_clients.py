import httpx

from webapp.kit.tls import trusted_certificates


def build_fresh_client(address: str, *, timeout: httpx.Timeout) -> httpx.Client:
    """A client of our own servers, which opens nothing yet. Each request gets a fresh connection,
    as one that was opened before a restart of the server would lose it."""
    return httpx.Client(
        base_url=address,
        timeout=timeout,
        verify=trusted_certificates(),
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )
