from typing import Literal

from webapp.kit.json import RequestBody, ResponseBody, example_config


class TicketRequest(RequestBody):
    model_config = example_config({"path": "/ws/chat"})

    path: Literal["/ws/chat", "/ws/insights"]
    """The socket that the ticket opens."""


class TicketView(ResponseBody):
    example_values = {
        "ticket": "pX3v0mJ7rQ1kq7m8S2bW4tYd9uEoLhGfZcAaNxViKwM",
        "expires_in": 30,
    }

    ticket: str
    """Goes into the address of one socket: `/ws/chat?ticket=…`."""
    expires_in: int
    """Seconds."""
