"""Builds forged tokens that each violate one rule, and decodes valid ones."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


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
