"""`/ws/insights`: the same line as the chat's, for admins, to the other agent."""

from flask_sock import Sock
from simple_websocket import Server

from webapp.bootstrap import Runtime
from webapp.chat.service import AgentName
from webapp.chat.sockets import serve_connection


def install(sock: Sock, runtime: Runtime) -> None:
    @sock.route("/ws/insights")  # type: ignore[untyped-decorator]
    def insights(line: Server) -> None:
        serve_connection(
            line,
            runtime,
            agent=AgentName.INSIGHTS,
            agent_client=runtime.insights_agent,
            admin=True,
        )
