"""Secret settings that are read from a secret store instead of the environment."""

import os

AWS_SCHEME = "aws-secretsmanager:"


class SecretsUnavailable(Exception):
    """The secrets cannot be read; the message says why."""


def override_from_environment(secrets: dict[str, str]) -> dict[str, str]:
    """Leave out secrets that the environment sets; names become keyword arguments."""
    return {
        name.lower(): value for name, value in secrets.items() if name not in os.environ
    }
