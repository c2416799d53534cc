"""A platform of tiny programs under the real supervisor and its parent, as a process:
`python -m tests.support.small_platform VAR PART…`, each PART a name of `build_parts`.
"""

import json
import os
import signal
import sys
from pathlib import Path

from webapp.devtools.supervisor.errors import CannotRun, PartFailed
from webapp.devtools.supervisor.parent_watch import run_under_parent_watch
from webapp.devtools.supervisor.part import PlatformPart
from webapp.devtools.supervisor.ports import find_free_port
from webapp.devtools.supervisor.probes import Probe, ProbeKind
from webapp.devtools.supervisor.screen import Screen
from webapp.devtools.supervisor.state import RunFolder
from webapp.devtools.supervisor.supervisor import Supervisor

# Records its start and stop in a file, so that tests can check their order.
STAYS = """
import os, pathlib, signal, subprocess, sys
name, lifecycle = sys.argv[1:]
def record(event):
    with open(lifecycle, "a") as file:
        file.write(f"{event} {name}\\n")
def stop(*_):
    record("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
record("started")
while True:
    signal.pause()
"""
# A grandchild in a session of its own, like those of Ray's jobs.
WANDERS = """
import os, subprocess, sys, time
subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
)
time.sleep(600)
"""
FAILS = "print('cannot open the till'); raise SystemExit(3)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    time.sleep(1)
"""
# Runs long enough to count as started.
FLAKY = "import time; time.sleep(1.3); raise SystemExit(1)"
SERVES = """
import pathlib, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
port = int(pathlib.Path(sys.argv[1]).read_text())
HTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler).serve_forever()
"""
ENDS = "print('counted')"


def choose_port(var: Path) -> int:
    """The port of the server part; the same after each restart."""
    file = var / "port"
    if not file.exists():
        file.write_text(str(find_free_port()))
    return int(file.read_text())


def kill_once(var: Path) -> None:
    """Like a server that is killed while its database is prepared."""
    killed = var / "killed"
    if not killed.exists():
        killed.touch()
        [part] = json.loads((var / "run" / "state.json").read_text())["parts"]
        os.kill(part["pid"], signal.SIGKILL)
        raise PartFailed("the server does not answer")


def build_parts(var: Path) -> dict[str, PlatformPart]:
    def command(code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", code, *arguments]

    lifecycle = str(var / "lifecycle")
    parts = [
        PlatformPart("store", lambda: command(STAYS, "store", lifecycle)),
        PlatformPart(
            "count", lambda: command(ENDS), depends_on=("store",), is_one_shot=True
        ),
        PlatformPart(
            "shop", lambda: command(STAYS, "shop", lifecycle), depends_on=("store",)
        ),
        PlatformPart("wanderer", lambda: command(WANDERS)),
        PlatformPart("server", lambda: command(SERVES, str(var / "port"))),
        PlatformPart(
            "deployment",
            lambda: command(ENDS),
            starts_alongside=("server",),
            is_one_shot=True,
            probe=Probe(ProbeKind.HTTP, f"http://127.0.0.1:{choose_port(var)}"),
        ),
        PlatformPart("flaky", lambda: command(FLAKY)),
        PlatformPart("broken", lambda: command(FAILS)),
        PlatformPart(
            "interrupted",
            lambda: command(STAYS, "interrupted", lifecycle),
            on_ready=lambda: kill_once(var),
        ),
        PlatformPart("stubborn", lambda: command(STUBBORN), stop_timeout_s=0.5),
    ]
    return {part.name: part for part in parts}


def main() -> int:
    var, names = Path(sys.argv[1]), sys.argv[2:]
    parts = [build_parts(var)[name] for name in names]

    def supervise(parent_pipe: int) -> int:
        screen = Screen()
        run_folder = RunFolder(var)
        try:
            run_folder.lock()
            screen.show_start(var, orphans=run_folder.kill_orphans())
            supervisor = Supervisor(
                parts, run_folder=run_folder, logs=var, screen=screen
            )
            supervisor.run(
                parent_pipe=parent_pipe, on_ready=lambda: screen.write_line("ready")
            )
        except CannotRun as error:
            screen.show_error(str(error))
            return error.exit_code
        return 0

    return run_under_parent_watch(supervise, clean_up=RunFolder(var).kill_orphans)


if __name__ == "__main__":
    sys.exit(main())
