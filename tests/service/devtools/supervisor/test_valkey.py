"""The real server: its password, and durability after a crash."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from tests.support.ports import free_port
from webapp.devtools.supervisor.probes import Probe, ProbeKind
from webapp.devtools.supervisor.valkey import ValkeyServer


def is_answering(server: ValkeyServer) -> bool:
    return Probe(ProbeKind.VALKEY, server.url).find_problem() is None


@contextmanager
def running(server: ValkeyServer) -> Iterator[subprocess.Popen[bytes]]:
    server.prepare()
    process = subprocess.Popen(server.build_command(), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not is_answering(server) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(tmp_path: Path) -> ValkeyServer:
    folder = tmp_path / "a folder"
    return ValkeyServer(folder=folder, port=free_port(), password="open-sesame")


def test_what_was_written_survives_kill_9(server: ValkeyServer) -> None:
    with running(server), redis.Redis.from_url(server.url) as client:
        client.set("cart", "kettle")
        time.sleep(1.2)  # appendfsync everysec: a crash may cost the last second

    with running(server), redis.Redis.from_url(server.url) as client:
        assert client.get("cart") == b"kettle"


def test_a_wrong_password_is_rejected(server: ValkeyServer) -> None:
    with running(server):
        guess = replace(server, password="guess")
        assert not is_answering(guess)

        with (
            redis.Redis.from_url(guess.url) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


def test_its_password_is_only_in_a_file_readable_by_its_owner(
    server: ValkeyServer,
) -> None:
    server.prepare()

    assert (server.folder / "valkey.conf").stat().st_mode & 0o777 == 0o600
    assert "open-sesame" not in " ".join(server.build_command())
