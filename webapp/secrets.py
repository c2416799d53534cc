"""Settings that are secrets, from AWS Secrets Manager instead of the environment."""

import os

AWS = "aws-secretsmanager:"


class SecretsAway(Exception):
    """The secrets cannot be read; the message says why."""


def below_environment(secrets: dict[str, str]) -> dict[str, str]:
    """What the environment does not say itself, in the form of keyword arguments."""
    return {
        name.lower(): value for name, value in secrets.items() if name not in os.environ
    }
