import json
from pathlib import Path

from webapp.imports.rejects import Reject, RejectsFile


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
