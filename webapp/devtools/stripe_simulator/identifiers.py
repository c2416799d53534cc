"""Identifiers as Stripe makes them: a prefix that tells the kind, then random letters."""

import secrets


def new_id(prefix: str, *, length: int = 24) -> str:
    return f"{prefix}_{secrets.token_hex(length // 2)}"
