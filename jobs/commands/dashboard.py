"""`dashboard`: the page in the browser, as a process that takes the place of this one."""

import importlib.util
import os
import sys
from typing import Annotated

import typer

from dashboard.settings import DashboardSettings
from jobs.document import Document, give
from jobs.options import Host, Json, Verbose
from jobs.terminal import show
from model.contract.errors import SettingsError
from model.endpoint.program import read_settings
from model.endpoint.sockets import check_port, host_port

_NEEDED = ("babel", "plotly", "prometheus_client", "streamlit")


def run_dashboard(
    url: Annotated[
        str | None, typer.Option(help="Where the service answers HTTP.", show_default="http://127.0.0.1:8080")
    ] = None,
    host: Host = None,
    port: Annotated[int | None, typer.Option(help="Port of the page.", show_default="8501", min=1, max=65535)] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(help="A Prometheus to take latency and rate from.", show_default="the service's own /metrics"),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show forecasts, track record and operation in the browser until Ctrl-C; it asks the service as any client."""
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise SettingsError(f"dashboard: {', '.join(missing)} is not installed; install the extra `dashboard`")
    given = {"url": url, "host": host, "port": port, "prometheus": prometheus}
    names = {name: f"--{name}" for name in given if given[name] is not None}
    settings = read_settings(DashboardSettings, names, **given)
    check_port(settings.host, settings.port, "--port")
    prefix = str(DashboardSettings.model_config["env_prefix"])
    variables = {f"{prefix}{name.upper()}": str(value) for name, value in given.items() if value is not None}
    address = f"http://{host_port(settings.host, settings.port)}"
    show(f"dashboard  {address}")
    give({"dashboard": address})
    sys.stdout.flush()
    if Document.wanted:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what Streamlit prints is no part of the document
    # Signals and the status are those of the page's process from here on.
    os.execve(sys.executable, [sys.executable, "-P", "-m", "dashboard"], {**os.environ, **variables})  # noqa: S606  # no shell
