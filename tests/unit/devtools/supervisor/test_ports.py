import os
import socket
import sys

import pytest

from webapp.devtools.supervisor.errors import PortTaken, UnusableSetting
from webapp.devtools.supervisor.ports import find_free_port, require_free_ports


def test_a_taken_port_is_named_with_its_holder_and_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortTaken) as error:
            require_free_ports({"VALKEY_PORT": find_free_port(), "POSTGRES_PORT": port})

    assert f"Port {port} is taken by " in str(error.value)
    assert f"(process {os.getpid()})" in str(error.value)
    assert str(error.value).endswith("another port with POSTGRES_PORT")


def test_a_port_whose_last_connection_has_just_ended_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            served, _ = server.accept()
            served.close()

    require_free_ports({"PORT": port})


@pytest.mark.skipif(sys.platform != "linux", reason="others have one loopback address")
def test_a_port_is_checked_on_the_interface_on_which_it_will_be_bound() -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]

        # Not 127.0.0.1, where other tests open the same ports.
        require_free_ports({"PORT": port}, host="127.0.0.3")
        for host in ("127.0.0.2", "0.0.0.0"):  # noqa: S104 - checked, not served
            with pytest.raises(PortTaken):
                require_free_ports({"PORT": port}, host=host)


def test_an_interface_that_this_machine_does_not_have_is_named() -> None:
    with pytest.raises(UnusableSetting) as error:
        require_free_ports({"PORT": find_free_port()}, host="192.0.2.1")

    assert " of 192.0.2.1 cannot be opened (" in str(error.value)
    assert str(error.value).endswith("or another interface with HOST")
