from pathlib import Path

import pytest

from webapp.devtools.supervisor.errors import DiskFull, VarUnwritable
from webapp.devtools.supervisor.preflight import (
    MB,
    require_disk_space,
    require_writable,
)


def test_the_data_folder_is_created_at_the_first_start(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "var")

    assert list((tmp_path / "a" / "var").iterdir()) == []


def test_a_folder_that_cannot_be_created_is_named_with_the_remedy(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(VarUnwritable) as error:
        require_writable(tmp_path / "file" / "var")

    assert str(error.value) == (
        f"{tmp_path}/file/var cannot be written (Not a directory): give it to this "
        "user, or choose another folder with VAR_DIR"
    )


def test_a_full_disk_is_an_error_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="has 99 MB free and 500 MB are needed"):
        require_disk_space(tmp_path, free=lambda _: 99 * MB)


def test_a_later_start_needs_less(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()

    require_disk_space(tmp_path, free=lambda _: 100 * MB)
    with pytest.raises(DiskFull):
        require_disk_space(tmp_path, free=lambda _: 99 * MB)
