"""`loadtest`: Locust with this project's users, checks and thresholds."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

import loadtest
from jobs.document import Document, give
from jobs.exit_codes import ExitCode
from jobs.options import Json, Url, Verbose
from jobs.terminal import tell
from loadtest.profiles import Profile
from loadtest.settings import LoadtestSettings
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings

_FOLDER = Path(loadtest.__file__).parent
_PREFIX = "NEXTCLOSE_LOADTEST_"


class Kind(StrEnum):
    """The users of the locustfile."""

    MIXED = "mixed"
    WINDOW = "window"
    BINARY = "binary"
    SYMBOL = "symbol"
    BATCH = "batch"
    GRPC = "grpc"

    @property
    def user(self) -> str:
        """Its class."""
        return f"{self.value.capitalize()}User"


Kinds = Annotated[
    list[Kind] | None,
    typer.Option("--kind", "-k", help="What is asked; may be given several times.", show_default="mixed"),
]
Milliseconds = Annotated[float | None, typer.Option(min=0.001, help="Latency in ms that must be kept.")]


def run_loadtest(
    kinds: Kinds = None,
    profile: Annotated[Profile, typer.Option(help="How many users there are at a time.")] = Profile.STEADY,
    users: Annotated[int, typer.Option("--users", "-u", min=1, help="Users, at the most.")] = 8,
    time: Annotated[str, typer.Option("--time", "-t", help="How long, e.g. 30s, 10m, 1h.")] = "30s",
    url: Url = "http://127.0.0.1:8080",
    grpc: Annotated[str | None, typer.Option(help="host:port of gRPC.", show_default="port 8081 of the host")] = None,
    failure_ratio: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of failed requests let pass.")
    ] = None,
    p50: Milliseconds = None,
    p95: Milliseconds = None,
    p99: Milliseconds = None,
    rps: Annotated[float | None, typer.Option(min=0.001, help="Requests a second that must be reached.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with charts.", dir_okay=False)] = None,
    csv: Annotated[Path | None, typer.Option(help="Write tables; what their names begin with.")] = None,
    metrics_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Serve metrics of the run here.")] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Show Locust's page; it stays after the run, until Ctrl-C.")
    ] = False,
    web_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of that page, on 127.0.0.1.")] = 8089,
    workers: Annotated[int | None, typer.Option(min=1, help="Ask by so many workers; this process judges.")] = None,
    master: Annotated[
        str | None, typer.Option(help="Be a worker of the load test whose master is on this host.")
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Ask the running service as many clients do, check every answer, and say which thresholds were missed.

    Ends with status 1 where one was missed. Thresholds can be settings too: NEXTCLOSE_LOADTEST_P99 and the like.
    """
    if importlib.util.find_spec("locust") is None:
        raise SettingsError("loadtest: Locust is not installed; install the extra `loadtest`")
    read_settings(LoadtestSettings)  # Locust would tell a wrong one as a failure of its own
    given = {
        "GRPC": grpc,
        "FAILURE_RATIO": failure_ratio,
        "P50": p50,
        "P95": p95,
        "P99": p99,
        "RPS": rps,
        "METRICS_PORT": metrics_port,
    }
    files = f"{_FOLDER / 'locustfile.py'},{_FOLDER / 'shapes' / profile.value}.py"
    command = [sys.executable, "-m", "locust", "--locustfile", files, "--host", url, "--users", str(users)]
    command += ["--run-time", time]
    if master is not None:
        command += ["--worker", "--master-host", master]
    elif workers is not None:
        command += ["--master", "--expect-workers", str(workers)]
    if web:
        tell(f"http://127.0.0.1:{web_port}")
        command += ["--web-host", "127.0.0.1", "--web-port", str(web_port), "--autostart"]
    elif master is None:
        command += ["--headless", "--only-summary"]
    if html is not None:
        command += ["--html", str(html)]
    if csv is not None:
        command += ["--csv", str(csv)]
    if _run([*command, *(kind.user for kind in kinds or [Kind.MIXED])], given):
        raise typer.Exit(ExitCode.FAILED)


def _run(command: Sequence[str], given: Mapping[str, object]) -> int:
    """Runs Locust with settings; its status. With `--json` its tables go to standard error."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as folder:
        outcome = Path(folder) / "outcome.json"
        settings = {**given, "DOCUMENT": outcome if Document.wanted else None}
        variables = {_PREFIX + name: str(value) for name, value in settings.items() if value is not None}
        output = sys.stderr if Document.wanted else None
        status = subprocess.run(command, env={**os.environ, **variables}, stdout=output, check=False).returncode
        if status == ExitCode.USAGE and not outcome.exists():
            raise SettingsError("loadtest: Locust cannot use an option; its message stands above")
        # A worker judges nothing, and Locust writes nothing where it cannot begin.
        found = orjson.loads(outcome.read_bytes()) if outcome.exists() else {"passed": None if status == 0 else False}
    give({**found, "status": status})
    return status
