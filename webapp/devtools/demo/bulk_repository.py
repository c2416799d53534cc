"""Inserts many rows by COPY, in its text format."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Self, TypeAlias

from sqlalchemy.orm import Session

from webapp.db.base import Model
from webapp.db.session import get_connection
from webapp.kit.clock import to_unix_ms

Row: TypeAlias = tuple[object, ...]
"""Values are written as `str` does, in half the time of psycopg's conversion: null is `NULL`, and
texts from outside would have to be escaped."""

NULL = r"\N"
CHUNK_ROWS = 4_000
ID_BLOCK = 4_000
RANDOM_DIGITS = 18


class BulkWriter:
    """Inserts rows in a thread of its own, in the given order: PostgreSQL stores them while the
    next ones are made. Nothing else may use the session until the block is left, which raises what
    went wrong."""

    def __init__(self, session: Session) -> None:
        self._connection = get_connection(session)
        self._executor = ThreadPoolExecutor(1)
        self._started: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._executor.shutdown(cancel_futures=error is not None)
        if error is None:
            for future in self._started:
                future.result()

    def insert_rows(
        self, table: type[Model], columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Returns at once; the rows must not change afterwards."""
        names = ", ".join(columns)
        statement = f"COPY {table.__tablename__} ({names}) FROM STDIN"
        self._started.append(self._executor.submit(self._copy_rows, statement, rows))

    def analyze_keys(self, *tables: type[Model]) -> None:
        """Let the planner see how many rows there are. Of a table that it knows to be empty, after
        a start that was interrupted, the checks of foreign keys and the triggers of all further
        rows would read everything for each of them."""
        names = ", ".join(f"{table.__tablename__} (id)" for table in tables)
        self._started.append(self._executor.submit(self._execute, f"ANALYZE {names}"))

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement.encode())

    def _copy_rows(self, statement: str, rows: Sequence[Row]) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(statement.encode()) as target,
        ):
            for start in range(0, len(rows), CHUNK_ROWS):
                target.write(_format_rows(rows[start : start + CHUNK_ROWS]))


def _format_rows(rows: Iterable[Row]) -> str:
    return "".join(["\t".join(map(str, row)) + "\n" for row in rows])


def format_array(texts: Iterable[str]) -> str:
    """The literal of an array of texts, which have neither quotes nor backslashes."""
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"


class RowIds:
    """Ids of rows of the past, as `kit.ids` builds them of random bits; in hexadecimal, and of one
    draw for many."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 ids must differ, not be secret
        self._drawn: list[str] = []
        self._at: datetime | None = None
        self._start = ""

    def build_id(self, at: datetime) -> str:
        if not self._drawn:
            self._draw_digits()
        # Many rows are of the same time.
        if at is not self._at:
            self._at, self._start = at, f"{to_unix_ms(at):012x}"
        return self._start + self._drawn.pop()

    def _draw_digits(self) -> None:
        size = RANDOM_DIGITS * ID_BLOCK
        digits = f"{self._random.getrandbits(4 * size):0{size}x}"
        parts = (
            digits[start : start + RANDOM_DIGITS]
            for start in range(0, size, RANDOM_DIGITS)
        )
        # Version 7, 12 random bits, the variant, 60 random bits: of 62, two are always 0.
        self._drawn = [f"7{part[:3]}8{part[3:]}" for part in parts]
