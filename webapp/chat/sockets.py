"""`/ws/chat`, and the handshake and receive loop that all chat sockets share."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from threading import Thread
from typing import cast

import structlog
from flask import request
from flask_sock import Sock
from pydantic import ValidationError
from simple_websocket import ConnectionClosed, Server
from sqlalchemy.exc import DBAPIError

from webapp.adapters.agents.port import AgentClient, Principal
from webapp.chat.connection import ChatConnection
from webapp.chat.errors import (
    BadConnectionQuery,
    DatabaseUnavailable,
    TokenInAddress,
)
from webapp.chat.open_connections import MAX_LIFETIME, record_connection
from webapp.chat.protocol import (
    EVENTS,
    FRAMES,
    MAX_FRAME_CHARS,
    ConnectionQuery,
    ErrorEvent,
    ServerEvent,
)
from webapp.chat.rate_limits import TooManyFrames, limit_connections
from webapp.chat.service import AgentName
from webapp.chat.tickets import redeem_ticket
from webapp.config import Stage
from webapp.http.access import (
    Identity,
    is_api_token,
    require_admin,
    revalidate_identity,
    verify_access_token,
)
from webapp.http.api import parse_query
from webapp.http.context import runtime
from webapp.http.errors import is_database_unavailable, list_problems
from webapp.http.openapi import SocketDescription, add_socket
from webapp.kit.clock import utc_now
from webapp.kit.errors import (
    CommerceError,
    Invalid,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

log = structlog.get_logger()

IDLE_TIMEOUT_S = 30 * 60
PING_INTERVAL_S = 25  # below the idle limit of the usual proxies, 60 s
CLOSE_GOING_AWAY = 1001
CLOSE_LIFETIME_OVER = 4408
CLOSE_INVALID = 4400
CLOSE_UNAUTHENTICATED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_TOO_MANY = 4429
CLOSE_UNAVAILABLE = 4503
CLOSE_CODES: dict[type[CommerceError], int] = {
    Unauthenticated: CLOSE_UNAUTHENTICATED,
    Invalid: CLOSE_INVALID,
    TooManyRequests: CLOSE_TOO_MANY,
    Unavailable: CLOSE_UNAVAILABLE,
}
"""Of other errors: `CLOSE_FORBIDDEN`."""
MAX_WAITING_FRAMES = 64
MAX_WAITING_CHARS = 4 * MAX_FRAME_CHARS
MAX_CLOSE_REASON_BYTES = 123  # of a control frame (RFC 6455, section 5.5)


CHAT_PATH, INSIGHTS_PATH = "/ws/chat", "/ws/insights"
SUBPROTOCOLS = ("ecom67.v1", "ecom67")
"""Of this protocol; the second is its name in earlier versions."""
TOKEN_PREFIX = "bearer."  # noqa: S105 - no secret


class OfferedSubprotocols(list[str]):
    """Ours or, if a client offers none of them, its token: a browser can send its token only
    as a subprotocol, and closes the connection when none of its offers is accepted.
    """

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            is_token(str(name)) and not set(self) & set(list_offered_subprotocols())
        )


def list_offered_subprotocols() -> list[str]:
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return [word.strip() for word in offered]


def is_token(offered: str) -> bool:
    """Whether it is a token; in earlier versions, access tokens came without the prefix."""
    return (
        offered.startswith(TOKEN_PREFIX)
        or offered.count(".") == 2
        or is_api_token(offered)
    )


class FrameBuffer(list[str | bytes]):
    """Received frames that wait until those before them are answered. The library reads whatever
    comes: a client that sends more than this is disconnected, before it fills the memory."""

    def __init__(self, socket: Server) -> None:
        super().__init__()
        self._socket = socket

    def append(self, frame: str | bytes) -> None:
        """Raises `ConnectionAbortedError`, at which the library ends the connection."""
        waiting = sum(map(len, self)) + len(frame)
        if len(self) >= MAX_WAITING_FRAMES or waiting > MAX_WAITING_CHARS:
            error = TooManyFrames(
                f"More than {MAX_WAITING_FRAMES} frames or {MAX_WAITING_CHARS} characters wait "
                "for an answer: wait for it before you send more",
                retry_after=1,
            )
            close_with_error(self._socket, error)
            raise ConnectionAbortedError(error.code)
        super().append(frame)


def build_reader_thread(*, target: Callable[[], None]) -> Thread:
    """The thread in which the library reads frames of one socket, with a limited buffer."""
    socket = cast("Server", target.__self__)  # type: ignore[attr-defined]
    socket.input_buffer = FrameBuffer(socket)
    return Thread(target=target)


def install(sock: Sock) -> None:
    configure_handshake(sock)
    describe_socket(sock, CHAT_PATH, "Chat of a customer with the support agent")

    @sock.route(CHAT_PATH)  # type: ignore[untyped-decorator]
    def chat(socket: Server) -> None:
        serve_connection(
            socket,
            agent=AgentName.SUPPORT,
            agent_client=runtime().support_agent,
        )


def describe_socket(sock: Sock, path: str, summary: str) -> None:
    """Describe a chat socket in the OpenAPI document."""
    description = SocketDescription(
        summary, query=ConnectionQuery, receives=FRAMES, sends=EVENTS
    )
    add_socket(sock.app, path, description)


def configure_handshake(sock: Sock) -> None:
    """Set the handshake options, which all sockets of the application share."""
    sock.app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": PING_INTERVAL_S,
        "max_message_size": 4
        * MAX_FRAME_CHARS,  # in bytes; a character has four at most
        "thread_class": build_reader_thread,
        "subprotocols": OfferedSubprotocols(SUBPROTOCOLS),
    }


def serve_connection(
    socket: Server,
    *,
    agent: AgentName,
    agent_client: AgentClient,
    admin: bool = False,
) -> None:
    """Serve a client until it leaves. Holds no database session, as that may take a day."""
    try:
        query = read_query()
        identity = authenticate(query)
        if admin:
            require_admin(identity)
        with limit_connections(
            runtime().concurrency_limiter,
            account_id=identity.customer_id,
            limit=runtime().settings.chat_connections_per_account,
        ):
            serve_account(socket, identity, query, agent, agent_client)
    except CommerceError as error:
        close_with_error(socket, error)
    except DBAPIError as error:
        if not is_database_unavailable(error):
            raise
        log.error("database is unavailable", error=str(error.orig))  # noqa: TRY400
        close_with_error(socket, DatabaseUnavailable())


def serve_account(
    socket: Server,
    identity: Identity,
    query: ConnectionQuery,
    agent: AgentName,
    agent_client: AgentClient,
) -> None:
    """Raises `Unauthenticated` when the client's token has expired or was revoked."""
    connection = ChatConnection(
        runtime().db,
        agent_client,
        agent,
        Principal(identity.customer_id, tuple(sorted(identity.groups))),
        runtime().limiter,
        runtime().settings.chat_messages_per_minute,
        session_id=query.session_id,
    )
    expires_at = utc_now() + MAX_LIFETIME
    with record_connection(
        runtime().db,
        owner_id=identity.customer_id,
        agent=agent,
        session_id=connection.session_id or connection.new_session_id,
        expires_at=expires_at,
    ):
        send_events(socket, connection.open())
        for frame in receive_frames(socket, expires_at=expires_at):
            revalidate_identity(identity)
            send_events(socket, connection.handle_frame(frame))


def receive_frames(
    socket: Server,
    *,
    expires_at: datetime,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[str | bytes]:
    """Yield what the client sends, until it is idle for too long or its connection expires, and
    close the socket then."""
    while (left_s := (expires_at - clock()).total_seconds()) > 0:
        frame = socket.receive(timeout=min(left_s, IDLE_TIMEOUT_S))
        if frame is not None:
            yield frame
        elif left_s > IDLE_TIMEOUT_S:
            socket.close(CLOSE_GOING_AWAY, "The connection was idle for too long")
            return
    hours = MAX_LIFETIME // timedelta(hours=1)
    socket.close(
        CLOSE_LIFETIME_OVER,
        f"A connection is open for {hours} hours at most: connect again with a new ticket",
    )


def read_query() -> ConnectionQuery:
    """Raises `BadConnectionQuery`, whose message names the mistake."""
    try:
        query = parse_query(ConnectionQuery)
    except ValidationError as error:
        [problem, *_] = list_problems(error)
        raise BadConnectionQuery(f"{problem['field']}: {problem['reason']}") from error
    return cast("ConnectionQuery", query)


def read_offered_token() -> str:
    """The access token, from the offered subprotocol that is one."""
    tokens = (word for word in list_offered_subprotocols() if is_token(word))
    return next(tokens, "").removeprefix(TOKEN_PREFIX)


def authenticate(query: ConnectionQuery) -> Identity:
    """Raises `Unauthenticated`, and `TicketsUnavailable`."""
    if query.ticket:
        identity = redeem_ticket(
            runtime().one_time_values,
            query.ticket,
            path=str(request.url_rule),
            secret=runtime().settings.require_jwt_secret(),
        )
        revalidate_identity(identity)
        return identity
    if query.token and runtime().settings.stage is not Stage.DEVELOPMENT:
        raise TokenInAddress
    token = query.token or read_offered_token()
    if not token:
        raise Unauthenticated(
            "Offer the subprotocols ecom67.v1 and bearer.TOKEN, or use a ticket from POST "
            "/api/v1/chat/tickets"
        )
    return verify_access_token(token)


def send_events(socket: Server, events: Generator[ServerEvent, None, None]) -> None:
    """Send events as they come. A bug ends the answer, not the connection."""
    with closing(events):
        try:
            for event in events:
                socket.send(event.model_dump_json())
        except ConnectionClosed:
            raise
        except Exception:  # the outermost loop of this client
            log.exception("chat_failed")
            socket.send(
                build_error("INTERNAL_ERROR", "Something went wrong; please try again")
            )


def close_with_error(socket: Server, error: CommerceError) -> None:
    retry_after = error.retry_after if isinstance(error, TooManyRequests) else None
    socket.send(build_error(error.code, error.message, retry_after=retry_after))
    code = next(
        (code for kind, code in CLOSE_CODES.items() if isinstance(error, kind)),
        CLOSE_FORBIDDEN,
    )
    reason = error.message.encode()[:MAX_CLOSE_REASON_BYTES].decode(errors="ignore")
    socket.close(code, reason)


def build_error(code: str, message: str, *, retry_after: int | None = None) -> str:
    return ErrorEvent(
        code=code, message=message, retry_after=retry_after, timestamp=utc_now()
    ).model_dump_json()
