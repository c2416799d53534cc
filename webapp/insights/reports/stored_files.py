"""What a run has in the storage: its document, the mail as it is shown, and the files attached.

All of a run is below one folder, whose name is the run's id: computing it again writes the same.
"""

from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel

from webapp.adapters.analytics.port import ExportedFile, RenderedReport
from webapp.adapters.storage.port import Storage
from webapp.insights.reports.document import ReportDocument

FOLDER = "reports"
DOCUMENT = "document.json"
MAIL = "mail.json"
FILES = "files"


@dataclass(frozen=True)
class StoredRun:
    storage: Storage
    report_id: UUID
    run_id: UUID

    @property
    def path(self) -> str:
        return f"{name_folder(self.report_id)}/{self.run_id}"

    def write_report(
        self, document: ReportDocument, rendered: RenderedReport
    ) -> list[str]:
        """Returns the names of the files."""
        for file in rendered.files:
            self.storage.put(f"{self.path}/{FILES}/{file.name}", file.content)
        mail = rendered.model_copy(update={"files": []})
        self._put_model(MAIL, mail)
        self._put_model(DOCUMENT, document)
        return [file.name for file in rendered.files]

    def _put_model(self, name: str, model: BaseModel) -> None:
        self.storage.put(f"{self.path}/{name}", model.model_dump_json().encode())

    def read_document(self) -> ReportDocument:
        """Raises `NotStored`."""
        content = self.storage.read_bytes(f"{self.path}/{DOCUMENT}")
        return ReportDocument.model_validate_json(content, by_alias=True, by_name=False)

    def read_mail(self) -> RenderedReport:
        """Without its files. Raises `NotStored`."""
        content = self.storage.read_bytes(f"{self.path}/{MAIL}")
        return RenderedReport.model_validate_json(content)

    def read_file(self, name: str) -> ExportedFile:
        """Raises `NotStored`."""
        content = self.storage.read_bytes(f"{self.path}/{FILES}/{name}")
        return ExportedFile(name=name, content=content)


def name_folder(report_id: UUID) -> str:
    """Of all runs of a report."""
    return f"{FOLDER}/{report_id}"


def delete_files(storage: Storage, folder: str) -> None:
    for path in storage.list_paths(folder):
        storage.delete(path)
