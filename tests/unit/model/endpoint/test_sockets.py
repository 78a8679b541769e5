"""Listening sockets: the message for an address that cannot be used names its setting."""

import socket
from pathlib import Path

import pytest

from model.contract.errors import AddressError
from model.endpoint.sockets import check_port, host_port, listen_tcp, listen_unix


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_free_port_is_listened_on() -> None:
    port = free_port()
    check_port("127.0.0.1", port, "--port")
    with listen_tcp("127.0.0.1", port, "--port"), socket.create_connection(("127.0.0.1", port), 5):
        pass


def test_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = rf"port {port} of 127\.0\.0\.1 is in use.*; choose another port with --port"
        with pytest.raises(AddressError, match=message):
            check_port("127.0.0.1", port, "--port")


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressError, match=r"of 192\.0\.2\.1 cannot be used"):
        check_port("192.0.2.1", free_port(), "--port")


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1:81"), ("::1", "[::1]:81"), ("::", "[::]:81")])
def test_ipv6_address_is_written_in_brackets(host: str, address: str) -> None:
    assert host_port(host, 81) == address


def test_socket_of_an_exited_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "p.sock"
    listen_unix(path, "SOCKET").close()
    assert path.is_socket()
    with listen_unix(path, "SOCKET"), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_socket_of_a_running_process_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "p.sock"
    message = "another process listens here; choose another path with SOCKET"
    with listen_unix(path, "SOCKET"), pytest.raises(AddressError, match=message):
        listen_unix(path, "SOCKET")


def test_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "p.sock"
    path.write_text("mine")
    with pytest.raises(AddressError, match="is not a socket"):
        listen_unix(path, "SOCKET")
    assert path.read_text() == "mine"


def test_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AddressError, match="cannot listen here"):
        listen_unix(tmp_path / ("x" * 120), "SOCKET")
