"""Runs a server of the standard library, or Werkzeug's, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread

POLL_INTERVAL_S = 0.02
"""How often a server looks whether it was shut down; by default a test waits half a second."""


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """Serve until the end of the block, then close the server."""
    thread = Thread(target=server.serve_forever, args=(POLL_INTERVAL_S,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
