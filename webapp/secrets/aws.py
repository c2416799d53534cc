"""Reads AWS Secrets Manager; imported only if `SECRETS` selects it."""

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from webapp.secrets.port import AWS_SCHEME, SecretsUnavailable

TIMEOUT_S = 5


def read_secrets(address: str) -> dict[str, str]:
    """Every secret below the prefix of `aws-secretsmanager:PREFIX`, by setting name.

    `PREFIX/JWT_SECRET` is the setting `JWT_SECRET`. Region and credentials are found as
    boto3 finds them. Raises `SecretsUnavailable`, also when the prefix has no secrets.
    """
    prefix = address.removeprefix(AWS_SCHEME).rstrip("/") + "/"
    try:
        secrets = dict(_iter_secrets(prefix))
    except (BotoCoreError, ClientError) as error:
        raise SecretsUnavailable(f"SECRETS: {error}") from error
    if not secrets:
        raise SecretsUnavailable(
            f"SECRETS: there is no secret whose name begins with {prefix}"
        )
    return secrets


def _iter_secrets(prefix: str) -> Iterator[tuple[str, str]]:
    client: Any = boto3.client(
        "secretsmanager",
        config=Config(
            connect_timeout=TIMEOUT_S,
            read_timeout=TIMEOUT_S,
            retries={"max_attempts": 2},
        ),
    )
    # The service's filter matches words, not the beginning of the name.
    request: dict[str, Any] = {"Filters": [{"Key": "name", "Values": [prefix]}]}
    while True:
        page = client.batch_get_secret_value(**request)
        for secret in page["SecretValues"]:
            if secret["Name"].startswith(prefix) and "SecretString" in secret:
                name = secret["Name"].removeprefix(prefix)
                yield name.upper(), secret["SecretString"]
        if "NextToken" not in page:
            return
        request["NextToken"] = page["NextToken"]
