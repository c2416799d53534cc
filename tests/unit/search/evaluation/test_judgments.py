"""A file of judgments is read whole, or refused with the line that is wrong."""

from pathlib import Path

import pytest

from webapp.search.evaluation.judgments import BadJudgments, read_judgments


def write(folder: Path, content: str) -> Path:
    file = folder / "judgments.csv"
    file.write_text(content, encoding="utf-8")
    return file


def test_judgments_are_read_by_query(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "\ufeffquery,docid,rating,who\nlamp,1,3,ann\nlamp,2,0,ann\nlamp,1,3,bob\n"
        'nothing,3,0,ann\n"lamp, red",4,1,ann\n',
    )

    judgments = read_judgments(file)

    assert judgments.ratings == {"lamp": {"1": 3, "2": 0}, "lamp, red": {"4": 1}}
    assert judgments.unanswerable == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column query and no docid and no rating"),
        ("query,product,rating\n", "no column docid; its first line"),
        ("query,docid,rating\n", "no product that is rated above 0"),
        ("query,docid,rating\nlamp,1,0\n", "no product that is rated above 0"),
        ("query,docid,rating\nlamp,1,3\nlamp,2,9\n", "line 3: '9' is no rating"),
        ("query,docid,rating\nlamp,1,good\n", "line 2: 'good' is no rating"),
        ("query,docid,rating\nlamp,1\n", "line 2: '' is no rating"),
        ("query,docid,rating\n,1,3\n", "line 2: query and docid must not be empty"),
        ("query,docid,rating\na,1,3\na,1,2\n", "1 is rated 2 for 'a', and 3 before"),
    ],
)
def test_what_is_no_judgment_is_refused_with_its_place(
    tmp_path: Path, content: str, reason: str
) -> None:
    with pytest.raises(BadJudgments, match=reason):
        read_judgments(write(tmp_path, content))


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "latin.csv"
    file.write_bytes("query,docid,rating\ncafé,1,3\n".encode("latin-1"))

    with pytest.raises(BadJudgments, match="is not UTF-8 text"):
        read_judgments(file)
