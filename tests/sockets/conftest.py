from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.support.chat_client import Line
from tests.support.factories import Make
from tests.support.stand_in_host import StandInHost
from tests.support.web_server import served
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.http.access import issue_token


@dataclass
class Place:
    """A running web server with one customer, one admin and stand-in agents."""

    address: str
    app: Flask
    runtime: Runtime
    host: StandInHost
    customer_id: UUID
    admin_id: UUID
    lines: list[Line] = field(default_factory=list)

    def token(self, *, admin: bool = False) -> str:
        who = self.admin_id if admin else self.customer_id
        with self.app.app_context():
            return issue_token(who, groups=["admin"] if admin else [])

    def call(self, path: str = "/ws/chat", *, admin: bool = False, **how: Any) -> Line:
        """A line with a good token, unless `token` says otherwise."""
        line = Line(
            self.address, path, token=how.pop("token", self.token(admin=admin)), **how
        )
        self.lines.append(line)
        return line


@pytest.fixture
def place(runtime: Runtime) -> Iterator[Place]:
    host = StandInHost()
    with runtime.db.unit_of_work() as session:
        make = Make(session)
        customer_id, admin_id = make.customer().id, make.customer(admin=True).id
    runtime = replace(runtime, support=host, insights=host)
    app = create_app(runtime)
    with served(app) as address:
        place = Place(address, app, runtime, host, customer_id, admin_id)
        yield place
        for line in place.lines:
            with suppress(Exception):
                line.close()
