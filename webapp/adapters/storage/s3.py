"""The file storage in a bucket of S3 or of an S3-compatible service."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from webapp.adapters.storage.port import (
    NotStored,
    StorageUnavailable,
    as_stream,
    normalize_path,
)

MAX_IN_MEMORY_BYTES = 8 * 1024 * 1024
"""A larger object is read through a temporary file."""


class S3Storage:
    """Stores files in a bucket, under a prefix. A put is atomic, as S3's is."""

    def __init__(self, client: Any, *, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        with _translate_errors(path):
            self._client.upload_fileobj(
                as_stream(content), self._bucket, self._key(path)
            )

    def open(self, path: str) -> IO[bytes]:
        with ExitStack() as on_failure:
            stream = SpooledTemporaryFile(max_size=MAX_IN_MEMORY_BYTES)  # noqa: SIM115
            on_failure.callback(stream.close)
            with _translate_errors(path):
                self._client.download_fileobj(self._bucket, self._key(path), stream)
            on_failure.pop_all()
        stream.seek(0)
        return stream

    def read_bytes(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        try:
            with _translate_errors(path):
                self._client.head_object(Bucket=self._bucket, Key=self._key(path))
        except NotStored:
            return False
        return True

    def list_paths(self, folder: str = "") -> list[str]:
        start = f"{self._key(folder)}/" if folder else self._prefix
        pages = self._client.get_paginator("list_objects_v2")
        with _translate_errors(folder):
            return sorted(
                entry["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._bucket, Prefix=start)
                for entry in page.get("Contents", ())
            )

    def delete(self, path: str) -> None:
        with _translate_errors(path):
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
        return self._prefix + normalize_path(path)


def build_s3_storage(bucket: str, *, prefix: str) -> S3Storage:
    return S3Storage(boto3.client("s3"), bucket=bucket, prefix=prefix)


@contextmanager
def _translate_errors(path: str) -> Iterator[None]:
    """Translate S3's errors into domain errors."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            raise NotStored(path) from error
        raise StorageUnavailable("The file storage rejected the request") from error
    except BotoCoreError as error:
        raise StorageUnavailable("The file storage is unavailable") from error
