"""HTTP client of the health checks: GET a JSON object."""

from typing import Any

import httpx

from webapp.devtools.supervisor.errors import Unhealthy
from webapp.kit.tls import trusted_certificates

TIMEOUT_S = 5


def fetch_json(address: str, path: str, *, token: str = "") -> dict[str, Any]:
    """The JSON object of the response. Raises `Unhealthy`."""
    try:
        response = httpx.get(
            f"{address}{path}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_S,
            verify=trusted_certificates(),
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unhealthy(f"no answer at {address}: {error}") from error
    if response.is_error:
        raise Unhealthy(f"{address} answers with {response.status_code}")
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unhealthy(f"something else answers at {address}")
    return body
