"""A user pool elsewhere, whose tokens the shop accepts beside its own."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from webapp.kit.errors import Unavailable


class UserPoolUnavailable(Unavailable):
    code = "USER_POOL_UNAVAILABLE"


@dataclass(frozen=True)
class PoolMember:
    """Who a verified token of the pool speaks for."""

    id: UUID
    groups: frozenset[str]
    expires_at: int
    """Unix seconds."""
    email: str | None = None
    """Only if the pool has verified it, and only from tokens that name it."""
    name: str = ""


class UserPool(Protocol):
    def has_issued(self, token: str) -> bool:
        """Whether the token claims to be of this pool, which proves nothing yet."""
        ...

    def verify(self, token: str) -> PoolMember:
        """Raises `jwt.InvalidTokenError`, and `UserPoolAway` when its keys are needed
        and cannot be had."""
        ...

    def check(self) -> None:
        """Raises `UserPoolAway` when its keys cannot be had now."""
        ...
