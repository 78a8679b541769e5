"""kubectl and helm, run as a user would, on the cluster of the current kubeconfig."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from tests.programs import require_program

T = TypeVar("T")


def run(*command: str, stdin: str | None = None, seconds: float = 600) -> str:
    """Run a program. Returns its output; the test fails with the output if the program fails."""
    done = attempt(*command, stdin=stdin, seconds=seconds)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(*command: str, stdin: str | None = None, seconds: float = 600) -> subprocess.CompletedProcess[str]:
    """Run a program that may fail."""
    program = str(require_program(command[0]))
    return subprocess.run(
        [program, *command[1:]], input=stdin, capture_output=True, text=True, check=False, timeout=seconds
    )


def until(state: str, seconds: float, check: Callable[[], T | None]) -> T:
    """Call a function every second until it returns something other than None.

    Args:
        state: Description of the awaited state, for the failure message.
        seconds: Time after which the test fails.
        check: Function to call.

    Returns:
        The result of the function.
    """
    end = time.monotonic() + seconds
    while (found := check()) is None:
        if time.monotonic() > end:
            pytest.fail(f"{state}: not within {seconds:g} s")
        time.sleep(1)
    return found


class Namespace:
    """A namespace, accessed by kubectl."""

    def __init__(self, name: str) -> None:
        self.name = name

    def kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = 600) -> str:
        return run("kubectl", "--namespace", self.name, *arguments, stdin=stdin, seconds=seconds)

    def get(self, *arguments: str) -> Any:
        """Get objects as JSON."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def items(self, *arguments: str) -> list[Any]:
        items: list[Any] = self.get(*arguments)["items"]
        return items

    def events(self, reason: str) -> list[str]:
        """List the messages of all Events with a reason."""
        return [event["message"] for event in self.items("events") if event["reason"] == reason]

    def job(self, name: str, seconds: float = 600) -> tuple[bool, str]:
        """Wait until a Job ends. Returns whether it succeeded, and its log."""

        def ended() -> bool | None:
            status = self.get("job", name).get("status", {})
            for condition in status.get("conditions", ()):
                if condition["type"] in {"Complete", "Failed"} and condition["status"] == "True":
                    return bool(condition["type"] == "Complete")
            return None

        succeeded = until(f"job {name}", seconds, ended)
        return succeeded, self.kubectl("logs", f"--selector=job-name={name}", "--tail=-1")

    @contextmanager
    def forwarded(self, target: str, *ports: int) -> Iterator[tuple[str, ...]]:
        """Forward ports of a Service or a pod. Yields the local addresses, each as `127.0.0.1:port`."""
        kubectl = str(require_program("kubectl"))
        local = _free_ports(len(ports))
        pairs = [f"{source}:{destination}" for source, destination in zip(local, ports, strict=True)]
        forwarding = subprocess.Popen(
            [kubectl, "--namespace", self.name, "port-forward", target, *pairs],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            until(f"port-forward to {target}", 30, lambda: True if all(map(_listens, local)) else None)
            yield tuple(f"127.0.0.1:{port}" for port in local)
        finally:
            forwarding.terminate()
            forwarding.communicate(timeout=30)


def _free_ports(count: int) -> Sequence[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
