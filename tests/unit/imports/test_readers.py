import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

from webapp.imports import readers
from webapp.imports.errors import UnreadableFile
from webapp.imports.parquet import PARQUET
from webapp.imports.readers import ReadOptions, RowSource
from webapp.imports.row import Row


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def write_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read_rows(path: Path, closing: ExitStack) -> tuple[RowSource, list[Row]]:
    rows = readers.open_rows(path, closing, ReadOptions({"a", "b"}, formats=PARQUET))
    return rows, list(rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_recognized(
    tmp_path: Path, closing: ExitStack, delimiter: str
) -> None:
    content = f"a{delimiter}b\n1{delimiter}x\n".encode()

    rows, read = read_rows(write_file(tmp_path, "f.csv", content), closing)

    assert rows.columns == ("a", "b")
    assert read == [Row(2, {"a": "1", "b": "x"})]


def test_gzip_is_detected_by_content_whatever_the_name(
    tmp_path: Path, closing: ExitStack
) -> None:
    path = write_file(
        tmp_path, "export.data", gzip.compress(b'{"a": 1.10}\n\n{"a": 2}\n')
    )

    _, read = read_rows(path, closing)

    assert [(row.line, str(row.values["a"])) for row in read] == [(1, "1.10"), (3, "2")]


def test_parquet_is_read_in_order_also_gzipped(
    tmp_path: Path, closing: ExitStack
) -> None:
    plain = tmp_path / "f.parquet"
    pl.DataFrame({"a": range(5_000)}).write_parquet(plain)
    zipped = write_file(tmp_path, "f.parquet.gz", gzip.compress(plain.read_bytes()))

    for path in (plain, zipped):
        rows, read = read_rows(path, closing)
        assert [row.values["a"] for row in read] == list(range(5_000))
        assert rows.bytes_read == path.stat().st_size


def test_a_utf8_byte_order_mark_is_not_part_of_the_first_column(
    tmp_path: Path, closing: ExitStack
) -> None:
    rows, _ = read_rows(
        write_file(tmp_path, "f.csv", b"\xef\xbb\xbfa,b\n1,2\n"), closing
    )

    assert rows.columns == ("a", "b")


def test_utf16_with_a_byte_order_mark_is_read(
    tmp_path: Path, closing: ExitStack
) -> None:
    content = "a\tb\r\n1\té\r\n".encode("utf-16")

    _, read = read_rows(write_file(tmp_path, "f.txt", content), closing)

    assert read == [Row(2, {"a": "1", "b": "é"})]


def test_a_line_in_another_encoding_than_the_file_is_one_unreadable_row(
    tmp_path: Path, closing: ExitStack
) -> None:
    content = "a,b\nthé,1\nlatte,2\n".encode() + b"caf\xe9,3\n" + "crème,4\n".encode()

    rows, read = read_rows(write_file(tmp_path, "f.csv", content), closing)

    assert rows.encoding == "utf-8"
    assert [row.values.get("a") for row in read] == ["thé", "latte", None, "crème"]
    assert read[2].values == {"text": "caf\\xe9,3"}
    assert (read[2].line, (read[2].problem or "")[:12]) == (4, "is not utf-8")


def test_a_malformed_record_costs_its_own_line_only(
    tmp_path: Path, closing: ExitStack
) -> None:
    content = b'a,b\n1,"two\nlines"\n2,"open\n3,x\n4,x,y\n5,"bad"q\n6,z'

    _, read = read_rows(write_file(tmp_path, "f.csv", content), closing)

    assert [(row.line, row.values.get("a")) for row in read if not row.problem] == [
        (2, "1"),
        (4, "3"),
        (7, "6"),
    ]
    assert [(row.line, row.values) for row in read if row.problem] == [
        (3, {"text": '2,"open'}),
        (5, {"text": "4,x,y"}),
        (6, {"text": '5,"bad"q'}),
    ]


def test_a_quote_that_is_never_closed_costs_one_line(
    tmp_path: Path, closing: ExitStack
) -> None:
    others = b"".join(b"%d,x\n" % number for number in range(1_000))

    _, read = read_rows(
        write_file(tmp_path, "f.csv", b'a,b\n0,"open\n' + others), closing
    )

    assert len([row for row in read if row.problem]) == 1
    assert len(read) == 1_001


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b'{"a": NaN}', "is not JSON: NaN is not a number"),
        (b'{"a": ' + b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_line_that_is_not_a_json_object_is_one_unreadable_row(
    tmp_path: Path, closing: ExitStack, line: bytes, reason: str
) -> None:
    content = b'{"a": 1}\n' + line + b'\n{"a": 2}\n'

    _, read = read_rows(write_file(tmp_path, "f.jsonl", content), closing)

    assert [row.problem is None for row in read] == [True, False, True]
    assert (read[1].problem or "").startswith(reason)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.csv", b"", "The file is empty"),
        ("f.json", b'[{"a": 1}]', "one JSON list"),
        ("f.csv", b"a,b,a\n1,2,3\n", "names a column twice: a"),
        ("f.gz", b"\x1f\x8bnonsense", "is not a whole gzip file"),
        ("f.parquet", b"PAR1 and nothing", "The Parquet file is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, closing: ExitStack, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_rows(write_file(tmp_path, name, content), closing)


def test_the_error_for_a_truncated_gzip_names_the_last_line(
    tmp_path: Path, closing: ExitStack
) -> None:
    lines = b"".join(b'{"number": %d}\n' % (n * 7919 % 10_007) for n in range(20_000))
    path = write_file(tmp_path, "f.jsonl.gz", gzip.compress(lines)[:-2_000])

    with pytest.raises(UnreadableFile, match=r"cut off after line \d+"):
        read_rows(path, closing)


def test_a_fingerprint_depends_on_content_and_mapping(tmp_path: Path) -> None:
    first, second = (write_file(tmp_path, name, name.encode()) for name in ("a", "b"))

    assert readers.compute_fingerprint(first, "m") == readers.compute_fingerprint(
        first, "m"
    )
    assert readers.compute_fingerprint(first, "m") != readers.compute_fingerprint(
        second, "m"
    )
    assert readers.compute_fingerprint(first, "m") != readers.compute_fingerprint(
        first, "n"
    )
