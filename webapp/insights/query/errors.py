from collections.abc import Sequence

from webapp.kit.errors import Invalid


class BadWindow(Invalid):
    code = "BAD_WINDOW"


class ImpossibleQuery(Invalid):
    """Understood, and cannot be answered: says why, and what can be asked for instead."""

    code = "IMPOSSIBLE_QUERY"

    def __init__(self, message: str, *, possible: Sequence[str] = ()) -> None:
        hint = f"; possible are {', '.join(possible)}" if possible else ""
        super().__init__(f"{message}{hint}", possible=list(possible))
        self.reason = message
        """Without what is possible."""
        self.possible = list(possible)
