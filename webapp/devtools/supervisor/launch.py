"""`ecom67 run` from its settings to its exit code."""

import os
import time
from functools import partial

from webapp.config import Settings
from webapp.devtools.supervisor.errors import CannotRun, from_os_error
from webapp.devtools.supervisor.parent_watch import run_under_parent_watch
from webapp.devtools.supervisor.parts import ACCOUNTS_FILE, PlatformPlan, build_plan
from webapp.devtools.supervisor.platform_secrets import load_or_create_secrets
from webapp.devtools.supervisor.ports import require_free_ports
from webapp.devtools.supervisor.preflight import require_disk_space, require_writable
from webapp.devtools.supervisor.screen import Screen, read_demo_accounts
from webapp.devtools.supervisor.state import RunFolder
from webapp.devtools.supervisor.supervisor import Supervisor


def run_platform(settings: Settings) -> int:
    """Run the platform until it is told to stop; returns the exit code."""
    run_folder = RunFolder(settings.var_dir.resolve())
    return run_under_parent_watch(
        partial(_supervise, settings), clean_up=run_folder.kill_orphans
    )


def _supervise(settings: Settings, guarded: int) -> int:
    screen = Screen()
    try:
        _run(settings, guarded, screen)
    except CannotRun as problem:
        screen.show_error(str(problem))
        return problem.exit_code
    except OSError as problem:
        refusal = from_os_error(problem, component="The platform")
        screen.show_error(str(refusal))
        return refusal.exit_code
    return 0


def _run(settings: Settings, guarded: int, screen: Screen) -> None:
    began = time.monotonic()
    var = settings.var_dir.resolve()
    require_writable(var)
    run_folder = RunFolder(var)
    run_folder.lock()
    screen.show_start(var, orphans=run_folder.kill_orphans())
    require_disk_space(var)
    (var / "log").mkdir(exist_ok=True)
    chosen = build_plan(
        settings, load_or_create_secrets(var), var=var, environment=os.environ
    )
    for part in chosen.parts:
        require_free_ports(part.ports, host=part.host)
    run_folder.write_platform_env(chosen.shared_settings)

    def when_ready() -> None:
        screen.show_ready(time.monotonic() - began, _addresses(settings, chosen))
        screen.is_showing_logs = True

    supervisor = Supervisor(
        chosen.parts, run_folder=run_folder, logs=var / "log", screen=screen
    )
    supervisor.run(parent_pipe=guarded, on_ready=when_ready)


def _addresses(settings: Settings, chosen: PlatformPlan) -> list[tuple[str, str]]:
    named = {part.name: part.address for part in chosen.parts}
    addresses = [
        ("Shop", settings.site),
        ("API", f"{settings.site}/api/docs"),
        ("Ray dashboard", named.get("ray", "")),
    ]
    known = [(name, address) for name, address in addresses if address]
    return [*known, *read_demo_accounts(settings.var_dir / ACCOUNTS_FILE)]
