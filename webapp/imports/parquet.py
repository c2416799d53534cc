"""Reads Parquet files. Polars is not in the web image: only the command registers this."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from webapp.imports.errors import UnreadableFile
from webapp.imports.row import Row

BATCH_SIZE = 2_000


class ParquetRows:
    non_utf8_lines = 0

    def __init__(self, path: Path, size: int) -> None:
        self._size = size
        self._done = 0
        try:
            self._frame = pl.scan_parquet(path, glob=False)
            self._count = int(self._frame.select(pl.len()).collect().item())
            names = self._frame.collect_schema().names()
        except pl.exceptions.PolarsError as error:
            raise UnreadableFile(f"The Parquet file is damaged: {error}") from error
        self.columns: tuple[str, ...] | None = tuple(names)

    def __iter__(self) -> Iterator[Row]:
        batches = self._frame.collect_batches(
            chunk_size=BATCH_SIZE, maintain_order=True, engine="streaming"
        )
        for batch in batches:
            for values in batch.iter_rows(named=True):
                self._done += 1
                yield Row(self._done, values)

    @property
    def bytes_read(self) -> int:
        return self._size * self._done // max(self._count, 1)


PARQUET = {b"PAR1": ParquetRows}
"""For `readers.open_rows`."""
