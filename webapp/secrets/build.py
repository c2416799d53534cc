"""Chooses by `SECRETS` where secret settings are read from."""

from importlib import import_module

from webapp.secrets.port import AWS_SCHEME, override_from_environment


def load_secrets(address: str) -> dict[str, str]:
    """Secrets by lower-case setting name; none for `environment`. Raises `SecretsUnavailable`."""
    if not address.startswith(AWS_SCHEME):
        return {}
    # Imported here: boto3 costs 10 MB and 0.3 s in every process.
    secrets = import_module("webapp.secrets.aws").read_secrets(address)
    return override_from_environment(secrets)
