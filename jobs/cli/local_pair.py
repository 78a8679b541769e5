"""Predictor and transformer as two local processes connected by a Unix socket, as in the pod."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from model.contract.errors import SettingsError, UnavailableError
from model.endpoint.program import EXIT_WITH_PARENT, LOG_LEVEL
from model.endpoint.sockets import check_port, host_port
from model.serving.predictor_settings import PredictorSettings
from transformer.settings import TransformerSettings

_READY_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Settings of both processes. The Unix socket between them is chosen when they start.

    Attributes:
        transformer: Settings of the transformer.
        predictor: Settings of the predictor.
        log_level: Log level of both.
    """

    transformer: TransformerSettings
    predictor: PredictorSettings
    log_level: str = "warning"

    @property
    def url(self) -> str:
        """URL of the transformer for clients on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.transformer.host, self.transformer.host)  # noqa: S104  # read
        return f"http://{host_port(host, self.transformer.port)}"

    def check_ports(self) -> None:
        """Check that the four ports differ and are free.

        Raises:
            SettingsError: Two of the ports are equal.
            AddressError: A port is in use or not permitted.
        """
        chosen = (
            ("--port", self.transformer.host, self.transformer.port),
            ("--grpc-port", self.transformer.host, self.transformer.grpc_port),
            ("--predictor-port", self.predictor.host, self.predictor.port),
            ("--predictor-grpc-port", self.predictor.host, self.predictor.grpc_port),
        )
        options: dict[tuple[str, int], str] = {}
        for option, host, port in chosen:
            other = options.setdefault((host, port), option)
            if other != option:
                raise SettingsError(f"{option}: expected a port different from {other}, got {port} for both")
            check_port(host, port, option)


class Pair:
    """Context manager that runs both processes. They also end if this process is killed."""

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Start both processes.

        Raises:
            SettingsError: Two of the ports are equal.
            AddressError: A port is in use or not permitted.
        """
        self._settings.check_ports()
        # In the temporary folder, because the path of a socket is limited to about 100 bytes.
        self._folder = tempfile.TemporaryDirectory(prefix="nextclose-")
        socket = Path(self._folder.name) / "predictor.sock"
        settings = self._settings
        self._start("predictor", "model.serving", settings.predictor.model_copy(update={"socket": socket}))
        transformer = settings.transformer.model_copy(update={"predictor_socket": socket})
        self._start("transformer", "transformer", transformer)
        return self

    def _start(self, role: str, module: str, settings: TransformerSettings | PredictorSettings) -> None:
        environment = {
            **os.environ,
            **_variables(settings),
            LOG_LEVEL: self._settings.log_level,
            EXIT_WITH_PARENT: "1",
        }
        self._processes[role] = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            # A pipe, whose end of file stops the child if this process is killed.
            stdin=subprocess.PIPE,
            # Keeps Ctrl-C from the children: this process stops them in order.
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Wait until the pair is ready.

        Raises:
            UnavailableError: A process exited, or the deadline passed.
        """
        deadline = time.monotonic() + _READY_SECONDS
        reason = "no answer"
        with httpx.Client(trust_env=False, timeout=1.0) as client:
            while time.monotonic() < deadline:
                self._check_alive()
                try:
                    response = client.get(f"{self._settings.url}/v2/health/ready")
                except httpx.HTTPError as error:
                    reason = str(error)
                else:
                    if response.status_code == httpx.codes.OK:
                        return
                    reason = response.text
                time.sleep(_POLL_SECONDS)
        raise UnavailableError(f"not ready after {_READY_SECONDS:g} s: {reason}")

    def wait(self) -> None:
        """Wait until a process exits unexpectedly.

        Raises:
            UnavailableError: A process exited.
        """
        while True:
            self._check_alive()
            time.sleep(_POLL_SECONDS)

    def _check_alive(self) -> None:
        for role, process in self._processes.items():
            status = process.poll()
            if status is not None:
                raise UnavailableError(f"the {role} exited with status {status}; see its message above")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop both, the transformer first: it needs the predictor to finish requests in progress."""
        grace = self._settings.transformer.grace_seconds + 5
        for process in reversed(self._processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()


def _variables(settings: TransformerSettings | PredictorSettings) -> dict[str, str]:
    """Environment variables from which a process reads the same settings."""
    prefix = str(settings.model_config["env_prefix"])
    found = {}
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            # `models` is the only setting that both roles read from the same variable.
            variable = "NEXTCLOSE_MODELS" if name == "models" else f"{prefix}{name.upper()}"
            found[variable] = str(value)
    return found
