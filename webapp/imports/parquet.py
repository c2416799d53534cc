"""Reads Parquet files. Polars is not in the web image: only the command registers this."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from webapp.imports.column_names import ColumnNames
from webapp.imports.errors import UnreadableFile
from webapp.imports.row import Row

BATCH_SIZE = 2_000


class ParquetRows:
    encoding = None
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path, size: int, names: ColumnNames) -> None:
        self.names = names
        self._size = size
        self._done = 0
        try:
            self._frame = pl.scan_parquet(path, glob=False)
            self._count = int(self._frame.select(pl.len()).collect().item())
            written = self._frame.collect_schema().names()
        except pl.exceptions.PolarsError as error:
            raise UnreadableFile(f"The Parquet file is damaged: {error}") from error
        self.columns: tuple[str, ...] | None = names.read_header(written)

    def __iter__(self) -> Iterator[Row]:
        batches = self._frame.collect_batches(
            chunk_size=BATCH_SIZE, maintain_order=True, engine="streaming"
        )
        for batch in batches:
            for values in batch.iter_rows():
                self._done += 1
                yield Row(
                    self._done, dict(zip(self.columns or (), values, strict=False))
                )

    @property
    def bytes_read(self) -> int:
        return self._size * self._done // max(self._count, 1)


PARQUET = {b"PAR1": ParquetRows}
"""For `readers.ReadOptions`."""
