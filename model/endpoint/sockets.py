"""Listening sockets, taken before anything is loaded: a port that is taken is told at once, in one line."""

import errno
import socket
import stat
from contextlib import closing
from pathlib import Path
from typing import Final

from model.contract.errors import AddressError

BACKLOG: Final = 2048


def listen_tcp(host: str, port: int, setting: str) -> socket.socket:
    """Listens on a TCP port.

    Args:
        host: address or name; `0.0.0.0` or `::` for all.
        port: from 1 to 65535.
        setting: the setting that chooses the port, for the message.

    Raises:
        AddressError: it is taken, not allowed, or the host is not of this machine.
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
            "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        )
        raise AddressError(f"port {port} of {host} {reason}; {setting} chooses another") from error
    listener.setblocking(False)
    return listener


def host_port(host: str, port: int) -> str:
    """Host and port in one text, as URLs and gRPC have them: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_port(host: str, port: int, setting: str) -> None:
    """Raises `AddressError` where a port could not be listened on now."""
    listen_tcp(host, port, setting).close()


def listen_unix(path: Path, setting: str) -> socket.socket:
    """Listens on a Unix socket; one that a dead process left behind is replaced, a living one is not.

    Raises:
        AddressError: another process answers there, or the path cannot be used.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path, setting)
        path.parent.mkdir(parents=True, exist_ok=True)
        listener.bind(str(path))
        # Transformer and predictor may run under different users of one pod; the folder's mode decides who gets here.
        path.chmod(0o666)
        listener.listen(BACKLOG)
    except AddressError:
        listener.close()
        raise
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise AddressError(f"{path}: cannot listen here: {reason}; {setting} chooses another path") from error
    listener.setblocking(False)
    return listener


def _clear(path: Path, setting: str) -> None:
    """Removes a socket that nobody answers at; what else is there is refused."""
    if not (path.exists() or path.is_socket()):
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise AddressError(f"{path}: is not a socket; {setting} chooses another path")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise AddressError(f"{path}: another process listens here; {setting} chooses another path")
    path.unlink()
