"""Where the exported dataset is, and of when, for those who do not read it."""

from datetime import datetime
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ValidationError

from webapp.adapters.storage.port import NotStored, Storage
from webapp.kit.errors import Conflict

Stored = TypeVar("Stored", bound=BaseModel)
FOLDER = "dataset"
MANIFEST_KEY = f"{FOLDER}/manifest.json"


class DatasetDamaged(Conflict):
    """A file that names others is not what was written."""

    code = "DATASET_DAMAGED"


class SnapshotTime(BaseModel):
    taken_at: AwareDatetime


class ManifestTime(BaseModel):
    """What all versions of the manifest have."""

    snapshot: SnapshotTime


def find_export_time(storage: Storage) -> datetime | None:
    """The moment that the dataset shows; None where there is none. Raises `DatasetDamaged`."""
    try:
        content = storage.read_bytes(MANIFEST_KEY)
    except NotStored:
        return None
    return parse_manifest(ManifestTime, content, storage).snapshot.taken_at


def parse_manifest(kind: type[Stored], content: bytes, storage: Storage) -> Stored:
    """Raises `DatasetDamaged`."""
    return parse_stored(
        kind,
        content,
        storage.uri(MANIFEST_KEY),
        remedy="Delete it and export again: every month is written anew",
    )


def parse_stored(
    kind: type[Stored], content: bytes, address: str, *, remedy: str
) -> Stored:
    """`remedy` is a sentence without its full stop. Raises `DatasetDamaged`."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        raise DatasetDamaged(f"{address} is damaged ({found}). {remedy}.") from None
