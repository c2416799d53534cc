"""How a check asks a server of HTTP something that costs nothing."""

from typing import Any

import httpx

from webapp.devtools.supervisor.errors import Unhealthy

TIMEOUT_S = 5


def fetch_json(address: str, path: str, *, token: str = "") -> dict[str, Any]:
    """The object that is answered. Raises `Ill`."""
    try:
        reply = httpx.get(
            f"{address}{path}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_S,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise Unhealthy(f"no answer at {address}: {problem}") from problem
    if reply.is_error:
        raise Unhealthy(f"{address} answers with {reply.status_code}")
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unhealthy(f"something else answers at {address}")
    return answer
