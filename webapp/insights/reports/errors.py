from collections.abc import Sequence
from uuid import UUID

from webapp.kit.errors import Conflict, Invalid, NotFound


class ReportNotFound(NotFound):
    code = "REPORT_NOT_FOUND"

    def __init__(self, report_id: UUID) -> None:
        super().__init__("There is no such report", report_id=report_id)


class RunNotFound(NotFound):
    code = "REPORT_RUN_NOT_FOUND"

    def __init__(self, run_id: UUID) -> None:
        super().__init__("There is no such run of this report", run_id=run_id)


class RunFileNotFound(NotFound):
    code = "REPORT_FILE_NOT_FOUND"

    def __init__(self, name: str, *, files: Sequence[str]) -> None:
        there = f"it has {', '.join(files)}" if files else "it has none yet"
        super().__init__(f"The run has no file {name[:100]}: {there}", files=files)


class ReportUnreadable(Conflict):
    """Saved by a version of the shop that knew what this one does not, or changed by hand."""

    code = "REPORT_UNREADABLE"

    def __init__(self, reason: str) -> None:
        possible = ["saving it anew, by PUT", "deleting it"]
        super().__init__(
            f"What was saved as this report can no longer be read ({reason}); possible are"
            f" {', '.join(possible)}",
            reason=reason,
            possible=possible,
        )
        self.reason = reason


class ReportChanged(Conflict):
    code = "REPORT_CHANGED"

    def __init__(self, version: int) -> None:
        super().__init__(
            f"Somebody has changed the report meanwhile: read it again, it is version {version}",
            version=version,
        )


class VersionOfNewReport(Invalid):
    code = "VERSION_OF_NEW_REPORT"

    def __init__(self) -> None:
        super().__init__(
            "A report that is created has no version yet: leave it out, or change a report by PUT"
        )


class RunNotRepeatable(Conflict):
    code = "REPORT_RUN_NOT_REPEATABLE"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"Only a missed or canceled run can be caught up: this one is {status}",
            status=status,
        )


class NotComputed(Conflict):
    code = "REPORT_NOT_COMPUTED"

    def __init__(self, status: str) -> None:
        super().__init__(f"The run is {status} and has no figures", status=status)


class NotRecipients(Invalid):
    code = "REPORT_RECIPIENTS_WITHOUT_ACCESS"

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(
            "Only admins with a verified address receive reports; these are none: "
            + ", ".join(addresses),
            addresses=addresses,
        )


class BadReportLink(Invalid):
    code = "BAD_REPORT_LINK"

    def __init__(self) -> None:
        super().__init__("This link of a report is invalid or incomplete")
