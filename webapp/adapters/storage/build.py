"""Chooses the file storage by `STORAGE_URL`."""

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings


def build_storage(settings: Settings) -> Storage:
    """Build the storage that `STORAGE_URL` names."""
    return open_storage(settings.absolute_storage_url)


def open_storage(url: str) -> Storage:
    """Open `file:` with an absolute path, or `s3://`, which also respects `AWS_ENDPOINT_URL`."""
    if url.startswith("file:"):
        return FileSystemStorage(Path(url.removeprefix("file:")))
    address = urlsplit(url)
    # Imported late: it costs 10 MB and 0.3 s, which the file system does not need.
    s3 = import_module("webapp.adapters.storage.s3")
    bucket: Storage = s3.build_s3_storage(address.netloc, prefix=address.path)
    return bucket
