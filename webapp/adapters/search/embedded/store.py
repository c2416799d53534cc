"""The files of the index, and the locks of its writers.

    var/search/CURRENT        the generation in use and the schema it was written with
    var/search/<generation>/  a tantivy index
    var/search/*.lock         locks: one writer and one rebuild among all processes

A rebuild fills a new generation and replaces `CURRENT` at the end, so that readers switch
between two searches. Readers check two files before each search (25 µs) instead of running
a watcher thread, which would not survive a fork.
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

WRITER_HEAP_BYTES = 32_000_000
"""Documents buffered in memory before they are flushed to disk, in bytes."""


@dataclass(frozen=True)
class IndexSnapshot:
    """The index at one point in time."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    revision: object
    """Equal for two snapshots of the same content."""


@dataclass
class _OpenedIndex:
    generation: str
    index: tantivy.Index
    commit_stamp: object = None


class IndexStore:
    """Thread-safe; opens the index on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = folder / "CURRENT"
        self._lock = Lock()
        self._opened: _OpenedIndex | None = None

    def take_snapshot(self) -> IndexSnapshot:
        """Take a snapshot with every change that was committed before the call."""
        generation = self._current_generation()
        with self._lock, _translate_errors():
            opened = self._opened
            if opened is None or opened.generation != generation:
                opened = _OpenedIndex(
                    generation, _open_index(self._folder / generation)
                )
            commit_stamp = _read_commit_stamp(self._folder / generation)
            if opened.commit_stamp != commit_stamp:
                opened.index.reload()
                opened.commit_stamp = commit_stamp
            self._opened = opened
            searcher = opened.index.searcher()
        return IndexSnapshot(searcher, opened.index.schema, (generation, commit_stamp))

    @contextmanager
    def open_writer(self) -> Iterator[tantivy.IndexWriter]:
        """Open the only writer of all processes, waiting for the lock. Commits if the block
        succeeds, and discards everything otherwise."""
        with self._locked("writer"):
            with _translate_errors():
                index = _open_index(self._folder / self._current_generation())
            with _open_writer(index) as writer:
                yield writer

    def replace_index(self, fill: Callable[[tantivy.IndexWriter], int]) -> int:
        """Fill a new index, then switch to it; the old one answers until then."""
        with self._locked("rebuild"):
            folder = self._folder / new_id().hex
            folder.mkdir()
            index = tantivy.Index(schema.build_schema(), path=str(folder))
            schema.register_analyzers(index)
            with _open_writer(index) as writer:
                count = fill(writer)
            with self._locked("writer"):
                previous = self._previous_generation()
                self._switch_to(folder.name)
            self._delete_generations(keep={folder.name, previous})
        return count

    def _current_generation(self) -> str:
        try:
            marker = json.loads(self._current.read_bytes())
            generation, version = str(marker["generation"]), marker["schema"]
        except FileNotFoundError:
            raise SearchNotReady("there is no index yet") from None
        except (ValueError, KeyError, TypeError) as error:
            raise SearchNotReady("the index is damaged") from error
        if version != schema.SCHEMA_VERSION:
            raise SearchNotReady("the index is from another version")
        return generation

    def _previous_generation(self) -> str | None:
        try:
            return self._current_generation()
        except SearchNotReady:
            return None

    def _switch_to(self, generation: str) -> None:
        marker = {"generation": generation, "schema": schema.SCHEMA_VERSION}
        temporary = self._current.with_suffix(".new")
        temporary.write_text(json.dumps(marker))
        temporary.replace(self._current)

    def _delete_generations(self, *, keep: set[str | None]) -> None:
        """Delete old generations. The previous one stays until the next rebuild: a reader in
        another process may have read its name but not opened it yet."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in keep:
                shutil.rmtree(folder)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{name}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file closes
            yield


def _open_index(folder: Path) -> tantivy.Index:
    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")
    schema.register_analyzers(index)
    return index


def _read_commit_stamp(folder: Path) -> tuple[int, int]:
    """Identify the last commit: tantivy replaces this file by renaming."""
    stat = (folder / "meta.json").stat()
    return stat.st_mtime_ns, stat.st_ino


@contextmanager
def _open_writer(index: tantivy.Index) -> Iterator[tantivy.IndexWriter]:
    """One thread: on two shared cores a second one only takes time from other processes."""
    writer = index.writer(WRITER_HEAP_BYTES, num_threads=1)
    try:
        yield writer
        writer.commit()
    finally:
        writer.wait_merging_threads()  # otherwise small segments accumulate and slow searches


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise `SearchNotReady` for tantivy's errors, which are all `ValueError`."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise SearchNotReady("the index is damaged") from error
