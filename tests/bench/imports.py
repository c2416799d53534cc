"""Measures time and memory of importing real files: `python -m tests.bench.imports`.

Each import runs the command itself, against an empty, durable PostgreSQL. It is compared
with the floor: COPY of the rows that it created into an empty table with the same indexes.
The data sets are stored outside of the project (`ECOM67_SHARED`, see its `data/README.md`).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.postgres import run_postgres
from tests.support.shared_data import SHARED_DIR
from webapp.db.migrate import build_engine, upgrade
from webapp.devtools.supervisor import postgres
from webapp.devtools.supervisor.privileges import find_unprivileged_user


@dataclass(frozen=True)
class Case:
    kind: str
    file: str
    mapping: str
    rows: int
    tables: tuple[str, ...]
    """Tables that the import fills and the floor copies."""
    max_seconds: int
    """Limit of issue 3 on two cores."""


CASES = (
    Case(
        "products",
        "icecat/products.jsonl.gz",
        "icecat",
        19_406,
        ("products", "variants"),
        90,
    ),
    Case(
        "orders",
        "online_retail/order_lines_until_2011-08.csv.gz",
        "online-retail",
        320_705,
        ("orders", "order_items"),
        120,
    ),
)


@dataclass(frozen=True)
class ImportMeasurement:
    wall_s: float
    cpu_s: float
    peak_megabytes: float


def main() -> None:
    data = SHARED_DIR / "data"
    if not data.is_dir():
        sys.exit(f"no data in {data}: set ECOM67_SHARED")
    with durable_postgres() as url:
        for case in CASES:
            measure_case(case, data / case.file, url)


def measure_case(case: Case, file: Path, url: str) -> None:
    one, five, _ = os.getloadavg()
    print(f"{case.kind}: {case.rows:,} rows (load before: {one:.1f}, {five:.1f})")
    first = run_import(case, file, url)
    print_measurement("first import", first, case.rows)
    floor = sum(time_copy(url, table) for table in case.tables)
    print(
        f"  {'floor: plain COPY':18}{floor:7.1f} s   {first.wall_s / floor:5.1f} times"
    )
    print_measurement("again, unchanged", run_import(case, file, url), case.rows)
    print(f"  allowed: {case.max_seconds} s")


def print_measurement(label: str, measured: ImportMeasurement, rows: int) -> None:
    print(
        f"  {label:18}{measured.wall_s:7.1f} s   "
        f"{rows / measured.wall_s:7,.0f} rows/s   "
        f"{measured.cpu_s:5.1f} s of CPU time in the importer, "
        f"{measured.peak_megabytes:.0f} MB at most"
    )


def run_import(case: Case, file: Path, url: str) -> ImportMeasurement:
    command = [sys.executable, "-m", "webapp.cli.main", "import", case.kind, str(file)]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATABASE_URL": url, "VAR_DIR": folder}
        started = time.perf_counter()
        importer = subprocess.Popen(
            [*command, "--mapping", case.mapping],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(importer.pid, 0)
        wall = time.perf_counter() - started
    importer.returncode = os.waitstatus_to_exitcode(status)
    if importer.returncode not in {0, 1}:  # 1: rows were rejected
        sys.exit(f"the import ended with {importer.returncode}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    megabytes = usage.ru_maxrss * kilobyte / 2**20
    return ImportMeasurement(wall, usage.ru_utime + usage.ru_stime, megabytes)


def time_copy(url: str, table: str) -> float:
    """Measure the seconds to COPY a table's rows into an empty one with the same indexes."""
    source, target = sql.Identifier(table), sql.Identifier(f"floor_{table}")
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        # Not in memory: a child's peak includes its parent's memory at the fork.
        tempfile.TemporaryFile() as rows,
    ):
        cursor.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(target, source)
        )
        with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(source)) as copy:
            for block in copy:
                rows.write(block)
        connection.commit()
        rows.seek(0)
        started = time.perf_counter()
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(target)) as copy:
            while block := rows.read(2**20):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - started


@contextmanager
def durable_postgres() -> Iterator[str]:
    """Start PostgreSQL as `make run` does: every commit is on the disk."""
    with tempfile.TemporaryDirectory(prefix="ecom67-", dir="/tmp") as scratch:
        folder = Path(scratch)
        sockets = folder / "s"
        sockets.mkdir(mode=0o700)
        owner = find_unprivileged_user(folder / "data")
        if owner is not None:
            os.chown(sockets, owner.uid, owner.gid)
            folder.chmod(0o711)
        cluster = postgres.PostgresCluster(
            folder / "data", port=5432, socket_folder=sockets
        )
        with run_postgres(cluster, log=folder / "log"):
            cluster.prepare_database()
            engine = build_engine(cluster.url)
            upgrade(engine)
            engine.dispose()
            yield cluster.url


if __name__ == "__main__":
    main()
