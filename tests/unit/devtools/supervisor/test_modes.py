"""What earlier versions left readable for all users of the machine is closed at the next start."""

import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from webapp.devtools.supervisor.modes import ENTRIES, close_var_folder
from webapp.devtools.supervisor.privileges import choose_own_user


def read_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """As an earlier version left it, started with the usual umask."""
    var = tmp_path / "var"
    for name in ENTRIES:
        path = var / name
        if path.suffix:
            path.write_text("secret")
            path.chmod(0o644)
            continue
        (path / "sub").mkdir(parents=True)
        for file, mode in (("file", 0o644), ("sub/program", 0o755)):
            (path / file).write_text("secret")
            (path / file).chmod(mode)
        for folder in (path / "sub", path, var):
            folder.chmod(0o755)
    return var


def test_all_that_the_platform_wrote_becomes_owner_only(var: Path) -> None:
    close_var_folder(var, has_database=True)

    below = [
        path for name in ENTRIES for path in (var / name, *(var / name).rglob("*"))
    ]
    assert len(below) == 9 * 4 + 3
    assert {read_mode(path) & 0o077 for path in below} == {0}
    assert read_mode(var / "log" / "sub" / "program") == 0o700
    assert read_mode(var / "mail" / "file") == 0o600


def test_an_interrupted_change_is_finished(var: Path) -> None:
    (var / "mail" / "sub").chmod(0o700)
    (var / "mail" / "sub" / "program").chmod(0o700)

    close_var_folder(var, has_database=True)

    assert read_mode(var / "mail" / "file") == 0o600


def test_what_a_user_put_there_keeps_its_mode(var: Path) -> None:
    (var / "backup").mkdir(mode=0o755)
    (var / "backup" / "notes").write_text("")
    (var / "backup" / "notes").chmod(0o644)

    close_var_folder(var, has_database=True)

    assert read_mode(var / "backup" / "notes") == 0o644


def test_links_are_not_followed(var: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "file").write_text("")
    (outside / "file").chmod(0o644)
    (var / "mail" / "link").symlink_to(outside / "file")
    (var / "mail" / "folder").symlink_to(outside)
    (var / "storage").rename(var / "elsewhere")
    (var / "storage").symlink_to(outside)

    close_var_folder(var, has_database=True)

    assert (read_mode(outside), read_mode(outside / "file")) == (0o755, 0o644)


def test_pipes_and_sockets_are_left_alone(var: Path) -> None:
    os.mkfifo(var / "run" / "pipe", 0o644)

    close_var_folder(var, has_database=True)

    assert read_mode(var / "run" / "pipe") == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of others there")
def test_files_of_others_and_the_database_keep_their_modes(var: Path) -> None:
    postgres = var / "postgres"
    postgres.mkdir(mode=0o750)
    for path in (postgres, var / "mail" / "file"):
        os.chown(path, choose_own_user().uid, -1)

    close_var_folder(var, has_database=True)

    assert read_mode(postgres) == 0o750
    assert read_mode(var / "mail" / "file") == 0o644


def test_the_folder_itself_is_closed_without_a_database_in_it(var: Path) -> None:
    (var / "prove").mkdir(mode=0o755)

    close_var_folder(var, has_database=False)

    assert (read_mode(var), read_mode(var / "prove")) == (0o700, 0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root's server is another user's")
def test_the_folder_of_an_ordinary_user_is_closed(var: Path) -> None:
    close_var_folder(var, has_database=True)

    assert read_mode(var) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server is another user's")
@pytest.mark.parametrize(("above", "expected"), [(0o711, 0o711), (0o700, 0o700)])
def test_the_user_of_the_database_can_pass_through_where_it_can_get_there(
    above: int, expected: int
) -> None:
    """Where a folder above stops it, it has a capability anyway."""
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(above)
        var = Path(folder) / "var"
        var.mkdir()

        close_var_folder(var, has_database=True)

        assert read_mode(var) == expected


def test_a_folder_of_all_users_is_left_alone(var: Path) -> None:
    var.chmod(0o1777)

    close_var_folder(var, has_database=False)

    assert read_mode(var) == 0o1777
