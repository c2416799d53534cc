"""`ecom67 run` from its settings to its exit code."""

import os
import time
from functools import partial

from webapp.config import Settings
from webapp.devtools.supervisor.errors import CannotRun, explained
from webapp.devtools.supervisor.guard import under_guard
from webapp.devtools.supervisor.keys import kept_keys
from webapp.devtools.supervisor.parts import ACCOUNTS_FILE, Plan, plan
from webapp.devtools.supervisor.ports import require_free
from webapp.devtools.supervisor.preflight import require_space, require_writable
from webapp.devtools.supervisor.report import Screen, sign_ins
from webapp.devtools.supervisor.state import RunFolder
from webapp.devtools.supervisor.supervisor import Supervisor


def launch(settings: Settings) -> int:
    """Run the platform until it is told to stop; returns the exit code."""
    run_folder = RunFolder(settings.var_dir.resolve())
    return under_guard(
        partial(_supervise, settings), clean_up=run_folder.kill_leftovers
    )


def _supervise(settings: Settings, guarded: int) -> int:
    screen = Screen()
    try:
        _run(settings, guarded, screen)
    except CannotRun as problem:
        screen.failed(str(problem))
        return problem.exit_code
    except OSError as problem:
        refusal = explained(problem, what="The platform")
        screen.failed(str(refusal))
        return refusal.exit_code
    return 0


def _run(settings: Settings, guarded: int, screen: Screen) -> None:
    began = time.monotonic()
    var = settings.var_dir.resolve()
    require_writable(var)
    run_folder = RunFolder(var)
    run_folder.lock()
    screen.starting(var, leftovers=run_folder.kill_leftovers())
    require_space(var)
    (var / "log").mkdir(exist_ok=True)
    chosen = plan(settings, kept_keys(var), var=var, environment=os.environ)
    for part in chosen.parts:
        require_free(part.ports, host=part.host)
    run_folder.publish(chosen.addresses)

    def when_ready() -> None:
        screen.ready(time.monotonic() - began, _addresses(settings, chosen))
        screen.shows_logs = True

    supervisor = Supervisor(
        chosen.parts, run_folder=run_folder, logs=var / "log", screen=screen
    )
    supervisor.run(guarded=guarded, when_ready=when_ready)


def _addresses(settings: Settings, chosen: Plan) -> list[tuple[str, str]]:
    named = {part.name: part.address for part in chosen.parts}
    addresses = [
        ("Shop", settings.site),
        ("API", f"{settings.site}/api/docs"),
        ("Ray dashboard", named.get("ray", "")),
    ]
    known = [(name, address) for name, address in addresses if address]
    return [*known, *sign_ins(settings.var_dir / ACCOUNTS_FILE)]
