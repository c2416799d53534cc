"""Somebody else's accounts, whose tokens the shop accepts beside its own."""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol
from uuid import UUID

from webapp.config import Settings
from webapp.kit.errors import Unavailable


class UserPoolAway(Unavailable):
    code = "USER_POOL_UNAVAILABLE"


@dataclass(frozen=True)
class Member:
    """Who a verified token of the pool speaks for."""

    id: UUID
    groups: frozenset[str]
    expires_at: int
    """Unix seconds."""
    email: str | None = None
    """Only if the pool has verified it, and only from tokens that name it."""
    name: str = ""


class UserPool(Protocol):
    def issued(self, token: str) -> bool:
        """Whether the token claims to be of this pool, which proves nothing yet."""
        ...

    def verify(self, token: str) -> Member:
        """Raises `jwt.InvalidTokenError`, and `UserPoolAway` when its keys are needed
        and cannot be had."""
        ...

    def check(self) -> None:
        """Raises `UserPoolAway` when its keys cannot be had now."""
        ...


def open_user_pool(settings: Settings) -> UserPool | None:
    """`None` where only our own tokens count. Connects at first use."""
    kind, *names = settings.identity.split(":")
    if kind == "local":
        return None
    cognito = import_module("webapp.suppliers.cognito")  # boto3: 10 MB and 0.3 s
    pool: UserPool = cognito.CognitoPool(*names)
    return pool
