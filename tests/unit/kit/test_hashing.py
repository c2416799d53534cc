from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from typing import Literal

from argon2 import PasswordHasher, extract_parameters

from webapp.kit.hashing import MAX_CONCURRENT_HASHES, BoundedPasswordHasher

PASSWORD = "Good-Pass1"


class RecordingArgon2Hasher(PasswordHasher):
    """The real hasher, at its lowest cost, that records its calls."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.hashed = 0
        self.verified: list[str | bytes] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)

    def verify(
        self,
        hash: str | bytes,  # noqa: A002
        password: str | bytes,
    ) -> Literal[True]:
        self.verified.append(hash)
        return super().verify(hash, password)


def test_only_the_right_password_matches_a_hash() -> None:
    passwords = BoundedPasswordHasher(RecordingArgon2Hasher())
    hashed = passwords.hash(PASSWORD)

    assert PASSWORD not in hashed
    assert passwords.verify(PASSWORD, hashed)
    assert not passwords.verify("Another-1", hashed)
    assert not passwords.verify(PASSWORD, "no hash at all")


def test_verifying_without_an_account_costs_as_much_as_with_one() -> None:
    hasher = RecordingArgon2Hasher()
    passwords = BoundedPasswordHasher(hasher)

    assert not any(passwords.verify(PASSWORD, None) for _ in range(5))

    assert (hasher.hashed, len(hasher.verified)) == (0, 5)
    [dummy_hash] = {str(verified) for verified in hasher.verified}
    assert extract_parameters(dummy_hash) == extract_parameters(hasher.hash(PASSWORD))


def can_verify_at_once(count: int, *, timeout: float) -> bool:
    """Whether `count` calls, each of which waits for all the others, run at the same time."""
    barrier = Barrier(count, timeout=timeout)

    class WaitingArgon2Hasher(RecordingArgon2Hasher):
        def verify(self, *_: object, **__: object) -> Literal[True]:
            barrier.wait()
            return True

    passwords = BoundedPasswordHasher(WaitingArgon2Hasher())
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(passwords.verify, PASSWORD, None) for _ in range(count)]
        wait(calls)
    return all(call.exception() is None for call in calls)


def test_the_number_of_concurrent_hashes_is_bounded() -> None:
    assert can_verify_at_once(MAX_CONCURRENT_HASHES, timeout=10)
    assert not can_verify_at_once(MAX_CONCURRENT_HASHES + 1, timeout=0.3)
