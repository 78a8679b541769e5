"""The `dashboard` command: replace this process by the Streamlit dashboard."""

import importlib.util
import os
import sys
from typing import Annotated

import typer

from dashboard.settings import DashboardSettings
from jobs.cli.json_output import write_document
from jobs.cli.options import Host, Json, Verbose
from jobs.cli.state import current_state
from jobs.cli.terminal import print_result
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings
from model.endpoint.sockets import check_port, host_port

_REQUIRED = ("babel", "plotly", "prometheus_client", "streamlit")


def run_dashboard(
    url: Annotated[
        str | None, typer.Option(help="HTTP address of the service.", show_default="http://127.0.0.1:8080")
    ] = None,
    host: Host = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the dashboard.", show_default="8501", min=1, max=65535)
    ] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            help="Address of a Prometheus to query for latency and request rate.",
            show_default="the service's own /metrics",
        ),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Run the dashboard in the browser until Ctrl-C: forecasts, track record and operations."""
    if missing := [name for name in _REQUIRED if importlib.util.find_spec(name) is None]:
        raise SettingsError(f"dashboard: {', '.join(missing)} is not installed; install the extra `dashboard`")
    given = {"url": url, "host": host, "port": port, "prometheus": prometheus}
    names = {name: f"--{name}" for name in given if given[name] is not None}
    settings = read_settings(DashboardSettings, names, **given)
    check_port(settings.host, settings.port, "--port")
    prefix = str(DashboardSettings.model_config["env_prefix"])
    variables = {f"{prefix}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    address = f"http://{host_port(settings.host, settings.port)}"
    print_result(f"dashboard  {address}")
    write_document({"dashboard": address})
    sys.stdout.flush()
    if current_state().json:
        # Only the document belongs on standard output, to which Streamlit prints.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # From here on, signals and the exit status are those of the dashboard.
    os.execve(sys.executable, [sys.executable, "-P", "-m", "dashboard"], {**os.environ, **variables})  # noqa: S606  # no shell
