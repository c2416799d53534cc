"""Chooses the user pool by `IDENTITY`."""

from importlib import import_module

from webapp.adapters.identity.port import UserPool
from webapp.config import Settings


def build_user_pool(settings: Settings) -> UserPool | None:
    """`None` where only our own tokens count. Connects at first use."""
    kind, *names = settings.identity.split(":")
    if kind == "local":
        return None
    cognito = import_module(
        "webapp.adapters.identity.cognito"
    )  # boto3: 10 MB and 0.3 s
    pool: UserPool = cognito.CognitoUserPool(*names)
    return pool
