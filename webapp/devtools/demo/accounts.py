"""The two accounts of the demo: passwords made once, readable by the owner only.

They are written down before the accounts are made, under another name, and get their own
name when the accounts are safe: a start that was interrupted neither loses a password nor
promises a sign-in that does not exist.
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
    """The password of each role: those made before, else new ones, written down."""
    for name in (PUBLISHED_FILE, DRAFT_FILE):
        if (var / name).exists():
            known = json.loads((var / name).read_text())
            return {role: account["password"] for role, account in known.items()}
    made = {role: generate_password() for role in ACCOUNTS}
    _write(var / DRAFT_FILE, made)
    return made


def publish_accounts(var: Path) -> None:
    """The accounts are there: give the file the name that people and scripts look for."""
    if (var / DRAFT_FILE).exists():
        (var / DRAFT_FILE).replace(var / PUBLISHED_FILE)


def _write(path: Path, made: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        role: {"email": ACCOUNTS[role].email, "password": password}
        for role, password in made.items()
    }
    # Created with its mode: at no moment could somebody else have read it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY), "w") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
