"""Startup and shutdown shared by the background processes: settings, logs, signals."""

import signal
import sys
import threading

from webapp.config import Settings, WrongSetting
from webapp.kit import log

EXIT_WRONG_SETTING = 2


def configure_process(name: str) -> Settings:
    """Load settings and configure logs; exit with one sentence on a wrong setting."""
    try:
        settings = Settings.load()
    except WrongSetting as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_WRONG_SETTING)
    log.configure(level=settings.log_level, process=name)
    return settings


def stop_event() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
