"""The embedded engine only: files, processes, damage."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.embedded import schema
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.port import SearchNotReady, SearchRequest

UPSERT_SCRIPT = """
import sys
from pathlib import Path
from tests.support.product_documents import product_document
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
engine = EmbeddedSearchEngine(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    engine.upsert([product_document(f"Lamp {number}")])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    EmbeddedSearchEngine(tmp_path).rebuild(())
    return tmp_path


def upsert_in_another_process(folder: Path, *, times: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", UPSERT_SCRIPT, str(folder), str(times)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[3])


def test_what_another_process_wrote_is_found_at_once(folder: Path) -> None:
    reader = EmbeddedSearchEngine(folder)
    assert reader.search(SearchRequest("lamp")).total == 0

    assert upsert_in_another_process(folder, times=1).wait() == 0

    assert reader.search(SearchRequest("lamp")).total == 1


@pytest.mark.slow
def test_processes_and_threads_take_turns_at_writing(folder: Path) -> None:
    writer = upsert_in_another_process(folder, times=15)
    engine = EmbeddedSearchEngine(folder)

    with ThreadPoolExecutor(3) as pool:
        lamps = [product_document("Lamp") for _ in range(15)]
        list(pool.map(lambda lamp: engine.upsert([lamp]), lamps))

    assert writer.wait() == 0
    assert engine.search(SearchRequest("lamp")).total == 30


def test_a_reader_follows_to_a_new_index(folder: Path) -> None:
    reader = EmbeddedSearchEngine(folder)
    assert reader.search(SearchRequest("lamp")).total == 0

    EmbeddedSearchEngine(folder).rebuild([product_document("Lamp")])

    assert reader.search(SearchRequest("lamp")).total == 1


def test_only_the_index_in_use_and_the_one_before_are_kept(folder: Path) -> None:
    engine = EmbeddedSearchEngine(folder)
    for _ in range(3):
        engine.rebuild([product_document("Lamp")])

    assert len([path for path in folder.iterdir() if path.is_dir()]) == 2


def test_a_failed_rebuild_leaves_the_old_index_in_place(folder: Path) -> None:
    engine = EmbeddedSearchEngine(folder)
    engine.upsert([product_document("Lamp")])

    with pytest.raises(ZeroDivisionError):
        engine.rebuild(product_document(f"Lamp {1 // number}") for number in (1, 0))

    assert engine.search(SearchRequest("lamp")).total == 1


def damage_marker(folder: Path) -> None:
    (folder / "CURRENT").write_text("{")


def write_older_schema(folder: Path) -> None:
    marker = json.loads((folder / "CURRENT").read_text())
    marker["schema"] = schema.SCHEMA_VERSION - 1
    (folder / "CURRENT").write_text(json.dumps(marker))


def damage_index(folder: Path) -> None:
    for meta in folder.glob("*/meta.json"):
        meta.write_text("not an index")


def delete_segments(folder: Path) -> None:
    for segment in folder.glob("*/*.idx"):
        segment.unlink()


@pytest.mark.parametrize(
    "damage", [damage_marker, write_older_schema, damage_index, delete_segments]
)
def test_a_damaged_index_is_reported_and_repaired_by_a_rebuild(
    folder: Path, damage: object
) -> None:
    EmbeddedSearchEngine(folder).upsert([product_document("Lamp")])
    assert callable(damage)
    damage(folder)
    engine = EmbeddedSearchEngine(folder)

    for operation in (
        engine.check,
        engine.list_versions,
        lambda: engine.search(SearchRequest("lamp")),
        lambda: engine.suggest("lamp", limit=3),
        lambda: engine.upsert([product_document("Lamp")]),
        lambda: engine.delete([product_document("Lamp").product_id]),
    ):
        with pytest.raises(SearchNotReady):
            operation()

    engine.rebuild([product_document("Lamp")])
    engine.check()
    assert engine.search(SearchRequest("lamp")).total == 1


def test_before_the_first_index_search_is_not_ready(tmp_path: Path) -> None:
    engine = EmbeddedSearchEngine(tmp_path / "search")

    with pytest.raises(SearchNotReady) as error:
        engine.search(SearchRequest("lamp"))

    assert error.value.details == {"reason": "there is no index yet"}
