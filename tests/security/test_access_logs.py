"""What stands in the address of a request by mistake, or must, is in no log of the web server."""

import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.waiting import eventually
from webapp.config import PROJECT_ROOT
from webapp.server.log_masking import mask_secrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_"
FORMAT = "%(r)s q=%(q)s ref=%(f)s {}={}".format(
    "protocol", "%({sec-websocket-protocol}i)s"
)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("GET /ws/chat?token=abc HTTP/1.1", "GET /ws/chat?token=*** HTTP/1.1"),
        (
            "/ws/chat?sessionId=7&ticket=a-b_c&x=1",
            "/ws/chat?sessionId=7&ticket=***&x=1",
        ),
        ("/reset-password?token=s3cret#top", "/reset-password?token=***#top"),
        (f"ecom67.v1, bearer.{JWT}", "ecom67.v1, bearer.***"),
        (f'"Bearer {JWT}"', '"Bearer ***"'),
        ("/products?key=ecom67_token_a-b HTTP/1.1", "/products?key=*** HTTP/1.1"),
        ("GET /products?page=2 HTTP/1.1", "GET /products?page=2 HTTP/1.1"),
        ("/products?tokens=3&tickets=4", "/products?tokens=3&tickets=4"),
    ],
)
def test_tokens_and_tickets_are_masked(line: str, masked: str) -> None:
    assert mask_secrets(line) == masked


@pytest.mark.slow
def test_the_access_log_has_no_tokens_and_no_tickets(tmp_path: Path) -> None:
    log, port = tmp_path / "access.log", free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "tests.support.quick_worker:app"),
            *("-k", "webapp.server.worker.BufferingWorker", "--threads=2"),
            *(f"--bind=127.0.0.1:{port}", "--no-control-socket"),
            *(f"--access-logfile={log}", f"--access-logformat={FORMAT}"),
        ],
        cwd=PROJECT_ROOT,
        env=dict(os.environ),
        stderr=subprocess.DEVNULL,
    )
    headers = {
        "Sec-WebSocket-Protocol": f"ecom67.v1, bearer.{JWT}",
        "Referer": "http://shop/reset-password?token=s3cret",
    }

    def get(path: str) -> bool:
        client = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            client.request("GET", path, headers=headers)
            return client.getresponse().status == 200
        except OSError:
            return False
        finally:
            client.close()

    try:
        eventually(lambda: get("/"), within=20)
        assert get(f"/chat?token={JWT}&ticket=s3cret&sessionId=7")
        assert get("/chat?ticket=s3cret")
        eventually(lambda: log.read_text().count("/chat") == 2)
    finally:
        server.terminate()
        server.wait()
    written = log.read_text()
    assert "sessionId=7" in written
    assert "ecom67.v1" in written
    assert JWT not in written
    assert "s3cret" not in written
