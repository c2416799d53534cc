"""The web entry point: `gunicorn -k webapp.server.worker.BufferingWorker webapp.serve:app`."""

from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.config import Settings
from webapp.kit import log
from webapp.kit.memory import freeze_gc

settings = Settings.load()
log.configure(level=settings.log_level, process="web")
app = create_app(build_runtime(settings))
freeze_gc()
