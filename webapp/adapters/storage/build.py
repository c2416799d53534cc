"""Chooses the file storage by `STORAGE_URL`."""

from importlib import import_module
from urllib.parse import urlsplit

from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings


def build_storage(settings: Settings) -> Storage:
    """The storage that `STORAGE_URL` names; S3 also minds `AWS_ENDPOINT_URL`."""
    if settings.storage_url.startswith("file:"):
        return FileSystemStorage(settings.resolve_path(settings.storage_url))
    address = urlsplit(settings.storage_url)
    s3 = import_module(
        "webapp.adapters.storage.s3"
    )  # 10 MB and 0.3 s that a folder can do without
    bucket: Storage = s3.build_s3_storage(address.netloc, prefix=address.path)
    return bucket
