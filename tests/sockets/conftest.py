import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.support.chat_client import ChatTestClient, offer_token
from tests.support.factories import RowFactory
from tests.support.fake_agent_client import FakeAgentClient
from tests.support.web_apps import AppFactory
from tests.support.web_server import serve_app
from webapp.bootstrap import Runtime
from webapp.config import PROJECT_ROOT, Settings
from webapp.http.access import issue_access_token

LEASE_S = 2.0


@dataclass
class LiveServer:
    """A running web server with one customer, one admin and fake agents."""

    address: str
    app: Flask
    runtime: Runtime
    agent_client: FakeAgentClient
    customer_id: UUID
    admin_id: UUID
    connections: list[ChatTestClient] = field(default_factory=list)

    def issue_token(self, *, admin: bool = False) -> str:
        account_id = self.admin_id if admin else self.customer_id
        with self.app.app_context():
            return issue_access_token(account_id, groups=["admin"] if admin else [])

    def connect(
        self, path: str = "/ws/chat", *, admin: bool = False, **options: Any
    ) -> ChatTestClient:
        """Connect with a valid token as a subprotocol, unless told otherwise."""
        if options.keys().isdisjoint({"subprotocols", "ticket", "token"}):
            options["subprotocols"] = offer_token(self.issue_token(admin=admin))
        client = ChatTestClient(self.address, path, **options)
        self.connections.append(client)
        return client


@pytest.fixture
def live_server(runtime: Runtime, create_app: AppFactory) -> Iterator[LiveServer]:
    agent_client = FakeAgentClient()
    with runtime.db.unit_of_work() as session:
        make = RowFactory(session)
        customer_id, admin_id = make.customer().id, make.customer(admin=True).id
    runtime = replace(runtime, support_agent=agent_client, insights_agent=agent_client)
    app = create_app(runtime)
    with serve_app(app) as address:
        live_server = LiveServer(
            address, app, runtime, agent_client, customer_id, admin_id
        )
        yield live_server
        for client in live_server.connections:
            with suppress(Exception):
                client.close()


@dataclass
class WebProcess:
    process: subprocess.Popen[str]
    address: str


@contextmanager
def web_process(settings: Settings, valkey: str) -> Iterator[WebProcess]:
    """A web server in a process of its own, whose connections are leases of `LEASE_S`."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.require_database_url(),
        "REDIS_URL": valkey,
        "JWT_SECRET": settings.require_jwt_secret(),
        "STRIPE_API_KEY": "sk_test_of_the_tests",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
        "VAR_DIR": str(settings.var_dir),
        "CHAT_CONNECTIONS_PER_ACCOUNT": "2",
        "CHAT_MESSAGES_PER_MINUTE": "3",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.chat_process", str(LEASE_S)],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield WebProcess(process, process.stdout.readline().strip())
        finally:
            process.kill()
