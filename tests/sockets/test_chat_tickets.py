"""Tickets open one chat socket, once, so that no token stands in an address."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.sockets.conftest import LiveServer
from tests.support.api_client import ApiClient
from tests.support.chat_client import ChatTestClient, offer_token
from webapp.accounts.models import Customer
from webapp.adapters.one_time_values.memory import MemoryOneTimeValues
from webapp.adapters.one_time_values.port import ValueStoreUnavailable
from webapp.app import use_runtime
from webapp.chat.tickets import LIFETIME, issue_ticket
from webapp.config import Stage
from webapp.http.access import Identity
from webapp.kit.clock import utc_now


class UnavailableValues:
    def put(self, *_: object, lifetime_s: int) -> None:
        raise ValueStoreUnavailable(lifetime_s)

    def take(self, *_: object) -> str | None:
        raise ValueStoreUnavailable


class ReadableValues(MemoryOneTimeValues):
    """Whoever can read Valkey sees these, and can write others."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, str] = {}

    def put(self, key: str, value: str, *, lifetime_s: int) -> None:
        self.seen[key] = value
        super().put(key, value, lifetime_s=lifetime_s)


def use(live_server: LiveServer, **parts: Any) -> None:
    live_server.runtime = replace(live_server.runtime, **parts)
    use_runtime(live_server.app, live_server.runtime)


def get_ticket(
    live_server: LiveServer, path: str = "/ws/chat", *, admin: bool = False
) -> str:
    account_id = live_server.admin_id if admin else live_server.customer_id
    client = ApiClient(live_server.app, account_id, admin=admin)
    answer = client.expect_ok("POST", "/chat/tickets", {"path": path})
    assert answer["expiresIn"] == 30
    return str(answer["ticket"])


def read_error(client: ChatTestClient) -> tuple[str, int]:
    """Error code and close code of a connection that is not served."""
    error = client.receive()
    assert error["type"] == "error"
    code, reason = client.wait_for_close()
    assert error["message"].startswith(reason)
    return error["code"], code


def test_a_ticket_opens_one_socket_once(live_server: LiveServer) -> None:
    ticket = get_ticket(live_server)
    assert len(ticket) >= 43, "256 bits"
    client = live_server.connect(ticket=ticket)

    assert client.receive()["type"] == "connected"
    assert client.send_message("hello")[-1]["type"] == "message"
    [turn] = live_server.agent_client.turns
    assert turn.principal.customer_id == live_server.customer_id
    assert read_error(live_server.connect(ticket=ticket)) == ("TICKET_NOT_VALID", 4401)


def test_a_ticket_is_for_the_path_and_the_groups_of_whoever_got_it(
    live_server: LiveServer,
) -> None:
    customers, admins = (
        get_ticket(live_server),
        get_ticket(live_server, "/ws/insights", admin=True),
    )
    nobody = ApiClient(live_server.app)
    customer = ApiClient(live_server.app, live_server.customer_id)

    body = {"path": "/ws/insights"}
    for caller, error in (
        (nobody, (401, "UNAUTHENTICATED")),
        (customer, (403, "ADMIN_ONLY")),
    ):
        assert caller.expect_error("POST", "/chat/tickets", body) == error
    for path, ticket in (("/ws/insights", customers), ("/ws/chat", admins)):
        assert read_error(live_server.connect(path, ticket=ticket)) == (
            "TICKET_NOT_VALID",
            4401,
        )
    admitted = get_ticket(live_server, "/ws/insights", admin=True)
    client = live_server.connect("/ws/insights", ticket=admitted)
    assert client.receive()["type"] == "connected"


@pytest.mark.parametrize("ticket", ["x", "a.b.c", "é", "0" * 5000])
def test_what_is_no_ticket_opens_nothing(live_server: LiveServer, ticket: str) -> None:
    assert read_error(live_server.connect(ticket=ticket)) == ("TICKET_NOT_VALID", 4401)


def test_a_ticket_expires(live_server: LiveServer) -> None:
    def issue(*, at: timedelta) -> str:
        return issue_ticket(
            live_server.runtime.one_time_values,
            Identity(
                live_server.customer_id,
                frozenset(),
                expires_at=int((utc_now() + timedelta(hours=1)).timestamp()),
                token_version=0,
            ),
            path="/ws/chat",
            secret=live_server.runtime.settings.require_jwt_secret(),
            now=utc_now() + at,
        )

    in_time = live_server.connect(ticket=issue(at=timedelta()))
    assert in_time.receive()["type"] == "connected"
    too_late = live_server.connect(ticket=issue(at=-LIFETIME))
    assert read_error(too_late) == ("TICKET_NOT_VALID", 4401)


def test_a_ticket_lasts_no_longer_than_its_access_token(
    live_server: LiveServer,
) -> None:
    ticket = get_ticket(live_server)
    with live_server.runtime.db.unit_of_work() as session:
        customer = session.get_one(Customer, live_server.customer_id)
        customer.token_version += 1
        customer.tokens_revoked_at = utc_now()
    use_runtime(live_server.app, live_server.runtime)  # forgets cached statuses

    assert read_error(live_server.connect(ticket=ticket)) == ("TOKEN_REVOKED", 4401)


def test_whoever_reads_and_writes_valkey_can_neither_use_nor_make_a_ticket(
    live_server: LiveServer,
) -> None:
    values = ReadableValues()
    use(live_server, one_time_values=values)
    ticket = get_ticket(live_server, "/ws/insights", admin=True)
    [(key, signed)] = values.seen.items()
    assert ticket not in f"{key} {signed}"
    own = get_ticket(live_server, "/ws/chat")
    [own_key] = values.seen.keys() - {key}
    values.put(own_key, signed, lifetime_s=30)

    for taken in (own, key, signed):
        assert read_error(live_server.connect("/ws/insights", ticket=taken)) == (
            "TICKET_NOT_VALID",
            4401,
        )
    as_token = ApiClient(live_server.app)
    as_token.headers = {"Authorization": f"Bearer {signed}"}
    assert as_token.expect_error("GET", "/auth/me") == (401, "UNAUTHENTICATED")


def test_without_valkey_tickets_are_refused_with_what_to_do_and_tokens_work(
    live_server: LiveServer,
) -> None:
    ticket = get_ticket(live_server)
    use(live_server, one_time_values=UnavailableValues())
    customer = ApiClient(live_server.app, live_server.customer_id)

    response = customer.call("POST", "/chat/tickets", {"path": "/ws/chat"})
    assert response.status_code == 503
    assert response.get_json()["error"]["code"] == "TICKETS_UNAVAILABLE"
    assert "bearer.TOKEN" in response.get_json()["error"]["message"]
    assert read_error(live_server.connect(ticket=ticket)) == (
        "TICKETS_UNAVAILABLE",
        4503,
    )
    assert live_server.connect().receive()["type"] == "connected"


def test_tickets_are_limited_by_account(live_server: LiveServer) -> None:
    for _ in range(60):
        get_ticket(live_server)
    customer = ApiClient(live_server.app, live_server.customer_id)

    error = customer.expect_error("POST", "/chat/tickets", {"path": "/ws/chat"})

    assert error == (429, "TOO_MANY_REQUESTS")
    get_ticket(live_server, admin=True)


@pytest.mark.parametrize("stage", [Stage.STAGING, Stage.PRODUCTION])
def test_a_token_in_the_address_is_for_development_only(
    live_server: LiveServer, stage: Stage
) -> None:
    token = live_server.issue_token()
    assert live_server.connect(token=token).receive()["type"] == "connected"
    settings = live_server.runtime.settings.model_copy(update={"stage": stage})
    use(live_server, settings=settings)

    for offered in (None, offer_token(token)):
        client = live_server.connect(token=token, subprotocols=offered)
        error = client.receive()
        assert error["code"] == "TOKEN_IN_ADDRESS"
        assert "bearer.TOKEN" in error["message"]
        assert token not in error["message"]
        assert client.wait_for_close()[0] == 4401
    assert live_server.connect().receive()["type"] == "connected"
