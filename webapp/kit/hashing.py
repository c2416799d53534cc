"""Argon2id password hashes, which are expensive on purpose, with bounded concurrency; and cheap
hashes: of random tokens, which nobody can guess, and with a key, of what can be guessed."""

import hashlib
import secrets
from base64 import b64encode
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# A hash takes 64 MiB: concurrent sign-ins take at most 256 MiB of a process.
MAX_CONCURRENT_HASHES = 4


class BoundedPasswordHasher:
    """Password hasher with the library's recommended cost (RFC 9106, low memory).

    The runtime holds one per process: calls beyond `MAX_CONCURRENT_HASHES` wait.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._dummy_hash = _build_dummy_hash(self._hasher)
        self._slots = BoundedSemaphore(MAX_CONCURRENT_HASHES)

    def hash(self, password: str) -> str:
        with self._slots:
            return self._hasher.hash(password)

    def verify(self, password: str, hashed: str | None) -> bool:
        """Whether the password matches; false without a hash, as for an unknown address, at the
        same cost: timing must not reveal which addresses have an account."""
        try:
            with self._slots:
                return self._hasher.verify(hashed or self._dummy_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def hash_token(token: str) -> str:
    """Hash of a random token, by which it is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_identifier(identifier: str, *, pepper: bytes) -> str:
    """A keyed hash: e-mail addresses can be guessed, so a plain hash would reveal them."""
    key = pepper[: hashlib.blake2b.MAX_KEY_SIZE]
    return hashlib.blake2b(identifier.encode(), key=key, digest_size=16).hexdigest()


def _build_dummy_hash(hasher: PasswordHasher) -> str:
    """Build a hash of no password, as expensive to verify as those of the hasher."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, tag = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${cost}${salt}${tag}"
