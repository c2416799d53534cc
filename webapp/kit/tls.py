"""TLS of outgoing HTTP connections."""

import ssl
from functools import cache

import httpx


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the authorities whose certificates are accepted, read once a process.

    Reading them takes 20 ms, longer than most requests, and each HTTP client that is built
    without a context reads them again.
    """
    return httpx.create_ssl_context(trust_env=False)
