import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

UNREACHABLE_SERVERS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "JWT_SECRET": "not so secret " * 3,
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}


@pytest.mark.slow
def test_the_collector_ignores_what_the_web_process_has_loaded(tmp_path: Path) -> None:
    """Otherwise it stops a request, now and then, to scan 200,000 objects."""
    probe = """
import gc
import webapp.serve
print(gc.get_freeze_count(), len(gc.get_objects()))
"""

    output = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path), **UNREACHABLE_SERVERS},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    frozen, scanned = map(int, output.split())

    assert frozen > 100_000
    assert scanned < 1_000
