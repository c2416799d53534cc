"""Passwords and tokens of the embedded servers, generated at the first start and stored."""

import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from webapp.devtools.supervisor.files import (
    format_env_file,
    parse_env_file,
    write_private_file,
)

SECRETS_FILE = "secrets.env"


@dataclass(frozen=True)
class PlatformSecrets:
    jwt_secret: str
    database_password: str
    database_superuser_password: str
    valkey_password: str
    stripe_api_key: str
    stripe_webhook_secret: str
    ray_auth_token: str


def generate_secrets() -> PlatformSecrets:
    return PlatformSecrets(
        jwt_secret=secrets.token_urlsafe(48),
        database_password=secrets.token_hex(24),
        database_superuser_password=secrets.token_hex(24),
        valkey_password=secrets.token_hex(24),
        stripe_api_key=f"sk_test_{secrets.token_hex(24)}",
        stripe_webhook_secret=f"whsec_{secrets.token_hex(24)}",
        ray_auth_token=secrets.token_hex(32),
    )


def load_or_create_secrets(var: Path) -> PlatformSecrets:
    """The secrets of earlier starts; missing ones are generated and stored first."""
    path = var / SECRETS_FILE
    stored = parse_env_file(path.read_text()) if path.exists() else {}
    generated = asdict(generate_secrets())
    values = {
        name: stored.get(name.upper(), generated[name]) for name in _secret_names()
    }
    updated = {name.upper(): value for name, value in values.items()}
    if updated != stored:
        write_private_file(path, format_env_file(stored | updated))
    return PlatformSecrets(**values)


def _secret_names() -> list[str]:
    return [field.name for field in fields(PlatformSecrets)]
