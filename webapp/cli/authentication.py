"""Signs a terminal client in, as any client does: over HTTP."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from webapp.kit.errors import Unauthenticated, Unavailable

EMAIL, PASSWORD = "ECOM67_EMAIL", "ECOM67_PASSWORD"
DEMO_ACCOUNTS = "demo-accounts.json"
MARGIN_SECONDS = 60


@dataclass(frozen=True)
class LoginCredentials:
    email: str
    password: str


def resolve_credentials(
    email: str | None, password: str | None, *, role: str, var_dir: Path
) -> LoginCredentials:
    """What was given, else what the environment says, else the demo's account.

    Raises `Unauthenticated` when there is none.
    """
    email = email or os.environ.get(EMAIL)
    password = password or os.environ.get(PASSWORD)
    if email and password:
        return LoginCredentials(email, password)
    demo = var_dir / DEMO_ACCOUNTS
    if email or not demo.exists():
        raise Unauthenticated(
            f"Sign in with --email and --password, or {EMAIL} and {PASSWORD}"
        )
    return LoginCredentials(**json.loads(demo.read_text())[role])


class AccessTokenProvider:
    """An access token that is renewed when it runs out."""

    def __init__(self, site: str, account: LoginCredentials) -> None:
        self._url = f"{site.rstrip('/')}/api/v1/auth/login"
        self._account = account
        self._token = ""
        self._expires = 0.0

    def get_token(self) -> str:
        """Raises `Unauthenticated` and `Unavailable`."""
        if time.monotonic() >= self._expires:
            self._renew()
        return self._token

    def invalidate(self) -> None:
        """The server did not take the token: ask for another at the next use."""
        self._expires = 0.0

    def _renew(self) -> None:
        given = {"email": self._account.email, "password": self._account.password}
        try:
            reply = httpx.post(self._url, json=given, timeout=10, trust_env=False)
        except httpx.TransportError as problem:
            raise Unavailable(
                f"Nothing answers at {self._url}; is the platform running?"
            ) from problem
        if not reply.is_success:
            raise Unauthenticated(_reason(reply))
        tokens = reply.json()
        self._token = tokens["accessToken"]
        self._expires = time.monotonic() + tokens["expiresIn"] - MARGIN_SECONDS


def _reason(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The sign-in was answered with HTTP {reply.status_code}"
