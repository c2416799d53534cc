"""The `deviceToken`s of sign-ins on this machine, which keep their owner from being locked out.

A file in the user's configuration folder, readable by its owner only.
"""

import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

log = structlog.get_logger()
FOLDER, FILE = "ecom67", "devices.json"


def find_config_folder() -> Path:
    """By the XDG Base Directory Specification, which ignores a relative path."""
    configured = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    home = configured if configured.is_absolute() else Path.home() / ".config"
    return home / FOLDER


class KnownDevices:
    """Device tokens by shop and account."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or find_config_folder()) / FILE

    def find_token(self, site: str, email: str) -> str | None:
        return self._read().get(_build_key(site, email))

    def remember_token(self, site: str, email: str, token: str) -> None:
        """A sign-in does not fail because its token cannot be kept."""
        tokens = self._read()
        key = _build_key(site, email)
        if tokens.get(key) == token:
            return
        try:
            self._write({**tokens, key: token})
        except OSError as error:
            log.warning("the device token was not kept", error=str(error))

    def _read(self) -> dict[str, str]:
        try:
            tokens = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(tokens, dict):
            return {}
        return {key: token for key, token in tokens.items() if isinstance(token, str)}

    def _write(self, tokens: dict[str, str]) -> None:
        """In one step, as other sign-ins may read it; a new file is its owner's only."""
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=folder, delete=False) as file:
            json.dump(tokens, file, indent=2)
        Path(file.name).replace(self._file)


def _build_key(site: str, email: str) -> str:
    return f"{site.rstrip('/')} {email.casefold()}"
