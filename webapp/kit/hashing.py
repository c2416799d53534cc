"""Passwords are kept as Argon2id hashes, which are dear on purpose."""

import secrets
from base64 import b64encode
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Of 64 MiB each: no crowd at the door takes more than 256 MiB of a process.
MAX_CONCURRENT_HASHES = 4


class BoundedPasswordHasher:
    """Hashes with the library's recommended cost (RFC 9106, low memory).

    One for a process, which the runtime has: whoever finds `AT_ONCE` before them waits for
    a turn.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = _made_up_hash(self._hasher)
        self._turns = BoundedSemaphore(MAX_CONCURRENT_HASHES)

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, password: str, hashed: str | None) -> bool:
        """False without a hash, as of an address that nobody has, and at the same cost:
        timing must not tell."""
        try:
            with self._turns:
                return self._hasher.verify(hashed or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False


def _made_up_hash(hasher: PasswordHasher) -> str:
    """Of no password, and as dear to verify as those of the hasher."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, tag = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${cost}${salt}${tag}"
