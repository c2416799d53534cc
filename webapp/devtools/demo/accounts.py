"""The two demo accounts: passwords are generated once and readable only by the owner.

They are written to a draft file before the accounts are created, and the file gets its final
name after the commit: an interrupted start neither loses a password nor publishes a sign-in
that does not exist.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from webapp.accounts.passwords import generate_password

PUBLISHED_FILE = "demo-accounts.json"
DRAFT_FILE = "demo-accounts.json.new"
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class DemoAccount:
    email: str
    name: str
    groups: list[str]


CUSTOMER = DemoAccount("customer@example.com", "Robin Vale", [])
ADMIN = DemoAccount("admin@example.com", "Alex Archer", ["admin"])
ACCOUNTS = {"customer": CUSTOMER, "admin": ADMIN}


def load_or_create_passwords(var: Path) -> dict[str, str]:
    """The password of each role, as stored earlier; else generated and stored."""
    for name in (PUBLISHED_FILE, DRAFT_FILE):
        if (var / name).exists():
            stored = json.loads((var / name).read_text())
            return {role: account["password"] for role, account in stored.items()}
    passwords = {role: generate_password() for role in ACCOUNTS}
    _write_passwords(var / DRAFT_FILE, passwords)
    return passwords


def publish_accounts(var: Path) -> None:
    """Give the draft its final name, once the accounts exist."""
    if (var / DRAFT_FILE).exists():
        (var / DRAFT_FILE).replace(var / PUBLISHED_FILE)


def _write_passwords(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        role: {"email": ACCOUNTS[role].email, "password": password}
        for role, password in passwords.items()
    }
    # Created with its mode: no other user can read it at any time.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY), "w") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
