"""Answers of the server itself, in the form of the API's errors: no request was read."""

import json


def _build_response(status: str, code: str, message: str) -> bytes:
    body = json.dumps({"error": {"code": code, "message": message, "details": {}}})
    headers = (
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*headers, "", body)).encode()


TOO_SLOW = _build_response(
    "408 Request Timeout", "REQUEST_TIMEOUT", "The request was sent too slowly"
)
HEAD_TOO_LARGE = _build_response(
    "431 Request Header Fields Too Large", "HEADERS_TOO_LARGE", "Send fewer headers"
)
TOO_MANY_CONNECTIONS = _build_response(
    "429 Too Many Requests",
    "TOO_MANY_CONNECTIONS",
    "This address has too many open connections: close some",
)
TOO_MANY_SOCKETS = _build_response(
    "503 Service Unavailable",
    "TOO_MANY_SOCKETS",
    "All chat connections are in use: try again later",
)
