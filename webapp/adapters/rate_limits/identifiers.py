"""How what is counted is named in Valkey."""

import hashlib


def hash_identifier(identifier: str, *, pepper: bytes) -> str:
    """A keyed hash: e-mail addresses can be guessed, so a plain hash would reveal them."""
    key = pepper[: hashlib.blake2b.MAX_KEY_SIZE]
    return hashlib.blake2b(identifier.encode(), key=key, digest_size=16).hexdigest()
