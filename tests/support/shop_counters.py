"""What a running shop has done so far, counted from outside: processor time, PostgreSQL,
Valkey, round trips, jobs."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg
import redis
from psycopg import sql

from tests.support.cloned_platform import ClonedPlatform

TRANSACTION_CONTROL = re.compile(rb": (?:BEGIN|COMMIT|ROLLBACK)\b")
LOGGED_STATEMENT = re.compile(rb"LOG:  (?:statement|execute [^:]*): ")
DATA_SEGMENTS = re.compile(r"data_segs_out:(\d+)")
WAITING = sql.SQL(
    "SELECT id FROM outbox_messages WHERE done_at IS NULL AND {dead} IS NULL"
    " AND (due_at <= now() OR {dispatched} IS NOT NULL)"
)


@dataclass(frozen=True)
class ShopTotals:
    """Totals since the start of the platform."""

    processor_ms: dict[str, float]
    commits: int
    """Of PostgreSQL's transactions, those that only read included."""
    database_trips: int
    """Packets to PostgreSQL, each of which is awaited: statements sent together are one."""
    valkey_calls: int
    valkey_trips: int
    jobs: int
    """Jobs that RQ's workers have done."""


class ShopCounters:
    def __init__(self, platform: ClonedPlatform) -> None:
        addresses = platform.addresses
        self._platform = platform
        self._database = psycopg.connect(addresses["DATABASE_URL"], autocommit=True)
        self._valkey = redis.Redis.from_url(addresses["REDIS_URL"])
        columns = self._database.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'outbox_messages'"
        ).fetchall()
        names = {name for (name,) in columns}
        self._waiting = WAITING.format(
            dead=_find_column(names, "dead_lettered_at", "failed_at"),
            dispatched=_find_column(names, "dispatched_at", "sent_at"),
        )

    def close(self) -> None:
        self._database.close()
        self._valkey.close()

    def read(self) -> ShopTotals:
        ports = self._platform.ports
        [commits] = self._fetch(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
        statistics = self._valkey.info("commandstats")
        return ShopTotals(
            self._platform.read_processor_ms(),
            commits,
            _count_packets(ports["POSTGRES_PORT"]),
            sum(command["calls"] for command in statistics.values()),
            _count_packets(ports["VALKEY_PORT"]),
            self._count_jobs(),
        )

    def list_waiting(self) -> list[str]:
        """Ids of the messages of the outbox that are due or dispatched, and not done."""
        return [str(each) for (each,) in self._database.execute(self._waiting)]

    @contextmanager
    def count_statements(self) -> Iterator[list[int]]:
        """Yields a list that, afterwards, has the number of statements meanwhile, without those
        that begin and end transactions. PostgreSQL logs each, which takes time."""
        [server] = [
            part for part in self._platform.list_parts() if part["name"] == "postgres"
        ]
        counted: list[int] = []
        log, options = (
            Path(server["log"]),
            self._platform.var / "postgres/postgresql.conf",
        )
        text = options.read_text()
        try:
            options.write_text(f"{text}\nlog_statement = all\n")
            os.kill(server["pid"], signal.SIGHUP)
            time.sleep(1)
            start = log.stat().st_size
            yield counted
            time.sleep(0.5)
        finally:
            options.write_text(text)
            os.kill(server["pid"], signal.SIGHUP)
        with log.open("rb") as lines:
            lines.seek(start)
            statements = [line for line in lines if LOGGED_STATEMENT.search(line)]
        counted.append(sum(not TRANSACTION_CONTROL.search(line) for line in statements))

    def _count_jobs(self) -> int:
        workers = self._valkey.scan_iter("rq:worker:*")
        counts = (
            self._valkey.hget(worker, "successful_job_count")
            for worker in workers
            if self._valkey.type(worker) == b"hash"
        )
        return sum(int(count or 0) for count in counts)

    def _fetch(self, query: str) -> tuple[int, ...]:
        row = self._database.execute(query.encode()).fetchone()
        assert row is not None
        return row


def find_program(name: str) -> str:
    """Raises `RuntimeError` with the remedy."""
    found = shutil.which(name)
    if found is None:
        msg = f"{name} is missing: install it (apt-get install iproute2 util-linux)"
        raise RuntimeError(msg)
    return found


def _find_column(names: set[str], now: str, before: str) -> sql.Identifier:
    """A column that earlier versions name otherwise."""
    return sql.Identifier(now if now in names else before)


def _count_packets(port: int) -> int:
    """Packets with data that clients of a port of this machine have sent, by the kernel. A
    connection that is closed is no longer counted, so count over a time without new ones."""
    listed = subprocess.run(
        [find_program("ss"), "-tinH", "state", "established", "dport", "=", f":{port}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sum(map(int, DATA_SEGMENTS.findall(listed)))


@dataclass
class BacklogWatch:
    """Looks every second at which jobs wait, and for how long."""

    counters: ShopCounters
    oldest: timedelta = timedelta()
    """The longest that any of them was seen to wait."""
    _first_seen: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def watch(self) -> Iterator[None]:
        stopped = Event()

        def look() -> None:
            while not stopped.wait(1):
                self.update()

        watcher = Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            stopped.set()
            watcher.join()

    def update(self) -> int:
        """Look once; return the number of jobs that wait."""
        now = time.monotonic()
        waiting = self.counters.list_waiting()
        self._first_seen = {each: self._first_seen.get(each, now) for each in waiting}
        ages = [now - seen for seen in self._first_seen.values()]
        self.oldest = max(self.oldest, timedelta(seconds=max(ages, default=0)))
        return len(waiting)

    def wait_until_quiet(self, within_s: float) -> float:
        """Wait until no job waits; return the seconds. Raises `RuntimeError` after `within_s`."""
        started = time.monotonic()
        while waiting := self.update():
            if time.monotonic() - started > within_s:
                msg = f"{waiting} jobs still wait after {within_s} s"
                raise RuntimeError(msg)
            time.sleep(0.25)
        return time.monotonic() - started
