"""Signs a terminal client in over HTTP, as any client does."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from webapp.cli.known_devices import KnownDevices
from webapp.kit.errors import Unauthenticated, Unavailable

EMAIL, PASSWORD, CODE = "ECOM67_EMAIL", "ECOM67_PASSWORD", "ECOM67_CODE"
SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
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
    """Provides an access token and renews it before it expires.

    `ask_code` is called when the account has a second factor, once for each sign-in.
    """

    def __init__(
        self,
        site: str,
        credentials: LoginCredentials,
        devices: KnownDevices,
        *,
        ask_code: Callable[[], str],
    ) -> None:
        self._site = site
        self._url = f"{site.rstrip('/')}/api/v1/auth"
        self._credentials = credentials
        self._devices = devices
        self._ask_code = ask_code
        self._token = ""
        self._refresh_token: str | None = None
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
        """Refresh, which needs no second factor; sign in where that is not possible."""
        response = self._refresh() or self._log_in()
        if not response.is_success:
            raise Unauthenticated(_read_error_message(response))
        tokens = response.json()
        self._token = tokens["accessToken"]
        self._refresh_token = tokens["refreshToken"]
        self._expires_at = time.monotonic() + tokens["expiresIn"] - RENEWAL_MARGIN_S
        if "deviceToken" in tokens:
            self._devices.remember_token(
                self._site, self._credentials.email, tokens["deviceToken"]
            )

    def _refresh(self) -> httpx.Response | None:
        if self._refresh_token is None:
            return None
        response = self._post("refresh", {"refreshToken": self._refresh_token})
        return response if response.is_success else None

    def _log_in(self) -> httpx.Response:
        body = {
            "email": self._credentials.email,
            "password": self._credentials.password,
        }
        response = self._post("login", body)
        if _read_error_code(response) == SECOND_FACTOR_REQUIRED:
            response = self._post("login", {**body, "code": self._ask_code()})
        return response

    def _post(self, path: str, body: dict[str, str]) -> httpx.Response:
        url = f"{self._url}/{path}"
        device = self._devices.find_token(self._site, self._credentials.email)
        headers = {"X-Device": device} if device else {}
        try:
            return httpx.post(
                url, json=body, headers=headers, timeout=10, trust_env=False
            )
        except httpx.TransportError as error:
            raise Unavailable(
                f"Nothing answers at {url}; is the platform running?"
            ) from error


@dataclass
class CodePrompt:
    """Provides a code of the second factor: the given one first, as it is accepted once."""

    given: str | None = None

    def ask_code(self) -> str:
        """Raises `Unauthenticated` where there is no terminal: a message that is piped in must not
        be taken for a code."""
        code, self.given = self.given, None
        if code is not None:
            return code
        if not sys.stdin.isatty():
            raise Unauthenticated(
                f"This account has a second factor: give a code with --code or {CODE}"
            )
        typed: str = click.prompt(
            "Code of your authenticator app, or a recovery code", err=True
        )
        return typed


def _read_error_code(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None


def _read_error_message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The sign-in was answered with HTTP {response.status_code}"
