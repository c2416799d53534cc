"""Where the index lies, and who may write it.

    var/search/CURRENT        the generation in use and the schema it was written with
    var/search/<generation>/  a tantivy index
    var/search/*.lock         one writer, and one rebuild, among all processes

A rebuild fills a new generation and replaces `CURRENT` at the end, so that readers change
over between two searches. Readers look at two files before each search (25 µs) rather than
keep a watching thread, which would not survive a fork.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import tantivy

from webapp.adapters.search.embedded import schema
from webapp.adapters.search.port import SearchNotReady
from webapp.kit.ids import new_id

WRITER_HEAP = 32_000_000
"""Bytes of documents held in memory before they are written out."""


@dataclass(frozen=True)
class IndexSnapshot:
    """The index as it was at one moment."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    revision: object
    """Equal for two readers that see the same."""


@dataclass
class _Opened:
    generation: str
    index: tantivy.Index
    written: object = None


class IndexStore:
    """Safe to use from many threads; opened at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = folder / "CURRENT"
        self._opening = Lock()
        self._opened: _Opened | None = None

    def take_snapshot(self) -> IndexSnapshot:
        """Sees every change that was finished before the call."""
        generation = self._generation()
        with self._opening, _translated():
            opened = self._opened
            if opened is None or opened.generation != generation:
                opened = _Opened(generation, _open_index(self._folder / generation))
            written = _written(self._folder / generation)
            if opened.written != written:
                opened.index.reload()
                opened.written = written
            self._opened = opened
            searcher = opened.index.searcher()
        return IndexSnapshot(searcher, opened.index.schema, (generation, written))

    @contextmanager
    def open_writer(self) -> Iterator[tantivy.IndexWriter]:
        """The only writer of all processes; waits for its turn. What was written is kept
        if the block ends well, and nothing of it otherwise."""
        with self._alone("writer"):
            with _translated():
                index = _open_index(self._folder / self._generation())
            with _committing(index) as writer:
                yield writer

    def replace_index(self, fill: Callable[[tantivy.IndexWriter], int]) -> int:
        """Fill a new index, then put it in place; the old one answers until then."""
        with self._alone("rebuild"):
            folder = self._folder / new_id().hex
            folder.mkdir()
            index = tantivy.Index(schema.build_schema(), path=str(folder))
            schema.register_analyzers(index)
            with _committing(index) as writer:
                count = fill(writer)
            with self._alone("writer"):
                previous = self._previous()
                self._switch_to(folder.name)
            self._clear(keep={folder.name, previous})
        return count

    def _generation(self) -> str:
        try:
            marker = json.loads(self._current.read_bytes())
            generation, version = str(marker["generation"]), marker["schema"]
        except FileNotFoundError:
            raise SearchNotReady("there is no index yet") from None
        except (ValueError, KeyError, TypeError) as damage:
            raise SearchNotReady("the index is damaged") from damage
        if version != schema.SCHEMA_VERSION:
            raise SearchNotReady("the index is from another version")
        return generation

    def _previous(self) -> str | None:
        try:
            return self._generation()
        except SearchNotReady:
            return None

    def _switch_to(self, generation: str) -> None:
        marker = {"generation": generation, "schema": schema.SCHEMA_VERSION}
        fresh = self._current.with_suffix(".new")
        fresh.write_text(json.dumps(marker))
        fresh.replace(self._current)

    def _clear(self, *, keep: set[str | None]) -> None:
        """The generation before stays until the next rebuild: a reader in another process
        may have read its name and not opened it yet."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in keep:
                shutil.rmtree(folder)

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{what}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file closes
            yield


def _open_index(folder: Path) -> tantivy.Index:
    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")
    schema.register_analyzers(index)
    return index


def _written(folder: Path) -> tuple[int, int]:
    """Changes with every commit: tantivy replaces this file by renaming."""
    status = (folder / "meta.json").stat()
    return status.st_mtime_ns, status.st_ino


@contextmanager
def _committing(index: tantivy.Index) -> Iterator[tantivy.IndexWriter]:
    """One thread: on two shared cores a second one only takes time from the shop."""
    writer = index.writer(WRITER_HEAP, num_threads=1)
    try:
        yield writer
        writer.commit()
    finally:
        writer.wait_merging_threads()  # else small segments pile up and searches slow


@contextmanager
def _translated() -> Iterator[None]:
    """Tantivy has one error for everything: `ValueError`."""
    try:
        yield
    except (ValueError, OSError) as damage:
        raise SearchNotReady("the index is damaged") from damage
