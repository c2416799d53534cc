"""Tokens that are wrong in one way each, beside what makes them right."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def encoded(part: Mapping[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return found


def decode_claims(token: str) -> dict[str, Any]:
    return decoded(token.split(".")[1])


def build_unsigned_token(claims: Mapping[str, Any], **header: str) -> str:
    """`alg: none`, as libraries once believed it."""
    return f"{encoded({'alg': 'none', 'typ': 'JWT'} | header)}.{encoded(claims)}."


def build_hmac_token(claims: Mapping[str, Any], key: bytes, **header: str) -> str:
    """HS256 with any bytes as its key, a public key among them: PyJWT would not do it."""
    body = f"{encoded({'alg': 'HS256', 'typ': 'JWT'} | header)}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(key, body.encode(), hashlib.sha256))}"


def tamper_token(token: str, **changed: object) -> str:
    """Other claims under the signature of the true ones."""
    header, body, signature = token.split(".")
    return f"{header}.{encoded(decoded(body) | changed)}.{signature}"
