"""A platform of tiny programs under the real guard and supervisor, in a process of its own:
`python -m tests.support.small_platform VAR PART…`, each PART one of `PARTS`.
"""

import sys
from pathlib import Path

from webapp.devtools.supervisor.errors import CannotRun
from webapp.devtools.supervisor.guard import under_guard
from webapp.devtools.supervisor.health import Kind, Probe
from webapp.devtools.supervisor.part import Part
from webapp.devtools.supervisor.ports import some_free_port
from webapp.devtools.supervisor.report import Screen
from webapp.devtools.supervisor.state import RunFolder
from webapp.devtools.supervisor.supervisor import Supervisor

# Says what it does in a file, so that the order of starts and stops can be read.
STAYS = """
import os, pathlib, signal, subprocess, sys
name, diary = sys.argv[1:]
def note(word):
    with open(diary, "a") as file:
        file.write(f"{word} {name}\\n")
def stop(*_):
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
note("started")
while True:
    signal.pause()
"""
# A grandchild in another session, like those of Ray's jobs.
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
# Long enough to count as started.
FLAKY = "import time; time.sleep(1.3); raise SystemExit(1)"
SERVES = """
import pathlib, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
port = int(pathlib.Path(sys.argv[1]).read_text())
HTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler).serve_forever()
"""
ENDS = "print('counted')"


def port_of(var: Path) -> int:
    """The same for all lives of the server."""
    file = var / "port"
    if not file.exists():
        file.write_text(str(some_free_port()))
    return int(file.read_text())


def parts(var: Path) -> dict[str, Part]:
    def command(code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", code, *arguments]

    diary = str(var / "diary")
    known = [
        Part("store", lambda: command(STAYS, "store", diary)),
        Part("count", lambda: command(ENDS), needs=("store",), step=True),
        Part("shop", lambda: command(STAYS, "shop", diary), needs=("store",)),
        Part("wanderer", lambda: command(WANDERS)),
        Part("server", lambda: command(SERVES, str(var / "port"))),
        Part(
            "deployment",
            lambda: command(ENDS),
            beside=("server",),
            step=True,
            probe=Probe(Kind.HTTP, f"http://127.0.0.1:{port_of(var)}"),
        ),
        Part("flaky", lambda: command(FLAKY)),
        Part("broken", lambda: command(FAILS)),
        Part("stubborn", lambda: command(STUBBORN), stop_seconds=0.5),
    ]
    return {part.name: part for part in known}


def main() -> int:
    var, names = Path(sys.argv[1]), sys.argv[2:]
    chosen = [parts(var)[name] for name in names]

    def supervise(guarded: int) -> int:
        screen = Screen()
        run_folder = RunFolder(var)
        try:
            run_folder.lock()
            screen.starting(var, leftovers=run_folder.kill_leftovers())
            supervisor = Supervisor(
                chosen, run_folder=run_folder, logs=var, screen=screen
            )
            supervisor.run(guarded=guarded, when_ready=lambda: screen.line("ready"))
        except CannotRun as problem:
            screen.failed(str(problem))
            return problem.exit_code
        return 0

    return under_guard(supervise, clean_up=RunFolder(var).kill_leftovers)


if __name__ == "__main__":
    sys.exit(main())
