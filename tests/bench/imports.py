"""How long real files take to import, and in how much memory: `python -m tests.bench.imports`.

Each import is the command itself, against an empty, durable PostgreSQL. Beside it stands
the floor: COPY of the rows that it made into an empty table with the same indexes. The data
lie beside the project (`ECOM67_SHARED`, see its `data/README.md`).
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

from tests.support.postgres import running
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
    """What it fills, and the floor copies."""
    seconds: int
    """What issue 3 allows on two cores."""


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
class Taken:
    wall: float
    processor: float
    megabytes: float


def main() -> None:
    data = SHARED_DIR / "data"
    if not data.is_dir():
        sys.exit(f"no data in {data}: set ECOM67_SHARED")
    with durable_postgres() as url:
        for case in CASES:
            show(case, data / case.file, url)


def show(case: Case, file: Path, url: str) -> None:
    one, five, _ = os.getloadavg()
    print(f"{case.kind}: {case.rows:,} rows (load before: {one:.1f}, {five:.1f})")
    first = timed(case, file, url)
    line("first import", first, case.rows)
    floor = sum(copied(url, table) for table in case.tables)
    print(f"  {'floor: plain COPY':18}{floor:7.1f} s   {first.wall / floor:5.1f} times")
    line("again, unchanged", timed(case, file, url), case.rows)
    print(f"  allowed: {case.seconds} s")


def line(what: str, taken: Taken, rows: int) -> None:
    print(
        f"  {what:18}{taken.wall:7.1f} s   {rows / taken.wall:7,.0f} rows/s   "
        f"{taken.processor:5.1f} s of processor in the importer, "
        f"{taken.megabytes:.0f} MB at most"
    )


def timed(case: Case, file: Path, url: str) -> Taken:
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
    return Taken(wall, usage.ru_utime + usage.ru_stime, megabytes)


def copied(url: str, table: str) -> float:
    """Seconds to COPY a table's rows into an empty one with the same indexes."""
    source, target = sql.Identifier(table), sql.Identifier(f"floor_{table}")
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        # Not in memory: a child's peak counts what its parent held when it was made.
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
    """As `make run` starts it: everything that is committed is on the disk."""
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
        with running(cluster, log=folder / "log"):
            cluster.create_database()
            engine = build_engine(cluster.url)
            upgrade(engine)
            engine.dispose()
            yield cluster.url


if __name__ == "__main__":
    main()
