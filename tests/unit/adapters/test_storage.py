"""One contract for every storage: a folder, and a bucket of an S3 server (moto's)."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import boto3
import polars as pl
import pytest
from moto.server import ThreadedMotoServer

from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.adapters.storage.port import BadStoragePath, NotStored, Storage
from webapp.adapters.storage.s3 import S3Storage
from webapp.config import Settings
from webapp.kit.errors import Unavailable


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(s3_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return s3_address


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.slow)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "file":
        return build_storage(Settings(storage_url=f"file:{tmp_path}"))
    request.getfixturevalue("aws")
    boto3.client("s3").create_bucket(Bucket="shop")
    return build_storage(Settings(storage_url=f"s3://shop/{tmp_path.name}"))


def test_what_is_put_can_be_read_listed_and_deleted(storage: Storage) -> None:
    storage.put("orders/month=1/a.txt", b"one")
    storage.put("orders/month=2/b.txt", BytesIO(b"two"))
    storage.put("orders-old/c.txt", b"three")

    assert storage.read_bytes("orders/month=2/b.txt") == b"two"
    assert storage.list_paths("orders") == [
        "orders/month=1/a.txt",
        "orders/month=2/b.txt",
    ]
    assert len(storage.list_paths()) == 3
    storage.delete("orders/month=1/a.txt")
    storage.delete("orders/month=1/a.txt")
    assert not storage.exists("orders/month=1/a.txt")
    assert storage.exists("orders/month=2/b.txt")


def test_a_second_put_replaces_the_first(storage: Storage) -> None:
    storage.put("a", b"first")
    storage.put("a", b"second")

    with storage.open("a") as stream:
        stream.seek(3)
        assert stream.read() == b"ond"


def test_a_missing_file_is_reported_by_name(storage: Storage) -> None:
    with pytest.raises(NotStored, match="nothing/here"):
        storage.read_bytes("nothing/here")
    assert storage.list_paths("nothing") == []


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../up", "a/../../up", ".hidden", "a\\b", "a\0b", "a/.."],
)
def test_a_path_that_could_escape_is_rejected(storage: Storage, path: str) -> None:
    with pytest.raises(BadStoragePath):
        storage.put(path, b"")


def test_polars_scans_what_is_stored(storage: Storage) -> None:
    content = BytesIO()
    pl.DataFrame({"n": [1, 2]}).write_parquet(content)
    content.seek(0)
    storage.put("numbers/part-0.parquet", content)

    scanned = pl.scan_parquet(
        storage.uri("numbers/*.parquet"), storage_options=storage.scan_options
    )

    assert scanned.collect()["n"].to_list() == [1, 2]


@pytest.mark.parametrize("folders", [20, 50_000])
def test_a_path_that_no_bucket_could_have_is_rejected(
    tmp_path: Path, folders: int
) -> None:
    with pytest.raises(BadStoragePath):
        FileSystemStorage(tmp_path).read_bytes(f"{'a' * 100}/" * folders + "a")


def test_a_symbolic_link_cannot_escape(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to(tmp_path)

    with pytest.raises(BadStoragePath):
        FileSystemStorage(tmp_path / "in").put("out/secret", b"")


def test_a_symbolic_link_within_the_storage_is_followed(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path)
    storage.put("moved/file", b"content")
    (tmp_path / "old").symlink_to(tmp_path / "moved")

    assert storage.read_bytes("old/file") == b"content"
    assert storage.uri("old/file") == storage.uri("moved/file")


class Broken(BytesIO):
    def read(self, _: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError(28, os.strerror(28))
        return super().read(4)


def test_a_partial_file_is_never_visible(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path)
    storage.put("a", b"whole")

    with pytest.raises(OSError, match="No space left"):
        storage.put("a", Broken(b"half of it"))

    assert storage.read_bytes("a") == b"whole"
    assert list((tmp_path / ".incoming").iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("aws")
def test_a_missing_bucket_makes_the_storage_unavailable() -> None:
    storage = S3Storage(boto3.client("s3"), bucket="nowhere", prefix="")

    with pytest.raises(Unavailable):
        storage.put("a", b"")
