"""The `loadtest` command: run Locust with this project's users, checks and thresholds."""

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
from jobs.cli.exit_codes import ExitCode
from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Url, Verbose
from jobs.cli.state import current_state
from jobs.cli.terminal import print_status
from loadtest.profiles import Profile
from loadtest.settings import LoadtestSettings
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings

_FOLDER = Path(loadtest.__file__).parent
_PREFIX = "NEXTCLOSE_LOADTEST_"


class Kind(StrEnum):
    """Kinds of users in the locustfile."""

    MIXED = "mixed"
    WINDOW = "window"
    BINARY = "binary"
    SYMBOL = "symbol"
    BATCH = "batch"
    GRPC = "grpc"

    @property
    def user(self) -> str:
        """Name of the user class."""
        return f"{self.value.capitalize()}User"


Kinds = Annotated[
    list[Kind] | None,
    typer.Option("--kind", "-k", help="Kind of request to send; can be repeated.", show_default="mixed"),
]
Milliseconds = Annotated[
    float | None, typer.Option(min=0.001, help="Highest allowed latency at this percentile, in ms.")
]


def run_loadtest(
    kinds: Kinds = None,
    profile: Annotated[
        Profile, typer.Option(help="Shape of the load: how the number of users changes over time.")
    ] = Profile.STEADY,
    users: Annotated[int, typer.Option("--users", "-u", min=1, help="Number of users at the peak.")] = 8,
    time: Annotated[str, typer.Option("--time", "-t", help="Duration, e.g. 30s, 10m, 1h.")] = "30s",
    url: Url = "http://127.0.0.1:8080",
    grpc: Annotated[
        str | None,
        typer.Option(help="gRPC address of the service, as host:port.", show_default="port 8081 on the host of --url"),
    ] = None,
    failure_ratio: Annotated[
        float | None, typer.Option(min=0, max=1, help="Highest allowed share of failed requests, 0 to 1.")
    ] = None,
    p50: Milliseconds = None,
    p95: Milliseconds = None,
    p99: Milliseconds = None,
    rps: Annotated[
        float | None, typer.Option(min=0.001, help="Lowest allowed request rate, in requests per second.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write an HTML report with charts to this file.", dir_okay=False)
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write CSV tables; their file names start with this prefix.")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve Prometheus metrics of the run on this port.")
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Serve Locust's web page; it stays available after the run, until Ctrl-C.")
    ] = False,
    web_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web page, on 127.0.0.1.")] = 8089,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of Locust worker processes to wait for; this process only collects their results."
        ),
    ] = None,
    master: Annotated[
        str | None, typer.Option(help="Host of the master process; this process runs as one of its workers.")
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run a load test against the service, check every answer and report missed thresholds.

    The exit status is 1 if a threshold was missed. Variables set thresholds too, e.g. NEXTCLOSE_LOADTEST_P99.
    """
    if importlib.util.find_spec("locust") is None:
        raise SettingsError("loadtest: Locust is not installed; install the extra `loadtest`")
    read_settings(LoadtestSettings)  # Locust would report an invalid setting as an internal failure
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
        print_status(f"http://127.0.0.1:{web_port}")
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
    """Run Locust and return its exit status. With `--json` its tables go to standard error."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as folder:
        outcome = Path(folder) / "outcome.json"
        settings = {**given, "DOCUMENT": outcome if current_state().json else None}
        variables = {_PREFIX + name: str(value) for name, value in settings.items() if value is not None}
        output = sys.stderr if current_state().json else None
        status = subprocess.run(command, env={**os.environ, **variables}, stdout=output, check=False).returncode
        if status == ExitCode.USAGE and not outcome.exists():
            raise SettingsError("loadtest: Locust rejected an option; see its message above")
        # A worker has no result, and Locust writes none if it cannot start.
        found = orjson.loads(outcome.read_bytes()) if outcome.exists() else {"passed": None if status == 0 else False}
    write_document({**found, "status": status})
    return status
