import json
from pathlib import Path

import pytest

from webapp.imports.errors import RejectsUnwritable
from webapp.imports.rejects import Reject, RejectsFile, require_rejects_path


def lines(path: Path) -> list[int]:
    return [json.loads(line)["line"] for line in path.read_text().splitlines()]


def test_the_file_is_created_with_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "below" / "r.jsonl"

    with RejectsFile(path, keep_bytes=0) as rejects:
        assert rejects.add([]) == 0
        assert not path.exists()
        size = rejects.add([Reject(4, "no price", {"name": "Ünï \ud800"})])

    assert path.stat().st_size == size
    assert path.stat().st_mode & 0o777 == 0o600
    assert lines(path) == [4]


def test_what_was_written_after_the_last_checkpoint_is_written_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "r.jsonl"
    with RejectsFile(path, keep_bytes=0) as rejects:
        checkpointed = rejects.add([Reject(1, "r", {})])
        rejects.add([Reject(2, "r", {})])

    with RejectsFile(path, keep_bytes=checkpointed) as rejects:
        rejects.add([Reject(2, "r", {})])

    assert lines(path) == [1, 2]


def test_a_new_run_starts_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with RejectsFile(path, keep_bytes=0) as rejects:
        rejects.add([Reject(1, "r", {})])

    with RejectsFile(path, keep_bytes=0) as rejects:
        assert rejects.add([]) == 0

    assert not path.exists()


@pytest.mark.parametrize(
    "content", ["precious\n", '{"line": 1}\n', "[1]\n", "\u00e4".encode("cp1252")]
)
def test_nothing_but_rejects_of_an_earlier_import_is_replaced(
    tmp_path: Path, content: str | bytes
) -> None:
    path = tmp_path / "other.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    kept = path.read_bytes()

    for taken in (path, tmp_path, Path("/dev/null"), Path()):
        with pytest.raises(RejectsUnwritable):
            require_rejects_path(taken, source=tmp_path / "source.csv")

    assert path.read_bytes() == kept


def test_the_imported_file_is_no_place_for_its_rejects(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    with RejectsFile(source, keep_bytes=0) as rejects:
        rejects.add([Reject(1, "r", {})])
    link = tmp_path / "link"
    link.symlink_to(source)

    with pytest.raises(RejectsUnwritable):
        require_rejects_path(link, source=source)
    require_rejects_path(source, source=tmp_path)


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    rejects = RejectsFile(tmp_path / "file" / "r.jsonl", keep_bytes=0)

    with pytest.raises(RejectsUnwritable, match="cannot be written"):
        rejects.add([Reject(1, "r", {})])
