import os
import socket

import pytest

from webapp.supervisor.errors import PortTaken
from webapp.supervisor.ports import require_free, some_free_port


def test_a_taken_port_is_named_with_its_holder_and_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortTaken) as refusal:
            require_free({"VALKEY_PORT": some_free_port(), "POSTGRES_PORT": port})

    assert f"Port {port} is taken by " in str(refusal.value)
    assert f"(process {os.getpid()})" in str(refusal.value)
    assert str(refusal.value).endswith("another port with POSTGRES_PORT")


def test_a_port_whose_last_connection_has_just_ended_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            served, _ = server.accept()
            served.close()

    require_free({"PORT": port})
