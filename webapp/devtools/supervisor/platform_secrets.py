"""Passwords and tokens of the embedded parts: made at the first start, then kept."""

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
    valkey_password: str
    stripe_api_key: str
    stripe_webhook_secret: str
    ray_auth_token: str


def generate_secrets() -> PlatformSecrets:
    return PlatformSecrets(
        jwt_secret=secrets.token_urlsafe(48),
        database_password=secrets.token_hex(24),
        valkey_password=secrets.token_hex(24),
        stripe_api_key=f"sk_test_{secrets.token_hex(24)}",
        stripe_webhook_secret=f"whsec_{secrets.token_hex(24)}",
        ray_auth_token=secrets.token_hex(32),
    )


def load_or_create_secrets(var: Path) -> PlatformSecrets:
    """Those of earlier starts; what is missing is made and written down first."""
    path = var / SECRETS_FILE
    known = parse_env_file(path.read_text()) if path.exists() else {}
    fresh = asdict(generate_secrets())
    values = {name: known.get(name.upper(), fresh[name]) for name in _names()}
    written = {name.upper(): value for name, value in values.items()}
    if written != known:
        write_private_file(path, format_env_file(known | written))
    return PlatformSecrets(**values)


def _names() -> list[str]:
    return [field.name for field in fields(PlatformSecrets)]
