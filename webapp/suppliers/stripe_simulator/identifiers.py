"""Identifiers as Stripe makes them: a prefix that tells the kind, then random letters."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, *, length: int = 24) -> str:
    return f"{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(length))
