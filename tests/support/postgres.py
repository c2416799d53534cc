"""Private PostgreSQL server for a test run, as `make run` starts it, without durability."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, Engine, make_url

from webapp.db.migrate import build_engine, upgrade
from webapp.devtools.supervisor import postgres, postgres_roles
from webapp.devtools.supervisor.privileges import (
    choose_user_with_name,
    find_unprivileged_user,
    wrap_command,
)
from webapp.devtools.supervisor.probes import Probe, ProbeKind

READY_TIMEOUT_S = 30
TEMPLATE_VARIABLE = "ECOM67_TEST_POSTGRES"
"""Names the URL of a migrated database to copy, on a server that outlives this process."""


@contextmanager
def run_postgres(cluster: postgres.PostgresCluster, *, log: Path) -> Iterator[None]:
    """Run the cluster's server until the end of the block, then shut it down immediately."""
    cluster.prepare()
    with log.open("ab") as output:
        server = subprocess.Popen(
            cluster.build_command(),
            env=postgres.ENVIRONMENT,
            cwd="/",
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + READY_TIMEOUT_S
        probe = Probe(ProbeKind.POSTGRES, cluster.maintenance_url)
        while probe.find_problem() is not None:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        server.send_signal(postgres.IMMEDIATE_SHUTDOWN_SIGNAL)
        server.wait()


@contextmanager
def private_postgres() -> Iterator[str]:
    """Yield the URL of an empty database `shop`, on a Unix socket that only we can access."""
    # Socket paths are limited to about 100 characters, so not below pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="ecom67-", dir="/tmp"))
    sockets = folder / "s"
    sockets.mkdir(mode=0o700)
    owner = find_unprivileged_user(folder / "data")
    if owner is not None:
        os.chown(sockets, owner.uid, owner.gid)
        folder.chmod(0o711)
    cluster = postgres.PostgresCluster(
        data_folder=folder / "data", port=5432, socket_folder=sockets, durable=False
    )
    try:
        with run_postgres(cluster, log=folder / "log"):
            cluster.prepare_database()
            yield cluster.url
    finally:
        shutil.rmtree(folder)


@contextmanager
def migrated_postgres() -> Iterator[str]:
    """Yield the URL of a database with all tables, on a private server."""
    with private_postgres() as url:
        engine = build_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url


@contextmanager
def opened_as_superuser(engine: Engine) -> Iterator[psycopg.Connection]:
    """Yield a connection of the superuser to the database, on the tests' private server."""
    url = engine.url.set(
        drivername="postgresql", username=postgres_roles.SUPERUSER
    ).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def initialize_as_superuser(cluster: postgres.PostgresCluster) -> None:
    """Create the data folder as earlier versions did: the shop's role is the superuser, and
    started as root the server runs as `nobody`."""
    folder = cluster.data_folder
    folder.mkdir(mode=0o700)
    user = choose_user_with_name() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user.uid, user.gid)
    initdb = [
        postgres.find_program("initdb"),
        f"--pgdata={folder}",
        f"--username={postgres_roles.USER}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        *postgres.ENCODING_OPTIONS,
        "--no-sync",
    ]
    subprocess.run(
        wrap_command(initdb, user=user, folders=[folder]),
        env=postgres.ENVIRONMENT,
        cwd="/",
        input=cluster.password.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextmanager
def copied_database(template: str) -> Iterator[str]:
    """Yield the URL of a copy of the template, on the same server, while the block runs."""
    url = make_url(template)
    name = f"copy_{os.getpid()}"
    copy_database(url, url.database, name)
    yield url.set(database=name).render_as_string(hide_password=False)
    drop_database(url, name)


@contextmanager
def emptied_again(url: str) -> Iterator[None]:
    """Give the database of a private server back as it was before the block."""
    shop = make_url(url)
    copy_database(shop, shop.database, "before")
    yield
    drop_database(shop, shop.database)
    copy_database(shop, "before", shop.database)
    drop_database(shop, "before")


def copy_database(server: URL, original: str | None, copy: str | None) -> None:
    """It takes 0.1 s. Nobody may be connected to the original."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    names = (copy, original, server.username)
    _maintain(server, statement.format(*(sql.Identifier(name or "") for name in names)))


def drop_database(server: URL, name: str | None) -> None:
    statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
    _maintain(server, statement.format(sql.Identifier(name or "")))


def _maintain(server: URL, statement: sql.Composed) -> None:
    url = server.set(
        username=postgres_roles.SUPERUSER, database="postgres"
    ).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
