"""Listening sockets, and one-line error messages for addresses that cannot be used."""

import errno
import socket
import stat
from contextlib import closing
from pathlib import Path
from typing import Final

from model.contract.errors import AddressError

BACKLOG: Final = 2048


def listen_tcp(host: str, port: int, setting: str) -> socket.socket:
    """Listen on a TCP port.

    Args:
        host: Address or name; `0.0.0.0` or `::` for all interfaces.
        port: From 1 to 65535.
        setting: Name of the setting of the port, for error messages.

    Raises:
        AddressError: The port is in use or not permitted, or the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (
            "is in use by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        )
        raise AddressError(f"port {port} of {host} {reason}; choose another port with {setting}") from error
    listener.setblocking(False)
    return listener


def host_port(host: str, port: int) -> str:
    """Format host and port for URLs and gRPC, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_port(host: str, port: int, setting: str) -> None:
    """Raise `AddressError` if a port cannot be listened on now."""
    listen_tcp(host, port, setting).close()


def listen_unix(path: Path, setting: str) -> socket.socket:
    """Listen on a Unix socket. A socket file that an exited process left behind is replaced.

    Args:
        path: Path of the socket.
        setting: Name of the setting of the path, for error messages.

    Raises:
        AddressError: Another process listens on the socket, or the path cannot be used.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path, setting)
        path.parent.mkdir(parents=True, exist_ok=True)
        listener.bind(str(path))
        # Transformer and predictor may run as different users in one pod; the mode of the folder restricts access.
        path.chmod(0o666)
        listener.listen(BACKLOG)
    except AddressError:
        listener.close()
        raise
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise AddressError(f"{path}: cannot listen here: {reason}; choose another path with {setting}") from error
    listener.setblocking(False)
    return listener


def _remove_stale(path: Path, setting: str) -> None:
    """Remove a socket file on which no process listens; raise `AddressError` for anything else."""
    if not (path.exists() or path.is_socket()):
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise AddressError(f"{path}: is not a socket; choose another path with {setting}")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise AddressError(f"{path}: another process listens here; choose another path with {setting}")
    path.unlink()
