"""The demo passwords: generated once, kept, and readable only by the owner."""

import json
import stat
from pathlib import Path

from webapp.accounts.passwords import check_policy
from webapp.devtools.demo.accounts import (
    DRAFT_FILE,
    PUBLISHED_FILE,
    load_or_create_passwords,
    publish_accounts,
)


def test_passwords_meet_the_policy_of_the_shop(tmp_path: Path) -> None:
    for password in load_or_create_passwords(tmp_path).values():
        check_policy(password)


def test_every_demo_shop_has_its_own(tmp_path: Path) -> None:
    assert load_or_create_passwords(tmp_path / "one") != load_or_create_passwords(
        tmp_path / "other"
    )


def test_they_are_published_only_when_the_accounts_exist(tmp_path: Path) -> None:
    passwords = load_or_create_passwords(tmp_path)
    assert not (tmp_path / PUBLISHED_FILE).exists()

    publish_accounts(tmp_path)

    assert json.loads((tmp_path / PUBLISHED_FILE).read_text()) == {
        "customer": {
            "email": "customer@example.com",
            "password": passwords["customer"],
        },
        "admin": {"email": "admin@example.com", "password": passwords["admin"]},
    }
    assert not (tmp_path / DRAFT_FILE).exists()


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    load_or_create_passwords(tmp_path)
    before = stat.S_IMODE((tmp_path / DRAFT_FILE).stat().st_mode)
    publish_accounts(tmp_path)
    after = stat.S_IMODE((tmp_path / PUBLISHED_FILE).stat().st_mode)

    assert (before, after) == (0o600, 0o600)


def test_an_interrupted_start_keeps_them(tmp_path: Path) -> None:
    passwords = load_or_create_passwords(tmp_path)

    assert load_or_create_passwords(tmp_path) == passwords


def test_a_new_database_keeps_them(tmp_path: Path) -> None:
    passwords = load_or_create_passwords(tmp_path)
    publish_accounts(tmp_path)

    assert load_or_create_passwords(tmp_path) == passwords
    assert not (tmp_path / DRAFT_FILE).exists()


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    load_or_create_passwords(tmp_path)
    publish_accounts(tmp_path)
    before = (tmp_path / PUBLISHED_FILE).read_bytes()

    publish_accounts(tmp_path)

    assert (tmp_path / PUBLISHED_FILE).read_bytes() == before
