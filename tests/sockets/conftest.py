from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.support.chat_client import ChatTestClient
from tests.support.factories import RowFactory
from tests.support.fake_agent_client import FakeAgentClient
from tests.support.web_server import serve_app
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.http.access import issue_access_token


@dataclass
class LiveServer:
    """A running web server with one customer, one admin and stand-in agents."""

    address: str
    app: Flask
    runtime: Runtime
    agent_client: FakeAgentClient
    customer_id: UUID
    admin_id: UUID
    connections: list[ChatTestClient] = field(default_factory=list)

    def issue_token(self, *, admin: bool = False) -> str:
        who = self.admin_id if admin else self.customer_id
        with self.app.app_context():
            return issue_access_token(who, groups=["admin"] if admin else [])

    def connect(
        self, path: str = "/ws/chat", *, admin: bool = False, **how: Any
    ) -> ChatTestClient:
        """A line with a good token, unless `token` says otherwise."""
        line = ChatTestClient(
            self.address,
            path,
            token=how.pop("token", self.issue_token(admin=admin)),
            **how,
        )
        self.connections.append(line)
        return line


@pytest.fixture
def live_server(runtime: Runtime) -> Iterator[LiveServer]:
    host = FakeAgentClient()
    with runtime.db.unit_of_work() as session:
        make = RowFactory(session)
        customer_id, admin_id = make.customer().id, make.customer(admin=True).id
    runtime = replace(runtime, support_agent=host, insights_agent=host)
    app = create_app(runtime)
    with serve_app(app) as address:
        live_server = LiveServer(address, app, runtime, host, customer_id, admin_id)
        yield live_server
        for line in live_server.connections:
            with suppress(Exception):
                line.close()
