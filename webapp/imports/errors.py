from webapp.kit.errors import Conflict, Invalid

TOO_LARGE = "The file has too much in it: send it in parts"


class WrongMapping(Invalid):
    """The mapping file is invalid, or does not fit the file that is imported."""

    code = "WRONG_MAPPING"


class UnreadableFile(Invalid):
    """The file is truncated or damaged, or in a format that is not supported."""

    code = "UNREADABLE_FILE"


class RejectsUnwritable(Invalid):
    """The file of rejected rows cannot be written, or something else is there."""

    code = "REJECTS_UNWRITABLE"


class ImportUnderWay(Conflict):
    code = "IMPORT_UNDER_WAY"

    def __init__(self, file_name: str) -> None:
        super().__init__(
            f"{file_name} is being imported by another process right now",
            file=file_name,
        )


class RowRejected(Exception):
    """One row cannot be imported; the message is the reason that is reported."""
