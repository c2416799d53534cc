"""What the background processes have in common: settings, logs, an orderly end."""

import signal
import sys
import threading

from webapp.config import Settings, WrongSetting
from webapp.kit import log

EXIT_WRONG_SETTING = 2


def configure_process(name: str) -> Settings:
    """Settings and logs of a process; a wrong setting ends it with one sentence."""
    try:
        settings = Settings.load()
    except WrongSetting as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(EXIT_WRONG_SETTING)
    log.configure(level=settings.log_level, process=name)
    return settings


def stop_event() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
