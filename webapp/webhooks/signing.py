"""Signatures of webhook messages, which prove their origin and their age. Pure.

The scheme is Stripe's, so that integrators can reuse its libraries: the header is
`t=UNIX,v1=HEX[,v1=HEX]`, each an HMAC-SHA256 of `UNIX.BODY` under one secret.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

SIGNATURE_HEADER = "E-Com67-Signature"
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of each secret


def generate_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def sign(body: bytes, *, secret: str, timestamp: int) -> str:
    signed_payload = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed_payload, hashlib.sha256).hexdigest()


def build_signature_header(body: bytes, *, keys: Iterable[str], timestamp: int) -> str:
    """One signature per secret: during a rotation there are two."""
    signatures = [f"v1={sign(body, secret=key, timestamp=timestamp)}" for key in keys]
    return ",".join([f"t={timestamp}", *signatures])
