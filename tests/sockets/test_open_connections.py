"""Each open chat socket has a row, until it closes."""

import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from jobs import housekeeping
from jobs.context import JobContext
from tests.sockets.conftest import LiveServer, web_process
from tests.support.chat_client import ChatTestClient, offer_token
from tests.support.valkey import private_valkey
from tests.support.waiting import eventually
from webapp.app import use_runtime
from webapp.chat.models import OpenConnection
from webapp.chat.open_connections import MAX_LIFETIME
from webapp.db.outbox import enqueue
from webapp.db.session import Database


def list_connections(live_server: LiveServer) -> list[OpenConnection]:
    with live_server.runtime.db.unit_of_work() as session:
        return [*session.scalars(select(OpenConnection))]


def test_a_socket_is_recorded_while_it_is_open(live_server: LiveServer) -> None:
    client = live_server.connect()
    session_id = client.receive()["sessionId"]

    [row] = list_connections(live_server)
    assert (row.owner_id, row.agent) == (live_server.customer_id, "support")
    assert str(row.session_id) == session_id
    assert row.expires_at - row.created_at >= timedelta(hours=23, minutes=59)
    client.send_message("hello")
    [unchanged] = list_connections(live_server)
    assert (unchanged.id, unchanged.expires_at) == (row.id, row.expires_at)

    client.close()

    eventually(lambda: not list_connections(live_server))


def test_a_socket_that_continues_a_conversation_is_recorded_with_it(
    live_server: LiveServer,
) -> None:
    first = live_server.connect("/ws/insights", admin=True)
    session_id = first.receive()["sessionId"]
    first.send_message("hello")
    first.close()
    eventually(lambda: not list_connections(live_server))

    live_server.connect("/ws/insights", admin=True, sessionId=session_id).receive()

    [row] = list_connections(live_server)
    assert (row.owner_id, row.agent) == (live_server.admin_id, "insights")
    assert str(row.session_id) == session_id


def test_a_row_that_is_gone_disturbs_no_open_socket(live_server: LiveServer) -> None:
    client = live_server.connect()
    client.receive()
    with live_server.runtime.db.unit_of_work() as session:
        for row in session.scalars(select(OpenConnection)):
            session.delete(row)

    assert client.send_message("hello")[-1]["type"] == "message"
    client.close()


def test_whoever_is_refused_leaves_no_row(live_server: LiveServer) -> None:
    live_server.connect(token="x").wait_for_close()
    live_server.connect("/ws/insights").wait_for_close()

    assert list_connections(live_server) == []


def test_without_a_database_a_chat_is_not_opened_and_the_client_may_retry(
    live_server: LiveServer,
) -> None:
    lost = Database.from_url("postgresql://shop@127.0.0.1:1/shop")
    use_runtime(live_server.app, replace(live_server.runtime, db=lost))

    client = live_server.connect(admin=True)

    error = client.receive()
    assert (error["type"], error["code"]) == ("error", "DATABASE_UNAVAILABLE")
    assert client.wait_for_close() == (4503, error["message"])


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_row_that_a_killed_process_leaves_is_deleted_once_it_has_expired(
    live_server: LiveServer,
) -> None:
    with (
        private_valkey() as valkey,
        web_process(live_server.runtime.settings, valkey) as web,
    ):
        offered = offer_token(live_server.issue_token())
        client = ChatTestClient(web.address, "/ws/chat", subprotocols=offered)
        live_server.connections.append(client)
        assert client.receive()["type"] == "connected"

        web.process.send_signal(signal.SIGKILL)
        web.process.wait()

    [left] = list_connections(live_server)
    delete_expired(live_server)
    assert len(list_connections(live_server)) == 1
    with live_server.runtime.db.unit_of_work() as session:
        session.add(left)
        left.expires_at -= MAX_LIFETIME

    delete_expired(live_server)

    assert list_connections(live_server) == []


def delete_expired(live_server: LiveServer) -> None:
    """Run the scheduled job."""
    with live_server.runtime.db.unit_of_work() as session:
        message = enqueue(session, "housekeeping.forget")
    housekeeping.delete_expired(live_server.runtime, JobContext(message.id))
