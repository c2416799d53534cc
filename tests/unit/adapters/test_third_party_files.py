"""Third-party libraries leave no traces (telemetry ids, caches) below the user's home."""

import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

PROGRAM = """
from contextlib import suppress
from webapp.config import Settings
from webapp.kit.clock import utc_now
from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.payments.port import PaymentUnavailable
from webapp.adapters.payments.build import build_payment_gateway

unreachable = "http://127.0.0.1:1"
settings = Settings(_env_file=None, stripe_api_key="sk_test_1", stripe_api_base=unreachable)
build_embedder(settings).embed(["a warm blanket"])
with suppress(PaymentUnavailable):
    build_payment_gateway(settings).find_intent_by_order("1", since=utc_now())
"""


@pytest.mark.slow
def test_the_home_directory_stays_empty(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=True,
    )

    assert list(tmp_path.rglob("*")) == []
