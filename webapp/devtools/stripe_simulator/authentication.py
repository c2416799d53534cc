"""Authenticates callers by the one secret key and checks the API version."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.objects import API_VERSION


def authenticate_caller(headers: Mapping[str, str], *, api_key: str) -> None:
    require_key(headers, api_key=api_key)
    version = headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeApiError(
            f"Invalid Stripe API version: {version}. "
            f"This simulator supports {API_VERSION} only."
        )


def require_key(headers: Mapping[str, str], *, api_key: str) -> None:
    key = _parse_credential(headers.get("Authorization", ""))
    if key is None:
        raise StripeApiError("You did not provide an API key.", status=401)
    if not hmac.compare_digest(key.encode(), api_key.encode()):
        masked = f"{key[:8]}****" if len(key) > 12 else "****"
        raise StripeApiError(f"Invalid API Key provided: {masked}", status=401)


def _parse_credential(authorization: str) -> str | None:
    """Return the key of `Bearer KEY` or of the user name of `Basic`."""
    scheme, _, value = authorization.partition(" ")
    if scheme == "Bearer":
        return value.strip() or None
    if scheme != "Basic":
        return None
    try:
        user, _, _ = b64decode(value, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return None
    return user or None
