"""Run the whole platform (`ecom67 run`): from the settings to the exit code."""

import os
import time
from functools import partial

from webapp.config import Settings
from webapp.devtools.supervisor.errors import CannotRun, from_os_error
from webapp.devtools.supervisor.modes import PRIVATE_UMASK, close_var_folder
from webapp.devtools.supervisor.parent_watch import run_under_parent_watch
from webapp.devtools.supervisor.parts import ACCOUNTS_FILE, PlatformPlan, build_plan
from webapp.devtools.supervisor.platform_secrets import load_or_create_secrets
from webapp.devtools.supervisor.ports import require_free_ports
from webapp.devtools.supervisor.preflight import require_disk_space, require_writable
from webapp.devtools.supervisor.screen import Screen, read_demo_accounts
from webapp.devtools.supervisor.state import RunFolder
from webapp.devtools.supervisor.supervisor import Supervisor


def run_platform(settings: Settings) -> int:
    """Run the platform until it is stopped; returns the exit code."""
    run_folder = RunFolder(settings.var_dir.resolve())
    return run_under_parent_watch(
        partial(_supervise_platform, settings), clean_up=run_folder.kill_orphans
    )


def _supervise_platform(settings: Settings, parent_pipe: int) -> int:
    screen = Screen()
    try:
        _run_platform(settings, parent_pipe, screen)
    except CannotRun as error:
        screen.show_error(str(error))
        return error.exit_code
    except OSError as os_error:
        startup_error = from_os_error(os_error, component="The platform")
        screen.show_error(str(startup_error))
        return startup_error.exit_code
    return 0


def _run_platform(settings: Settings, parent_pipe: int, screen: Screen) -> None:
    started = time.monotonic()
    os.umask(PRIVATE_UMASK)
    var = settings.var_dir.resolve()
    require_writable(var)
    run_folder = RunFolder(var)
    run_folder.lock()
    screen.show_start(var, orphans=run_folder.kill_orphans())
    require_disk_space(var)
    close_var_folder(var, has_database=settings.database_url is None)
    (var / "log").mkdir(exist_ok=True)
    plan = build_plan(
        settings, load_or_create_secrets(var), var=var, environment=os.environ
    )
    for part in plan.parts:
        require_free_ports(part.ports, host=part.host)
    run_folder.write_platform_env(plan.shared_settings)

    def show_ready() -> None:
        screen.show_ready(time.monotonic() - started, _list_addresses(settings, plan))
        screen.is_showing_logs = True

    supervisor = Supervisor(
        plan.parts, run_folder=run_folder, logs=var / "log", screen=screen
    )
    supervisor.run(parent_pipe=parent_pipe, on_ready=show_ready)


def _list_addresses(settings: Settings, plan: PlatformPlan) -> list[tuple[str, str]]:
    by_part = {part.name: part.address for part in plan.parts}
    addresses = [
        ("Shop", settings.site),
        ("API", f"{settings.site}/api/docs"),
        ("Ray dashboard", by_part.get("ray", "")),
    ]
    started = [(name, address) for name, address in addresses if address]
    return [*started, *read_demo_accounts(settings.var_dir / ACCOUNTS_FILE)]
