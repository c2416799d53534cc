"""Chooses the user pool by `IDENTITY`."""

from importlib import import_module

from webapp.adapters.identity.port import UserPool
from webapp.config import Settings


def build_user_pool(settings: Settings) -> UserPool | None:
    """`None` where only the shop's own tokens are accepted. Connects at first use."""
    kind, *arguments = settings.identity.split(":")
    if kind == "local":
        return None
    # Imported here: boto3 costs 10 MB and 0.3 s.
    cognito = import_module("webapp.adapters.identity.cognito")
    pool: UserPool = cognito.CognitoUserPool(*arguments)
    return pool
