from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from typing import Literal

from argon2 import PasswordHasher, extract_parameters

from webapp.kit.hashing import MAX_CONCURRENT_HASHES, BoundedPasswordHasher

PASSWORD = "Good-Pass1"


class Watched(PasswordHasher):
    """The real one, at its cheapest, that notes what it does."""

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


def test_a_password_is_known_by_its_hash_and_no_other_is() -> None:
    passwords = BoundedPasswordHasher(Watched())
    kept = passwords.hash(PASSWORD)

    assert PASSWORD not in kept
    assert passwords.verify(PASSWORD, kept)
    assert not passwords.verify("Another-1", kept)
    assert not passwords.verify(PASSWORD, "no hash at all")


def test_nobody_costs_one_look_at_a_hash_as_dear_as_a_real_one() -> None:
    hasher = Watched()
    passwords = BoundedPasswordHasher(hasher)

    assert not any(passwords.verify(PASSWORD, None) for _ in range(5))

    assert (hasher.hashed, len(hasher.verified)) == (0, 5)
    [made_up] = {str(verified) for verified in hasher.verified}
    assert extract_parameters(made_up) == extract_parameters(hasher.hash(PASSWORD))


def meet(count: int, *, within: float) -> bool:
    """Whether so many who each wait for all the others are let in."""
    together = Barrier(count, timeout=within)

    class Waiting(Watched):
        def verify(self, *_: object, **__: object) -> Literal[True]:
            together.wait()
            return True

    passwords = BoundedPasswordHasher(Waiting())
    with ThreadPoolExecutor(count) as pool:
        tries = [pool.submit(passwords.verify, PASSWORD, None) for _ in range(count)]
        wait(tries)
    return all(tried.exception() is None for tried in tries)


def test_only_so_many_are_hashed_at_once() -> None:
    assert meet(MAX_CONCURRENT_HASHES, within=10)
    assert not meet(MAX_CONCURRENT_HASHES + 1, within=0.3)
