"""Ports: a busy one is explained in a sentence, another is chosen in the environment."""

import socket
from dataclasses import replace

import pytest

from deploy.local.ports import BadPortError, BusyPortError, Ports, free_ports, from_environment, require_free


def test_free_ports_are_free() -> None:
    require_free(free_ports())


def test_a_busy_port_is_named_with_its_purpose_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        busy = somebody_else.getsockname()[1]
        with pytest.raises(BusyPortError) as refused:
            require_free(replace(free_ports(), smtp=busy))
    assert str(refused.value) == (
        f"Port {busy}, wanted for smtp, is in use by another program: stop that program, "
        "or choose another port with COUNTERSIGN_SMTP_PORT=NUMBER make run."
    )


def test_the_environment_moves_one_port_and_leaves_the_others() -> None:
    assert from_environment({"COUNTERSIGN_REQUEST_PORT": "9001", "PORT": "1"}) == Ports(request=9001)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8001x", "²"])
def test_what_is_no_port_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadPortError, match="COUNTERSIGN_REQUEST_PORT must be a port number"):
        from_environment({"COUNTERSIGN_REQUEST_PORT": text})
