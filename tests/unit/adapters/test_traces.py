"""The libraries of others tell nobody of us, and keep nothing below the user's home."""

import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

USES_THEM = """
from contextlib import suppress
from webapp.config import Settings
from webapp.kit.clock import utc_now
from webapp.adapters.embeddings.build import open_embedder
from webapp.adapters.payments.port import PaymentUnavailable
from webapp.adapters.payments.build import open_payments

nobody = "http://127.0.0.1:1"
settings = Settings(_env_file=None, stripe_api_key="sk_test_1", stripe_api_base=nobody)
open_embedder(settings).embed(["a warm blanket"])
with suppress(PaymentUnavailable):
    open_payments(settings).find_by_order("1", since=utc_now())
"""


@pytest.mark.slow
def test_home_stays_as_it_was(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", USES_THEM],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=True,
    )

    assert list(tmp_path.rglob("*")) == []
