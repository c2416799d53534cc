"""Starts the simulator: `python -m webapp.devtools.stripe_simulator.serve`.

gunicorn with one worker, because one process owns the database, and many threads.
"""

import atexit
import runpy
import sys

from flask import Flask

from webapp.config import Settings, Stage, WrongSetting
from webapp.devtools.stripe_simulator.app import create_app
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions
from webapp.kit import log

MODULE = "webapp.devtools.stripe_simulator.serve"
WORKER_CLASS = "webapp.server.worker.BufferingWorker"
"""The shop's own: a request costs it less than gunicorn's threads."""
THREADS = 32
KEEP_ALIVE_S = 75
GRACEFUL_TIMEOUT_S = 1


def app() -> Flask:
    """Build the app; gunicorn calls this in the worker, whose threads are started here."""
    settings = Settings.load()
    log.configure(level=settings.log_level, process="stripe-simulator")
    simulator = Simulator(SimulatorOptions.from_settings(settings))
    atexit.register(simulator.close)
    return create_app(simulator)


def build_command(port: int) -> list[str]:
    return [
        "gunicorn",
        *("--bind", f"127.0.0.1:{port}"),
        *("--workers", "1"),
        *("--threads", str(THREADS)),
        *("--worker-class", WORKER_CLASS),
        *("--keep-alive", str(KEEP_ALIVE_S)),
        *("--graceful-timeout", str(GRACEFUL_TIMEOUT_S)),
        "--no-control-socket",
        f"{MODULE}:app()",
    ]


def main() -> None:
    settings = Settings.load()
    if settings.stage is Stage.PRODUCTION:
        raise WrongSetting("STAGE=production does not allow the Stripe simulator")
    SimulatorOptions.from_settings(settings)
    sys.argv = build_command(settings.stripe_simulator_port)
    runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    try:
        main()
    except WrongSetting as error:
        sys.exit(str(error))
