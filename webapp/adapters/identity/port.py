"""An external user pool, whose tokens the shop accepts in addition to its own."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from webapp.kit.errors import Unavailable


class UserPoolUnavailable(Unavailable):
    code = "USER_POOL_UNAVAILABLE"


@dataclass(frozen=True)
class PoolMember:
    """The subject of a verified token of the pool."""

    id: UUID
    groups: frozenset[str]
    expires_at: int
    """Unix seconds."""
    email: str | None = None
    """Only if the pool has verified it, and only from tokens that contain it."""
    name: str = ""


class UserPool(Protocol):
    def has_issued(self, token: str) -> bool:
        """Whether the token names this pool as its issuer; the signature is not checked."""
        ...

    def verify(self, token: str) -> PoolMember:
        """Raises `jwt.InvalidTokenError`, and `UserPoolUnavailable` when its keys are needed
        and cannot be fetched."""
        ...

    def check(self) -> None:
        """Raises `UserPoolUnavailable` when its keys cannot be fetched."""
        ...
