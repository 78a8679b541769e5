"""Predictor and transformer as two processes of this machine, as the pod runs them: a Unix socket between them."""

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
from model.endpoint.program import ENDS_WITH_PARENT, LOG_LEVEL
from model.endpoint.sockets import check_port, host_port
from model.serving.settings import PredictorSettings
from transformer.settings import TransformerSettings

_READY_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Settings of both processes. The predictor's socket is chosen when they start."""

    transformer: TransformerSettings
    predictor: PredictorSettings
    log_level: str = "warning"

    @property
    def url(self) -> str:
        """Where the transformer answers, as a client on this machine writes it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.transformer.host, self.transformer.host)  # noqa: S104  # read
        return f"http://{host_port(host, self.transformer.port)}"

    def check_ports(self) -> None:
        """Looks whether the four ports can be used now.

        Raises:
            SettingsError: two of them are one. AddressError: one is taken, or not allowed.
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
                raise SettingsError(f"{option}: expected another port than {other} has, got {port} for both")
            check_port(host, port, option)


class Pair:
    """Both processes, from `with` to its end. They end too when this process does, however it ends."""

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Starts both; raises `AddressError` where a port is taken."""
        self._settings.check_ports()
        # A path short enough for a socket's address, whatever the project's folder is called.
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
            ENDS_WITH_PARENT: "1",
        }
        self._processes[role] = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            # Held open: its end tells the child that this process is gone.
            stdin=subprocess.PIPE,
            # Ctrl-C is for this process, which then ends both in order.
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """Waits until requests are answered.

        Raises:
            UnavailableError: a process ended, or it took too long.
        """
        deadline = time.monotonic() + _READY_SECONDS
        reason = "nothing answers"
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
                time.sleep(_LOOK_SECONDS)
        raise UnavailableError(f"not ready after {_READY_SECONDS:g} s: {reason}")

    def wait(self) -> None:
        """Waits until one of them ends, which neither should.

        Raises:
            UnavailableError: it did.
        """
        while True:
            self._check_alive()
            time.sleep(_LOOK_SECONDS)

    def _check_alive(self) -> None:
        for role, process in self._processes.items():
            status = process.poll()
            if status is not None:
                raise UnavailableError(f"the {role} has ended with status {status}; its own message stands above")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends both: first the transformer, which needs the other to answer what it has begun."""
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
    """The environment in which a process reads the same settings."""
    prefix = str(settings.model_config["env_prefix"])
    found = {}
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            # `models` is the one setting that both roles read from the same variable.
            variable = "NEXTCLOSE_MODELS" if name == "models" else f"{prefix}{name.upper()}"
            found[variable] = str(value)
    return found
