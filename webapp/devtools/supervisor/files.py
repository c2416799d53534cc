"""Owner-only files and env files. Writes are atomic: a crash leaves the old or the new."""

import os
from pathlib import Path


def write_private_file(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def format_env_file(values: dict[str, str]) -> str:
    """`NAME=value` lines; none of the platform's values needs quoting."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def parse_env_file(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
