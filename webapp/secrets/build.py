"""Chooses by `SECRETS` where the settings that are secrets are read."""

from importlib import import_module

from webapp.secrets.port import AWS_SCHEME, override_from_environment


def load_secrets(address: str) -> dict[str, str]:
    """Secrets by lower-case setting name; none for `environment`. Raises `SecretsUnavailable`."""
    if not address.startswith(AWS_SCHEME):
        return {}
    # boto3 is 10 MB and 0.3 s, which every process would pay for a few settings.
    found = import_module("webapp.secrets.aws").read_secrets(address)
    return override_from_environment(found)
