from collections.abc import Iterator
from contextlib import suppress
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
from webapp.http.access import issue_access_token


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
