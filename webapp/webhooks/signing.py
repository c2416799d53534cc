"""How an integrator knows that a message is from this shop and not old. Pure.

As Stripe does it, so that its receivers' libraries can be reused: the header is
`t=UNIX,v1=HEX[,v1=HEX]`, each a HMAC-SHA256 of `UNIX.BODY` under one secret.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

SIGNATURE_HEADER = "E-Com67-Signature"
SECRET_PREFIX = "whsec_"  # noqa: S105 - how each secret begins


def generate_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def sign(body: bytes, *, secret: str, timestamp: int) -> str:
    signed = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def build_signature_header(body: bytes, *, keys: Iterable[str], timestamp: int) -> str:
    """One signature a secret: during a rotation there are two."""
    signatures = [f"v1={sign(body, secret=key, timestamp=timestamp)}" for key in keys]
    return ",".join([f"t={timestamp}", *signatures])
