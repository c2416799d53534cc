"""A web process with a fake agent, whose leases are short:

    python -m tests.support.chat_process LEASE_S

prints its address, and serves until it is killed.
"""

import sys
from dataclasses import replace
from threading import Event

from tests.support.fake_agent_client import FakeAgentClient
from tests.support.web_server import serve_app
from webapp.adapters.rate_limits.leases import LeasedConcurrencyLimiter
from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.config import Settings


def main() -> None:
    settings = Settings.load(read_platform_env=False)
    runtime = replace(
        build_runtime(settings),
        support_agent=FakeAgentClient(),
        concurrency_limiter=LeasedConcurrencyLimiter(
            settings.redis_url, lease_s=float(sys.argv[1])
        ),
    )
    with serve_app(create_app(runtime)) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        Event().wait()


if __name__ == "__main__":
    main()
