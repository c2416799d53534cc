from webapp.kit.errors import Conflict, Invalid


class WrongMapping(Invalid):
    """The mapping file cannot be used, or does not fit the file that is imported."""

    code = "WRONG_MAPPING"


class UnreadableFile(Invalid):
    """The file ends in the middle, or is nothing we can read rows from."""

    code = "UNREADABLE_FILE"


class ImportUnderWay(Conflict):
    code = "IMPORT_UNDER_WAY"

    def __init__(self, file_name: str) -> None:
        super().__init__(
            f"{file_name} is being imported by another process right now",
            file=file_name,
        )


class RowRejected(Exception):
    """One row cannot be taken; the message is the reason its owner is given."""
