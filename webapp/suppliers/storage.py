"""Files of the platform by path: a folder on a laptop, a bucket in production.

A path is relative, with forward slashes. What is put there appears whole or not at all,
so a reader never meets half a file.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from webapp.config import Settings
from webapp.kit.errors import Invalid, NotFound, Unavailable

IN_MEMORY = (
    8 * 1024 * 1024
)  # a larger object of a bucket is read through a temporary file


class BadStoragePath(Invalid):
    code = "BAD_STORAGE_PATH"


class NotStored(NotFound):
    code = "NOT_STORED"

    def __init__(self, path: str) -> None:
        super().__init__(f"Nothing is stored at {path}", path=path)


class StorageAway(Unavailable):
    code = "STORAGE_UNAVAILABLE"


class Storage(Protocol):
    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        """Write or overwrite, whole or not at all."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """A seekable stream, to be closed by the caller. Raises `NotStored`."""
        ...

    def read(self, path: str) -> bytes:
        """Everything at once. Raises `NotStored`."""
        ...

    def exists(self, path: str) -> bool: ...

    def list(self, folder: str = "") -> list[str]:
        """Paths of all files below a folder, sorted; none when there is no folder."""
        ...

    def delete(self, path: str) -> None:
        """Deleting what is not there is not an error."""
        ...

    def uri(self, path: str) -> str:
        """The address by which Polars scans a file, or a pattern with `*` in it."""
        ...

    @property
    def scan_options(self) -> dict[str, str]:
        """What Polars must be told beside the address (`storage_options`)."""
        ...


class FileStorage:
    """A folder. Unfinished files lie apart in `.incoming`, where no listing looks."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        target = self._place(path)
        incoming = self._root / ".incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=incoming, delete=False) as part:
            try:
                shutil.copyfileobj(_stream(content), part)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(target)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        _sync_folder(target.parent)

    def open(self, path: str) -> IO[bytes]:
        try:
            return self._place(path).open("rb")
        except (FileNotFoundError, IsADirectoryError) as missing:
            raise NotStored(path) from missing

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        return self._place(path).is_file()

    def list(self, folder: str = "") -> list[str]:
        start = self._place(folder) if folder else self._root
        found = (file.relative_to(self._root) for file in start.rglob("*"))
        return sorted(
            path.as_posix()
            for path in found
            if path.parts[0] != ".incoming" and (self._root / path).is_file()
        )

    def delete(self, path: str) -> None:
        self._place(path).unlink(missing_ok=True)

    def uri(self, path: str) -> str:
        return str(self._place(path))

    @property
    def scan_options(self) -> dict[str, str]:
        return {}

    def _place(self, path: str) -> Path:
        place = (self._root / checked(path)).resolve()
        if not place.is_relative_to(self._root):  # a symbolic link leads out
            raise BadStoragePath(f"{path} leads out of the storage", path=path)
        return place


class S3Storage:
    """A bucket, and a prefix in it. A put is atomic because S3's is."""

    def __init__(self, client: Any, *, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        with translated(path):
            self._client.upload_fileobj(_stream(content), self._bucket, self._key(path))

    def open(self, path: str) -> IO[bytes]:
        with ExitStack() as on_failure:
            stream = SpooledTemporaryFile(max_size=IN_MEMORY)
            on_failure.callback(stream.close)
            with translated(path):
                self._client.download_fileobj(self._bucket, self._key(path), stream)
            on_failure.pop_all()
        stream.seek(0)
        return stream

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        try:
            with translated(path):
                self._client.head_object(Bucket=self._bucket, Key=self._key(path))
        except NotStored:
            return False
        return True

    def list(self, folder: str = "") -> list[str]:
        start = f"{self._key(folder)}/" if folder else self._prefix
        pages = self._client.get_paginator("list_objects_v2")
        with translated(folder):
            return sorted(
                entry["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._bucket, Prefix=start)
                for entry in page.get("Contents", ())
            )

    def delete(self, path: str) -> None:
        with translated(path):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def uri(self, path: str) -> str:
        return f"s3://{self._bucket}/{self._key(path)}"

    @property
    def scan_options(self) -> dict[str, str]:
        endpoint = self._client.meta.endpoint_url
        credentials = {"aws_region": self._client.meta.region_name}
        if not endpoint.endswith(".amazonaws.com"):
            credentials["aws_endpoint_url"] = endpoint
            credentials["aws_allow_http"] = str(endpoint.startswith("http:")).lower()
        return credentials

    def _key(self, path: str) -> str:
        return self._prefix + checked(path)


def open_storage(settings: Settings) -> Storage:
    """The storage that `STORAGE_URL` names; S3 also minds `AWS_ENDPOINT_URL`."""
    if settings.storage_url.startswith("file:"):
        return FileStorage(settings.path_of(settings.storage_url))
    address = urlsplit(settings.storage_url)
    return S3Storage(boto3.client("s3"), bucket=address.netloc, prefix=address.path)


def checked(path: str) -> str:
    """The path in its one spelling. Raises `BadStoragePath` if it could escape."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") or "\\" in part or "\0" in part for part in parts)
    if not parts or parts[0] == "/" or hidden:
        raise BadStoragePath(f"{path!r} is not a path of the storage", path=path)
    return "/".join(parts)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """S3's failures in the shop's words."""
    try:
        yield
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            raise NotStored(path) from refusal
        raise StorageAway("The file storage refused the request") from refusal
    except BotoCoreError as failure:
        raise StorageAway("The file storage is not answering") from failure


def _stream(content: bytes | IO[bytes]) -> IO[bytes]:
    return BytesIO(content) if isinstance(content, bytes) else content


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
