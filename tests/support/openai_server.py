"""A fake of OpenAI's streaming chat API that answers from a script."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving

ScriptedReply = str | tuple[str, dict[str, Any]]


@contextmanager
def run_openai_server(
    *turns: ScriptedReply,
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields its base URL and the list of requests, which grows as they arrive."""
    script, requests = iter(turns), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(
                json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for chunk in _chunks(next(script)):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            """Silences the request log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}/v1", requests


def _chunks(turn: ScriptedReply) -> Sequence[dict[str, Any]]:
    if isinstance(turn, str):
        deltas: list[dict[str, Any]] = [
            {"content": word} for word in re.findall(r"\S+\s*", turn)
        ]
        reason = "stop"
    else:
        name, arguments = turn
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        deltas, reason = [{"tool_calls": [call]}], "tool_calls"
    return [
        *(_chunk(delta) for delta in deltas),
        _chunk({}, finish_reason=reason),
    ]


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": [choice],
    }
