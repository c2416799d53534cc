"""A private PostgreSQL for one test run: the server that `make run` starts, durability off."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.devtools.supervisor import postgres
from webapp.devtools.supervisor.health import Kind, Probe
from webapp.devtools.supervisor.privileges import unprivileged

READY_SECONDS = 30


@contextmanager
def running(cluster: postgres.Cluster, *, log: Path) -> Iterator[None]:
    """The cluster's server, stopped at once at the end whatever happened."""
    cluster.prepare()
    with log.open("ab") as output:
        server = subprocess.Popen(
            cluster.command(),
            env=postgres.ENVIRONMENT,
            cwd="/",
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        probe = Probe(Kind.POSTGRES, cluster.maintenance_url)
        while probe.problem() is not None:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        server.send_signal(postgres.STOP_AT_ONCE)
        server.wait()


@contextmanager
def private_postgres() -> Iterator[str]:
    """The address of an empty database `shop`, reached by a socket only we may enter."""
    # Socket paths end at about 100 characters, so not below pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="ecom67-", dir="/tmp"))
    sockets = folder / "s"
    sockets.mkdir(mode=0o700)
    owner = unprivileged(folder / "data")
    if owner is not None:
        os.chown(sockets, owner.uid, owner.gid)
        folder.chmod(0o711)
    cluster = postgres.Cluster(
        data=folder / "data", port=5432, socket_folder=sockets, durable=False
    )
    try:
        with running(cluster, log=folder / "log"):
            cluster.create_database()
            yield cluster.url
    finally:
        shutil.rmtree(folder)
