"""The web entry point: `gunicorn -c python:webapp.server.gunicorn_config webapp.serve:app`."""

from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.config import Settings
from webapp.kit import log
from webapp.kit.memory import freeze_gc
from webapp.kit.secret_strength import load_word_lists

settings = Settings.load()
log.configure(level=settings.log_level, process="web")
app = create_app(build_runtime(settings))
load_word_lists()
freeze_gc()
