"""The real server: as whoever runs the tests, in awkward folders, after a crash."""

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

from tests.support.ports import free_port
from tests.support.postgres import running
from webapp.devtools.supervisor.postgres import PostgresCluster

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that only its owner may enter, like root's home, and a space in its path."""
    with tempfile.TemporaryDirectory(prefix="ecom67 home ", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def cluster(home: Path) -> PostgresCluster:
    return PostgresCluster(
        data_folder=home / "data", port=free_port(), password="open-sesame"
    )


def server_of(cluster: PostgresCluster) -> psutil.Process:
    lock = (cluster.data_folder / "postmaster.pid").read_text()
    return psutil.Process(int(lock.split("\n", 1)[0]))


def test_it_runs_below_a_private_folder_and_leaves_its_mode_alone(
    cluster: PostgresCluster, home: Path
) -> None:
    before = home.stat()

    with running(cluster, log=home / "log"):
        cluster.create_database()
        cluster.create_database()
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE EXTENSION pg_trgm")
        assert server_of(cluster).uids().real != 0

    assert (home.stat().st_mode, home.stat().st_uid) == (before.st_mode, before.st_uid)


def test_a_wrong_password_is_refused(cluster: PostgresCluster, home: Path) -> None:
    with running(cluster, log=home / "log"):
        cluster.create_database()
        guess = replace(cluster, password="guess")

        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(guess.url)


def test_what_was_committed_survives_kill_9(
    cluster: PostgresCluster, home: Path
) -> None:
    with running(cluster, log=home / "log"):
        cluster.create_database()
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server_of(cluster).kill()

    with running(cluster, log=home / "log"), psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_a_lock_whose_number_another_process_has_by_now_does_not_stop_a_start(
    cluster: PostgresCluster, home: Path
) -> None:
    with running(cluster, log=home / "log"):
        server = server_of(cluster)
        lock = (cluster.data_folder / "postmaster.pid").read_text()
    # As after a reboot: the number in the lock lives, but is no server. It belongs to the
    # same user, or PostgreSQL would see by itself that it is not.
    owner = None if os.geteuid() != 0 else cluster.data_folder.stat().st_uid
    stranger = subprocess.Popen(["/bin/sleep", "60"], cwd="/", user=owner)
    try:
        stale = lock.replace(str(server.pid), str(stranger.pid), 1)
        (cluster.data_folder / "postmaster.pid").write_text(stale)

        with running(cluster, log=home / "log"):
            assert server_of(cluster).pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_left_by_a_crashed_supervisor_is_stopped_first(
    cluster: PostgresCluster, home: Path
) -> None:
    with running(cluster, log=home / "log"):
        left_behind = server_of(cluster)

        cluster.prepare()

        assert not left_behind.is_running() or (
            left_behind.status() == psutil.STATUS_ZOMBIE
        )
        assert not (cluster.data_folder / "postmaster.pid").exists()


def test_an_interrupted_first_start_is_begun_again(
    cluster: PostgresCluster, home: Path
) -> None:
    half_made = cluster.data_folder.with_name("data.new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")

    with running(cluster, log=home / "log"):
        cluster.create_database()

    assert not half_made.exists()


def test_asking_it_to_stop_lets_it_finish(cluster: PostgresCluster, home: Path) -> None:
    with running(cluster, log=home / "log"):
        server = server_of(cluster)
        server.send_signal(signal.SIGINT)
        psutil.wait_procs([server], timeout=10)

    assert "database system is shut down" in (home / "log").read_text()
