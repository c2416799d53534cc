from collections.abc import Sequence
from typing import Self

from webapp.kit.errors import Invalid, Unprocessable


class ImpossibleQuery(Invalid):
    """Understood, and cannot be answered: says why, and what can be asked for instead."""

    code = "IMPOSSIBLE_QUERY"

    def __init__(self, message: str, *, possible: Sequence[str]) -> None:
        hint = f"; possible are {', '.join(possible)}" if possible else ""
        super().__init__(f"{message}{hint}", possible=list(possible))
        self.reason = message
        """Without what is possible."""
        self.possible = list(possible)
        """All of it, or its beginning and a last entry that says how many more there are, and what
        lists them."""


class BadWindow(ImpossibleQuery):
    """Asks for a time of which nothing is known, or at one."""

    code = "BAD_WINDOW"


class QueryTooLarge(Unprocessable):
    """Makes sense, and needs more memory than a query may take."""

    code = "QUERY_TOO_LARGE"

    def __init__(self, message: str, *, possible: Sequence[str]) -> None:
        super().__init__(message, possible=list(possible))
        self.possible = list(possible)

    @classmethod
    def from_limit(cls, memory_mb: int) -> Self:
        return cls(
            f"The query needs more than the {memory_mb:,} MB that one may take"
            " (ANALYTICS_MEMORY_MB); ask for a shorter window or for fewer dimensions, or export"
            " the orders first, so that fewer are read from the database",
            possible=[
                "a shorter window",
                "fewer dimensions",
                "python -m jobs.batch.export_orders",
            ],
        )
