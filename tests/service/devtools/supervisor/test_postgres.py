"""The real server: as root or an ordinary user, in awkward folders, after a crash."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.support.postgres import run_postgres
from webapp.devtools.supervisor.postgres import PostgresCluster

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that only its owner may enter, like root's home, and a space in its path."""
    with tempfile.TemporaryDirectory(prefix="ecom67 home ", dir="/tmp") as folder:
        yield Path(folder)


def find_server(cluster: PostgresCluster) -> psutil.Process:
    lock = (cluster.data_folder / "postmaster.pid").read_text()
    return psutil.Process(int(lock.split("\n", 1)[0]))


def test_it_runs_in_a_private_folder_and_keeps_its_mode(
    cluster: PostgresCluster, home: Path
) -> None:
    before = home.stat()

    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        cluster.prepare_database()
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        assert find_server(cluster).uids().real != 0

    assert (home.stat().st_mode, home.stat().st_uid) == (before.st_mode, before.st_uid)


def test_a_wrong_password_is_rejected(cluster: PostgresCluster, home: Path) -> None:
    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        guess = replace(cluster, password="guess")

        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(guess.url)


def test_what_was_committed_survives_kill_9(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        find_server(cluster).kill()

    with (
        run_postgres(cluster, log=home / "log"),
        psycopg.connect(cluster.url) as connection,
    ):
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_a_stale_lock_whose_pid_was_reused_does_not_prevent_a_start(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        server = find_server(cluster)
        lock = (cluster.data_folder / "postmaster.pid").read_text()
    # As after a reboot: the pid in the lock is alive but not a server. It belongs to the same
    # user, or PostgreSQL itself would detect that.
    owner = None if os.geteuid() != 0 else cluster.data_folder.stat().st_uid
    other_process = subprocess.Popen(["/bin/sleep", "60"], cwd="/", user=owner)
    try:
        stale = lock.replace(str(server.pid), str(other_process.pid), 1)
        (cluster.data_folder / "postmaster.pid").write_text(stale)

        with run_postgres(cluster, log=home / "log"):
            assert find_server(cluster).pid != other_process.pid
        assert other_process.poll() is None
    finally:
        other_process.kill()
        other_process.wait()


def test_a_server_left_by_a_crashed_supervisor_is_stopped_first(
    cluster: PostgresCluster, home: Path
) -> None:
    with run_postgres(cluster, log=home / "log"):
        orphan = find_server(cluster)

        cluster.prepare()

        assert not orphan.is_running() or (orphan.status() == psutil.STATUS_ZOMBIE)
        assert not (cluster.data_folder / "postmaster.pid").exists()


def test_an_interrupted_first_start_is_repeated(
    cluster: PostgresCluster, home: Path
) -> None:
    half_made = cluster.data_folder.with_name("data.new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")

    with run_postgres(cluster, log=home / "log"):
        cluster.prepare_database()

    assert not half_made.exists()


def test_a_fast_shutdown_completes(cluster: PostgresCluster, home: Path) -> None:
    with run_postgres(cluster, log=home / "log"):
        server = find_server(cluster)
        server.send_signal(signal.SIGINT)
        psutil.wait_procs([server], timeout=10)

    assert "database system is shut down" in (home / "log").read_text()
