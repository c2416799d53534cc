"""Names of columns: how the names of a file are matched with those that are known. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from webapp.imports.errors import UnreadableFile
from webapp.kit.text import label_key

MAX_COLUMNS = 200
MAX_NAME_LENGTH = 200
MAX_WIDTH = 16_384
"""Of a spreadsheet, with blank columns."""
MAX_SEEN = 1_000
MAX_SHOWN_LENGTH = 60
SEPARATORS = re.compile(r"[\s_-]+")


class ColumnNames:
    """The names that are looked for; a file may write them in any case, with spaces or
    underscores: `Is active` is `isActive`."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = frozenset(known)
        self._by_letters = {_keep_letters(name): name for name in known}
        self.seen: dict[str, None] = {}
        """Names that the file has, in its order."""

    def count_known(self, cells: Sequence[object]) -> int:
        written = [str(each) for each in cells[:MAX_COLUMNS]]
        return len(self._known & set(self.resolve_names(written)))

    def resolve_names(self, written: Sequence[str]) -> list[str]:
        """Replace each written name by the known one that is meant, if there is one."""
        names = [unicodedata.normalize("NFC", name).strip() for name in written]
        exact = self._known.intersection(names)
        return [self._resolve_name(name, exact) for name in names]

    def _resolve_name(self, name: str, exact: Collection[str]) -> str:
        if name in exact:
            return name
        meant = self._by_letters.get(_keep_letters(name))
        return name if meant is None or meant in exact else meant

    def read_header(self, cells: Sequence[object]) -> tuple[str, ...]:
        """Return the names of the columns; blank ones at the end are none.

        Raises `UnreadableFile` for too many columns, and for two of one name.
        """
        if len(cells) > MAX_WIDTH:
            reject_many_columns(len(cells))
        written = ["" if cell is None else str(cell).strip() for cell in cells]
        while written and not written[-1]:
            written.pop()
        reject_many_columns(len(written))
        if any(len(name) > MAX_NAME_LENGTH for name in written):
            raise UnreadableFile(
                f"The header has a name of more than {MAX_NAME_LENGTH} characters"
            )
        names = [
            name or f"column {position}"
            for position, name in enumerate(self.resolve_names(written), start=1)
        ]
        counts = Counter(names).items()
        repeated = [make_printable(name) for name, count in counts if count > 1]
        if repeated:
            raise UnreadableFile(
                f"The header names a column twice: {', '.join(sorted(repeated))}"
            )
        self.add_seen(names)
        return tuple(names)

    def add_seen(self, names: Collection[str]) -> None:
        """Remember names of the file; the first thousand, where each row has its own."""
        if len(self.seen) < MAX_SEEN:
            self.seen |= dict.fromkeys(names)


def reject_many_columns(count: int) -> None:
    if count > MAX_COLUMNS:
        raise UnreadableFile(
            f"The file has {count:,} columns, and at most {MAX_COLUMNS} are read: remove "
            "those that are not needed"
        )


def make_printable(text: str) -> str:
    """Shorten a text of a file for a message, without what controls a terminal."""
    shown = text[:MAX_SHOWN_LENGTH]
    return "".join(each if each.isprintable() else "\ufffd" for each in shown)


def suggest_name(name: str, among: Collection[str]) -> str:
    """Return `" (did you mean …?)"` for the most similar name, empty if none is similar."""
    letters = {_keep_letters(each): each for each in among}
    close = get_close_matches(_keep_letters(name)[:MAX_NAME_LENGTH], letters, n=1)
    return f" (did you mean {letters[close[0]]}?)" if close else ""


def _keep_letters(name: str) -> str:
    return SEPARATORS.sub("", label_key(name))
