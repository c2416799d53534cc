"""Signs a terminal client in over HTTP, as any client does."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from webapp.cli.known_devices import KnownDevices
from webapp.kit.errors import Unauthenticated, Unavailable

EMAIL, PASSWORD = "ECOM67_EMAIL", "ECOM67_PASSWORD"
DEMO_ACCOUNTS = "demo-accounts.json"
RENEWAL_MARGIN_S = 60


@dataclass(frozen=True)
class LoginCredentials:
    email: str
    password: str


def resolve_credentials(
    email: str | None, password: str | None, *, role: str, var_dir: Path
) -> LoginCredentials:
    """The given credentials, else those of the environment, else the demo account's.

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
    """Provides an access token and renews it before it expires."""

    def __init__(
        self, site: str, credentials: LoginCredentials, devices: KnownDevices
    ) -> None:
        self._site = site
        self._url = f"{site.rstrip('/')}/api/v1/auth/login"
        self._credentials = credentials
        self._devices = devices
        self._token = ""
        self._expires_at = 0.0

    def get_token(self) -> str:
        """Raises `Unauthenticated` and `Unavailable`."""
        if time.monotonic() >= self._expires_at:
            self._renew()
        return self._token

    def invalidate(self) -> None:
        """The server rejected the token: request another at the next use."""
        self._expires_at = 0.0

    def _renew(self) -> None:
        body = {
            "email": self._credentials.email,
            "password": self._credentials.password,
        }
        device = self._devices.find_token(self._site, self._credentials.email)
        headers = {"X-Device": device} if device else {}
        try:
            response = httpx.post(
                self._url, json=body, headers=headers, timeout=10, trust_env=False
            )
        except httpx.TransportError as error:
            raise Unavailable(
                f"Nothing answers at {self._url}; is the platform running?"
            ) from error
        if not response.is_success:
            raise Unauthenticated(_read_error_message(response))
        tokens = response.json()
        self._token = tokens["accessToken"]
        self._expires_at = time.monotonic() + tokens["expiresIn"] - RENEWAL_MARGIN_S
        self._devices.remember_token(
            self._site, self._credentials.email, tokens["deviceToken"]
        )


def _read_error_message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The sign-in was answered with HTTP {response.status_code}"
