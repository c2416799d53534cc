"""`/ws/insights`: the chat socket of the insights agent, for admins."""

from flask_sock import Sock
from simple_websocket import Server

from webapp.chat.service import AgentName
from webapp.chat.sockets import INSIGHTS_PATH, describe_socket, serve_connection
from webapp.http.context import runtime


def install(sock: Sock) -> None:
    describe_socket(sock, INSIGHTS_PATH, "Chat of an admin with the insights agent")

    @sock.route(INSIGHTS_PATH)  # type: ignore[untyped-decorator]
    def insights(socket: Server) -> None:
        serve_connection(
            socket,
            agent=AgentName.INSIGHTS,
            agent_client=runtime().insights_agent,
            admin=True,
        )
