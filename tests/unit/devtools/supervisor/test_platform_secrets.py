from pathlib import Path

from webapp.config import MIN_SECRET_LENGTH
from webapp.devtools.supervisor.platform_secrets import (
    SECRETS_FILE,
    load_or_create_secrets,
)


def test_secrets_are_generated_once_and_kept(tmp_path: Path) -> None:
    assert load_or_create_secrets(tmp_path) == load_or_create_secrets(tmp_path)


def test_two_platforms_have_different_secrets(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    assert (
        load_or_create_secrets(one).jwt_secret
        != load_or_create_secrets(other).jwt_secret
    )


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    load_or_create_secrets(tmp_path)

    assert (tmp_path / SECRETS_FILE).stat().st_mode & 0o777 == 0o600


def test_they_have_the_formats_that_their_users_require(tmp_path: Path) -> None:
    platform_secrets = load_or_create_secrets(tmp_path)

    assert len(platform_secrets.jwt_secret) >= MIN_SECRET_LENGTH
    assert platform_secrets.stripe_api_key.startswith("sk_test_")
    assert platform_secrets.stripe_webhook_secret.startswith("whsec_")


def test_a_secret_that_a_newer_version_needs_is_added_to_the_others(
    tmp_path: Path,
) -> None:
    before = load_or_create_secrets(tmp_path)
    file = tmp_path / SECRETS_FILE
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "RAY_" not in line))

    after = load_or_create_secrets(tmp_path)

    assert after.database_password == before.database_password
    assert after.ray_auth_token != before.ray_auth_token
    assert load_or_create_secrets(tmp_path) == after
