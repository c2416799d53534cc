"""Builds forged tokens that each violate one rule, decodes valid ones, and creates API tokens."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from webapp.accounts import api_tokens
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope


def encode_part(part: Mapping[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_part(part: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return claims


def decode_claims(token: str) -> dict[str, Any]:
    return decode_part(token.split(".")[1])


def build_unsigned_token(claims: Mapping[str, Any], **header: str) -> str:
    """`alg: none`, which some libraries once accepted."""
    return (
        f"{encode_part({'alg': 'none', 'typ': 'JWT'} | header)}.{encode_part(claims)}."
    )


def build_hmac_token(claims: Mapping[str, Any], key: bytes, **header: str) -> str:
    """HS256 with any bytes as its key, also a public key, which PyJWT would reject."""
    body = (
        f"{encode_part({'alg': 'HS256', 'typ': 'JWT'} | header)}.{encode_part(claims)}"
    )
    return f"{body}.{encode_part(hmac.digest(key, body.encode(), hashlib.sha256))}"


def tamper_token(token: str, **changed: object) -> str:
    """Replace claims and keep the signature of the original ones."""
    header, body, signature = token.split(".")
    return f"{header}.{encode_part(decode_part(body) | changed)}.{signature}"


def create_api_token(
    runtime: Runtime,
    *scopes: Scope,
    creator_id: UUID | None = None,
    expires: str = "1d",
) -> str:
    with runtime.db.unit_of_work() as session:
        return api_tokens.create_token(
            session,
            name="a program of the tests",
            scopes=scopes,
            expires=expires,
            creator_id=creator_id,
            now=utc_now(),
        ).token
