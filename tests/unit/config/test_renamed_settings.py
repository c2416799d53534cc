"""A setting of an earlier version is refused with its name of today, not ignored."""

from pathlib import Path

import pytest

from webapp.config import RENAMED, Settings, WrongSetting, refuse_renamed


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_renamed_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str, new: str
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv(old.lower(), "7")

    with pytest.raises(WrongSetting) as error:
        Settings.load()

    assert (
        str(error.value) == f"{old} is now called {new}: rename it in the environment"
    )


def test_an_old_env_file_is_named_with_each_of_its_settings(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=8080\nLOW_STOCK=3\nexport LEAVE_OUT='ray, agents'\n")

    with pytest.raises(WrongSetting) as error:
        refuse_renamed(env_file, {})

    assert str(error.value) == (
        f"LEAVE_OUT is now called DISABLED_PARTS: rename it in {env_file}; "
        f"LOW_STOCK is now called LOW_STOCK_THRESHOLD: rename it in {env_file}"
    )


def test_a_secret_under_an_old_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"HIGH_VALUE_THRESHOLD.*in the secrets"):
        refuse_renamed(tmp_path / ".env", {"high_value": "900"})


def test_an_empty_value_is_no_setting(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("LEAVE_OUT=\n")

    refuse_renamed(env_file, {})


def test_no_name_is_both_old_and_new() -> None:
    assert RENAMED.keys().isdisjoint(name.upper() for name in Settings.model_fields)
    assert {new.split()[0].lower() for new in RENAMED.values()} <= set(
        Settings.model_fields
    )
