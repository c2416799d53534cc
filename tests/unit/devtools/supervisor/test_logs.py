from io import BytesIO
from pathlib import Path

import pytest

from webapp.devtools.supervisor.logs import LAST_LINES, OutputReader, RotatingLog


def test_a_log_never_exceeds_its_size_limit(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "web.log", max_bytes=100)

    for number in range(200):
        log.write(f"line {number:03}\n".encode())

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 3
    assert max(sizes) <= 108
    assert "line 199" in "".join(path.read_text() for path in tmp_path.iterdir())


def test_a_log_that_cannot_be_written_does_not_stop_the_part(tmp_path: Path) -> None:
    shown: list[str] = []
    reader = OutputReader(
        RotatingLog(tmp_path / "no such folder" / "web.log"), shown.append
    )

    reader.drain(BytesIO(b"hello\n"))

    assert shown == ["hello"]


def test_a_full_disk_raises_no_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has a device that is always full")
    RotatingLog(Path("/dev/full")).write(b"hello\n")


def test_the_last_lines_are_kept_even_when_they_are_not_text(
    tmp_path: Path,
) -> None:
    reader = OutputReader(RotatingLog(tmp_path / "web.log"), lambda _: None)

    reader.drain(BytesIO(b"".join(b"%d\n" % n for n in range(50)) + b"\xff"))

    assert len(reader.last_lines) == LAST_LINES
    assert reader.last_lines[-1] == "\N{REPLACEMENT CHARACTER}"


def test_a_log_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "web.log")

    log.write(b"line\n")

    assert log.path.stat().st_mode & 0o077 == 0
