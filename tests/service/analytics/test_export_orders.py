"""The dataset: what is written again, and that it is always the whole of one state."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Any

import polars as pl
import pytest
import ray
from sqlalchemy import select, text

from analytics.dataset import manifest as manifests
from analytics.dataset.months import month_bounds
from analytics.dataset.writing import WrongFile, write_lines
from analytics.facts.changes import lock_dataset
from analytics.facts.database import extract_order_lines
from analytics.facts.line_columns import derive_columns
from analytics.facts.schemas import ORDER_LINES
from jobs.batch.export_orders import ExportResult, export_orders
from jobs.batch.runner import BatchRun, JobRuns
from tests.service.analytics.test_order_facts import insert_order, insert_refunds
from tests.support.order_lines import order_line
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.exported_dataset import DatasetDamaged, find_export_time
from webapp.orders.models import Order

pytestmark = pytest.mark.slow

MONTHS = ["2025-12", "2026-01", "2026-02"]


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def storage(settings: Settings, database: Database) -> Storage:
    """Where the export writes; the shop has an order in each of three months."""
    with database.unit_of_work() as session:
        for month in MONTHS:
            month_start, _ = month_bounds(month)
            insert_order(session, placed_at=month_start)
    return build_storage(settings)


def read_export(storage: Storage) -> pl.DataFrame:
    """All lines that the manifest names, with the month of their file."""
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    frames = [
        pl.read_parquet(storage.uri(each.file.path), hive_partitioning=True)
        for each in manifest.tables.order_lines.values()
    ]
    return pl.concat(frames).sort("at", "order_number")


def list_export(storage: Storage) -> list[tuple[str, str]]:
    return read_export(storage).select("month", "status").rows()


def read_database(database: Database) -> pl.DataFrame:
    with database.unit_of_work() as session:
        lines = extract_order_lines(session, home_currency="USD")
    return derive_columns(lines.lazy()).collect().sort("at", "order_number")


def change_first_order(database: Database, **values: Any) -> None:
    with database.unit_of_work() as session:
        order = session.scalars(select(Order).order_by(Order.placed_at)).first()
        for name, value in values.items():
            setattr(order, name, value)


def test_every_month_is_one_file_with_its_lines(
    settings: Settings, storage: Storage, database: Database
) -> None:
    plan = export_orders(BatchRun(settings)).plan

    assert plan["order_lines"].months == MONTHS
    assert read_export(storage)["month"].to_list() == MONTHS
    assert read_export(storage).drop("month").equals(read_database(database))
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    month = manifest.tables.order_lines["2026-01"]
    assert (month.rows, month.currencies) == (1, ["USD"])
    assert month.first_at == month.last_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert month.first_number == month.last_number


def test_the_manifest_has_size_and_checksum_of_each_file(
    settings: Settings, storage: Storage
) -> None:
    export_orders(BatchRun(settings))

    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    files = [
        each
        for month in manifest.tables.order_lines.values()
        for each in (month.file, month.spellings)
    ]
    assert len(files) == 6
    for each in files:
        content = storage.read_bytes(each.path)
        assert (each.size, each.sha256) == (len(content), sha256(content).hexdigest())


def test_only_a_month_that_changed_is_written_again(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    before = manifests.read_manifest(storage)
    change_first_order(database, status="SHIPPED")

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == ["2025-12"]
    assert export_orders(BatchRun(settings)).plan["order_lines"].months == []

    statuses = zip(MONTHS, ["SHIPPED", "DELIVERED", "DELIVERED"], strict=True)
    assert list_export(storage) == list(statuses)
    after = manifests.read_manifest(storage)
    assert before is not None
    assert after is not None
    assert after.tables.order_lines["2026-01"] == before.tables.order_lines["2026-01"]
    assert after.snapshot.next_transaction > before.snapshot.next_transaction


@pytest.mark.parametrize("changes", [False, True])
def test_a_file_that_somebody_deleted_is_written_again(
    settings: Settings, storage: Storage, database: Database, *, changes: bool
) -> None:
    export_orders(BatchRun(settings))
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    storage.delete(manifest.tables.order_lines["2025-12"].spellings.path)
    storage.delete(manifest.tables.order_lines["2026-01"].file.path)
    storage.delete(manifest.tables.orders["2026-02"].file.path)
    if changes:
        change_first_order(database, status="SHIPPED")

    result = export_orders(BatchRun(settings))

    assert result.plan["order_lines"].months == MONTHS[:2]
    assert set(result.plan["orders"].months) - {"2025-12"} == {"2026-02"}
    assert read_export(storage).drop("month").equals(read_database(database))


def test_a_month_without_rows_is_no_file(
    settings: Settings, storage: Storage, database: Database
) -> None:
    """All orders are of guests: no month has customers."""
    first = export_orders(BatchRun(settings))
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    written = set(storage.list_paths(manifests.FOLDER)) - {manifests.MANIFEST_KEY}
    change_first_order(database, status="SHIPPED")
    second = export_orders(BatchRun(settings))

    assert first.plan["customers"].months == MONTHS
    assert manifest.tables.customers == {}
    assert manifest.tables.list_paths() == written
    assert str(first) == "9 files written, 0 unchanged"
    assert str(second) == "3 files written, 6 unchanged"


def test_an_order_that_changes_nothing_in_its_lines_writes_no_month(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    change_first_order(database, tracking_number="1Z")

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == []
    assert len(read_export(storage)) == 3


def test_an_order_that_moves_takes_its_old_month_with_it(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    change_first_order(database, placed_at=datetime(2026, 2, 9, tzinfo=UTC))

    plan = export_orders(BatchRun(settings)).plan

    assert plan["order_lines"].months == ["2025-12", "2026-02"]
    assert read_export(storage)["month"].to_list() == ["2026-01", "2026-02", "2026-02"]


def test_a_refund_writes_its_own_month(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    with database.unit_of_work() as session:
        order = session.scalars(select(Order).order_by(Order.placed_at)).first()
        assert order is not None
        insert_refunds(session, order, 100, at=datetime(2026, 5, 1, tzinfo=UTC))

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == ["2026-05"]
    assert read_export(storage)["kind"].to_list() == [*["SALE"] * 3, "REFUND"]


def test_a_first_order_that_goes_makes_the_next_one_that_of_a_new_customer(
    settings: Settings, storage: Storage, database: Database
) -> None:
    with database.unit_of_work() as session:
        session.execute(text("UPDATE orders SET customer_ref = 'ann'"))
    export_orders(BatchRun(settings))
    statuses = read_export(storage)["customer_status"].to_list()
    assert statuses == ["new", "returning", "returning"]
    change_first_order(database, status="CANCELLED")

    plan = export_orders(BatchRun(settings)).plan

    assert plan["order_lines"].months == MONTHS[:2]
    statuses = read_export(storage)["customer_status"].to_list()
    assert statuses == ["new", "new", "returning"]


def test_a_month_whose_orders_are_deleted_goes(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    with database.unit_of_work() as session:
        session.execute(text("DELETE FROM orders WHERE placed_at < '2026-01-01'"))

    export_orders(BatchRun(settings))

    assert read_export(storage)["month"].to_list() == MONTHS[1:]


def test_a_transaction_that_commits_after_the_export_is_exported_next(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    with database.unit_of_work() as late:
        late.execute(
            text("UPDATE orders SET status = 'SHIPPED' WHERE placed_at < '2026-01-01'")
        )
        change_last_order(database)
        assert export_orders(BatchRun(settings)).plan["order_lines"].months == [
            "2026-02"
        ]

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == ["2025-12"]
    assert list_export(storage)[0] == ("2025-12", "SHIPPED")


def change_last_order(database: Database) -> None:
    with database.unit_of_work() as session:
        session.execute(
            text("UPDATE orders SET status = 'PAID' WHERE placed_at >= '2026-02-01'")
        )


@pytest.mark.usefixtures("storage")
def test_all_months_are_written_where_they_must_be(settings: Settings) -> None:
    export_orders(BatchRun(settings))
    plan = export_orders(BatchRun(settings), is_full=True).plan
    assert plan["order_lines"].months == MONTHS

    euros = settings.model_copy(update={"currency": "EUR"})
    assert export_orders(BatchRun(euros)).plan["order_lines"].months == MONTHS


@pytest.mark.parametrize(
    "content", [b'{"as_of": null, "months": {}}', b'{"format": 2, "snapshot": ""}']
)
def test_a_dataset_of_another_version_is_written_anew(
    settings: Settings, storage: Storage, content: bytes
) -> None:
    storage.put(manifests.MANIFEST_KEY, content)
    storage.put("dataset/orders/month=2025-12/part-0.parquet", b"")

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == MONTHS
    assert len(storage.list_paths(manifests.FOLDER)) == 10


class FailingStorage(FileSystemStorage):
    """Fails at one of its writes and deletions, which are counted."""

    def __init__(self, root: Path, *, fail_at: int) -> None:
        super().__init__(root)
        self.steps = 0
        self._fail_at = fail_at

    def _count(self) -> None:
        if self.steps == self._fail_at:
            raise KeyboardInterrupt
        self.steps += 1

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        self._count()
        super().put(path, content)

    def delete(self, path: str) -> None:
        self._count()
        super().delete(path)


def export_until_it_fails(
    settings: Settings, step: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Whether it was done before that step."""
    failing = FailingStorage(settings.var_dir / "storage", fail_at=step)
    for name in (
        "jobs.batch.export_orders.build_storage",
        "jobs.batch.export_orders.open_storage",
    ):
        monkeypatch.setattr(name, lambda _: failing)
    try:
        export_orders(BatchRun(settings))
    except KeyboardInterrupt:
        return False
    return True


def test_an_export_that_ends_anywhere_leaves_the_whole_of_one_state(
    settings: Settings,
    storage: Storage,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    export_orders(BatchRun(settings))
    storage.put(
        "dataset/orders/month=2025-12/left.parquet", b"of an export that was killed"
    )
    old = read_export(storage)
    change_first_order(database, status="SHIPPED")
    change_last_order(database)
    states: list[bool] = []
    while not export_until_it_fails(settings, len(states), monkeypatch):
        states.append(read_export(storage).equals(old))

    # The last ones fail after the manifest, as they delete files.
    assert states == sorted(states, reverse=True)
    assert {*states} == {True, False}
    new = read_export(storage).drop("month")
    assert new.equals(read_database(database))


def test_files_of_earlier_states_stay_for_queries_that_read_them(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders(BatchRun(settings))
    first = manifests.read_manifest(storage)
    assert first is not None
    change_first_order(database, status="SHIPPED")
    export_orders(BatchRun(settings))
    export_orders(BatchRun(settings))
    path, spellings_path = first.tables.order_lines["2025-12"].paths
    assert storage.exists(path)
    assert storage.exists(spellings_path)
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    assert {path, spellings_path} < manifest.retired.keys()

    for each in manifest.retired:
        manifest.retired[each] -= timedelta(hours=1, seconds=1)
    manifests.save_manifest(storage, manifest)
    export_orders(BatchRun(settings))

    assert not storage.exists(path)
    assert len(storage.list_paths(manifests.FOLDER)) == 10


@pytest.mark.usefixtures("storage")
def test_exports_do_not_run_at_the_same_time(
    settings: Settings, database: Database
) -> None:
    with database.unit_of_work() as session:
        assert lock_dataset(session)
        with pytest.raises(JobRuns, match="Another export runs"):
            export_orders(BatchRun(settings, waits=False))

    assert export_orders(BatchRun(settings)).plan["order_lines"].months == MONTHS


@pytest.mark.usefixtures("storage")
def test_an_export_waits_for_another_and_finds_its_work_done(
    settings: Settings,
) -> None:
    """Two at once, of which the second says that it waits."""
    lines: list[str] = []
    waiting = threading.Event()

    def note_line(line: str) -> None:
        lines.append(line)
        waiting.set()

    def export_meanwhile() -> ExportResult:
        second = BatchRun(settings, print_line=note_line)
        return export_orders(second)

    with ThreadPoolExecutor(1) as pool:
        started: list[Future[ExportResult]] = []

        def start_second(_: str) -> None:
            if not started:
                started.append(pool.submit(export_meanwhile))
                assert waiting.wait(20)

        first = export_orders(BatchRun(settings, print_line=start_second))
        second = started[0].result(20)

    assert (first.written, second.written) == (second.unchanged, 0)
    assert lines == ["Another export runs: waiting for its end"]


class StoppingRun(BatchRun):
    """Ends after the first months, as if it were killed there."""

    def run_units(self, *args: Any, **options: Any) -> Iterator[tuple[str, Any]]:
        yield from islice(super().run_units(*args, **options), 2)
        raise KeyboardInterrupt


def list_names(storage: Storage) -> dict[str, str]:
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    return {
        month: each.file.path for month, each in manifest.tables.order_lines.items()
    }


def write_half(
    settings: Settings, storage: Storage, *, is_full: bool = False
) -> dict[str, str]:
    """The files of an export that is cut off, by month."""
    with pytest.raises(KeyboardInterrupt):
        export_orders(StoppingRun(settings), is_full=is_full)
    unfinished = manifests.read_unfinished(storage)
    assert unfinished is not None
    return {
        month: each.file.path
        for month, each in unfinished.manifest.tables.order_lines.items()
    }


@pytest.mark.parametrize("is_full", [False, True])
def test_an_export_goes_on_where_the_one_before_was_cut_off(
    settings: Settings, storage: Storage, database: Database, *, is_full: bool
) -> None:
    if is_full:
        export_orders(BatchRun(settings))
    half = write_half(settings, storage, is_full=is_full)
    assert [*half] == MONTHS[:2]
    lines: list[str] = []

    run = BatchRun(settings, print_line=lines.append)
    result = export_orders(run, is_full=is_full)

    assert (result.written, result.resumed, result.unchanged) == (5, 4, 0)
    assert str(result) == "5 files written, 4 of an export before, 0 unchanged"
    assert lines[0] == "4 files are there from an export before"
    assert lines[1].startswith("1/7  order_lines/2026-02  1 rows  ")
    assert list_names(storage).items() >= half.items()
    assert read_export(storage).drop("month").equals(read_database(database))
    assert manifests.read_unfinished(storage) is None


def test_a_month_that_changed_after_an_export_was_cut_off_is_written_again(
    settings: Settings, storage: Storage, database: Database
) -> None:
    half = write_half(settings, storage)
    change_first_order(database, status="SHIPPED")

    export_orders(BatchRun(settings))

    names = list_names(storage)
    assert names["2025-12"] != half["2025-12"]
    assert names["2026-01"] == half["2026-01"]
    assert read_export(storage).drop("month").equals(read_database(database))


def test_a_full_export_takes_nothing_from_one_that_was_not(
    settings: Settings, storage: Storage
) -> None:
    half = write_half(settings, storage)

    export_orders(BatchRun(settings), is_full=True)

    assert not {*half.values()} & {*list_names(storage).values()}


@pytest.mark.parametrize("path", [manifests.MANIFEST_KEY, manifests.UNFINISHED_KEY])
def test_a_truncated_manifest_says_what_mends_it(
    settings: Settings, storage: Storage, database: Database, path: str
) -> None:
    export_orders(BatchRun(settings))
    write_half(settings, storage, is_full=True)
    storage.put(path, storage.read_bytes(path)[:200])

    with pytest.raises(DatasetDamaged, match="Delete it and export again") as damaged:
        export_orders(BatchRun(settings))

    assert f"{storage.uri(path)} is damaged" in damaged.value.message
    storage.delete(path)
    export_orders(BatchRun(settings))
    assert read_export(storage).drop("month").equals(read_database(database))


def test_who_asks_for_the_time_of_an_export_learns_of_a_truncated_manifest(
    storage: Storage,
) -> None:
    storage.put(manifests.MANIFEST_KEY, b'{"format": 4, "snapshot": {"taken')

    with pytest.raises(DatasetDamaged, match="Delete it and export again"):
        find_export_time(storage)


class ForgetfulStorage(FileSystemStorage):
    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        del content
        super().put(path, self.read_bytes("earlier.parquet"))


def test_a_file_that_does_not_have_its_lines_is_noticed(tmp_path: Path) -> None:
    lines = pl.DataFrame([order_line()], schema=ORDER_LINES)
    others = lines.with_columns(quantity=pl.lit(2, pl.Int64))
    others.write_parquet(tmp_path / "earlier.parquet")

    with pytest.raises(WrongFile):
        write_lines(ForgetfulStorage(tmp_path), "2026-01", lines)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.ray
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("cluster")
@pytest.mark.filterwarnings("default")
def test_a_cluster_exports_as_one_process_does(
    settings: Settings, storage: Storage, database: Database
) -> None:
    assert (
        export_orders(BatchRun(settings, on_ray=True)).plan["order_lines"].months
        == MONTHS
    )

    assert read_export(storage).drop("month").equals(read_database(database))
