"""gunicorn's options, from the settings: `gunicorn -c python:webapp.server.gunicorn_config
webapp.serve:app`."""

from typing import Any

from webapp.config import Settings, format_netloc
from webapp.db.schema_version import wait_for_schema
from webapp.kit.memory import pause_gc

pause_gc()
_settings = Settings.load()

bind = format_netloc(_settings.host, _settings.port)
workers = _settings.web_workers
worker_class = "webapp.server.worker.BufferingWorker"
threads = _settings.web_threads
worker_connections = _settings.web_connections
keepalive = 15
backlog = 4096
timeout = 60
# An open chat connection keeps a worker alive for this long at shutdown.
graceful_timeout = 5
# Loaded once before the fork: the workers share most of their memory and start quickly.
preload_app = True
# It has one path per user, so two platforms would share it.
control_socket_disable = True


def on_starting(_arbiter: Any) -> None:
    """Called when the code is loaded, and before the port is bound: the database may start, and be
    migrated, meanwhile. No request is accepted before."""
    wait_for_schema(_settings.require_database_url())
