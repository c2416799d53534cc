"""The demo's passwords: made once, kept, and nobody else's to read."""

import json
import stat
from pathlib import Path

from webapp.accounts.passwords import check_policy
from webapp.devtools.demo.accounts import DRAFT, FINAL, passwords, publish


def test_passwords_are_good_enough_for_the_shop(tmp_path: Path) -> None:
    for password in passwords(tmp_path).values():
        check_policy(password)


def test_every_demo_has_its_own(tmp_path: Path) -> None:
    assert passwords(tmp_path / "one") != passwords(tmp_path / "other")


def test_they_are_published_only_when_the_accounts_exist(tmp_path: Path) -> None:
    made = passwords(tmp_path)
    assert not (tmp_path / FINAL).exists()

    publish(tmp_path)

    assert json.loads((tmp_path / FINAL).read_text()) == {
        "customer": {"email": "customer@example.com", "password": made["customer"]},
        "admin": {"email": "admin@example.com", "password": made["admin"]},
    }
    assert not (tmp_path / DRAFT).exists()


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    passwords(tmp_path)
    before = stat.S_IMODE((tmp_path / DRAFT).stat().st_mode)
    publish(tmp_path)
    after = stat.S_IMODE((tmp_path / FINAL).stat().st_mode)

    assert (before, after) == (0o600, 0o600)


def test_an_interrupted_start_keeps_them(tmp_path: Path) -> None:
    made = passwords(tmp_path)

    assert passwords(tmp_path) == made


def test_a_new_database_keeps_them(tmp_path: Path) -> None:
    made = passwords(tmp_path)
    publish(tmp_path)

    assert passwords(tmp_path) == made
    assert not (tmp_path / DRAFT).exists()


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    passwords(tmp_path)
    publish(tmp_path)
    before = (tmp_path / FINAL).read_bytes()

    publish(tmp_path)

    assert (tmp_path / FINAL).read_bytes() == before
