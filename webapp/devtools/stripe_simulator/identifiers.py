"""Identifiers in Stripe's format: the prefix of the kind, then random hexadecimal digits."""

import secrets


def new_id(prefix: str, *, length: int = 24) -> str:
    return f"{prefix}_{secrets.token_hex(length // 2)}"
