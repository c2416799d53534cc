"""`/ws/chat`, and what every chat socket does."""

from collections.abc import Generator
from contextlib import closing
from uuid import UUID

import structlog
from flask import request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from webapp.adapters.agents.port import AgentClient, Principal
from webapp.bootstrap import Runtime
from webapp.chat.connection import ChatConnection
from webapp.chat.protocol import MAX_FRAME_CHARS, ErrorEvent, ServerEvent
from webapp.chat.service import AgentName
from webapp.http.access import (
    Identity,
    NotAdmin,
    revalidate_identity,
    verify_access_token,
)
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError, Unauthenticated

log = structlog.get_logger()

IDLE_SECONDS = 30 * 60
PING_SECONDS = 25  # below the idle limit of the usual proxies, 60 s
NOT_SIGNED_IN = 4401
NOT_ALLOWED = 4403
GOING_AWAY = 1001


class FirstOffered(list[str]):
    """Accepts whichever subprotocol the client offers first: a browser can send its token
    only as one, and closes the line when none of its offers is taken."""

    def __contains__(self, _: object) -> bool:
        return True


def install(sock: Sock, runtime: Runtime) -> None:
    prepare(sock)

    @sock.route("/ws/chat")  # type: ignore[untyped-decorator]
    def chat(line: Server) -> None:
        serve_connection(
            line, runtime, agent=AgentName.SUPPORT, agent_client=runtime.support_agent
        )


def prepare(sock: Sock) -> None:
    """Settings of the handshake, shared by the sockets of the application."""
    sock.app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": PING_SECONDS,
        "max_message_size": 4
        * MAX_FRAME_CHARS,  # in bytes; a character has four at most
        "subprotocols": FirstOffered(["any"]),
    }


def serve_connection(
    line: Server,
    runtime: Runtime,
    *,
    agent: AgentName,
    agent_client: AgentClient,
    admin: bool = False,
) -> None:
    """Holds no database session: this function lives as long as the visitor stays."""
    try:
        identity = admitted(offered_token(), admin=admin)
    except CommerceError as refusal:
        dismiss(line, refusal)
        return
    conversation = ChatConnection(
        runtime.db,
        agent_client,
        agent,
        Principal(identity.customer_id, tuple(sorted(identity.groups))),
        session_id=asked_session(),
    )
    tell(line, conversation.open())
    while (raw := line.receive(timeout=IDLE_SECONDS)) is not None:
        try:
            revalidate_identity(identity)
        except CommerceError as refusal:
            dismiss(line, refusal)
            return
        tell(line, conversation.handle_frame(raw))
    line.close(GOING_AWAY, "Nothing was said for a while")


def offered_token() -> str:
    """From `?token=`, or the offered subprotocol that looks like one."""
    if token := request.args.get("token"):
        return token
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return next((word.strip() for word in offered if word.count(".") == 2), "")


def asked_session() -> UUID | None:
    """From `?sessionId=`, to go on with a conversation."""
    return request.args.get("sessionId", type=UUID)


def admitted(token: str, *, admin: bool) -> Identity:
    identity = verify_access_token(token)
    if admin and not identity.is_admin:
        raise NotAdmin("This needs an account of the admin group")
    return identity


def tell(line: Server, events: Generator[ServerEvent, None, None]) -> None:
    """Send events as they come. A bug ends the answer, not the line."""
    with closing(events):
        try:
            for event in events:
                line.send(event.to_json())
        except ConnectionClosed:
            raise
        except Exception:  # the outermost loop of this client
            log.exception("chat_failed")
            line.send(error("INTERNAL_ERROR", "Something went wrong; please try again"))


def dismiss(line: Server, refusal: CommerceError) -> None:
    line.send(error(refusal.code, refusal.message))
    is_unknown = isinstance(refusal, Unauthenticated)
    line.close(NOT_SIGNED_IN if is_unknown else NOT_ALLOWED, refusal.message)


def error(code: str, message: str) -> str:
    return ErrorEvent(code=code, message=message, timestamp=utc_now()).to_json()
