"""`python -m benchmarks.dashboards`: perform a load run, and plot every dashboard's panels on its data."""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.dashboards.drawing import DashboardData, draw
from benchmarks.dashboards.load_run import PACKAGED, LoadProfile, LoadRun, read_prices
from benchmarks.dashboards.panels import Dashboard, DashboardError, Panel, read_dashboard
from benchmarks.dashboards.prometheus import (
    CHART,
    NAMESPACE,
    RELEASE,
    SCRAPE_SECONDS,
    Prometheus,
    Series,
    require_program,
)

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
# Four scrapes, as Grafana uses for a run of this length.
VALUES: Final = {
    "namespace": NAMESPACE,
    "release": RELEASE,
    "symbol": ".*",
    "__rate_interval": f"{4 * SCRAPE_SECONDS}s",
}

app = typer.Typer(add_completion=False, help="Plots of the queries of the Grafana dashboards.")


@app.command()
def main(
    users: Annotated[int, typer.Option(min=1, help="Number of users at the end of the ramp.")] = 12,
    seconds: Annotated[int, typer.Option(min=30, help="Duration of the load, in seconds.")] = 300,
    file: Annotated[
        Path | None, typer.Option("--csv", help="CSV file with prices; by default, the packaged index.", exists=True)
    ] = None,
    symbol: Annotated[str, typer.Option(help="Symbol of these prices.")] = PACKAGED,
    sessions: Annotated[int, typer.Option(min=1000, help="Number of sessions to use.")] = 1500,
    folder: Annotated[Path, typer.Option("--write", help="Folder for the plots.", file_okay=False)] = IMAGES,
) -> None:
    """Serve a version under load, promote another one and refresh during the load, and write dashboard-*.svg."""
    try:
        # Report missing programs before the long run.
        for required in ("prometheus", "helm"):
            require_program(required)
        dashboards = [read_dashboard(path, VALUES) for path in sorted((CHART / "dashboards").glob("*.json"))]
        with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
            run = LoadRun(Path(name), read_prices(file, symbol, sessions), LoadProfile(users, seconds))
            machine = f"one machine with {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, times in UTC"
            caption = (
                f"The dashboard's queries on the data of a load run: a ramp to {users} users in {seconds} s, with a "
                f"promotion and a refresh; {machine}. A plot, not a screenshot of Grafana."
            )

            def plot(prometheus: Prometheus, begin: float, end: float) -> None:
                for dashboard in dashboards:
                    path = folder / f"dashboard-{dashboard.name}.svg"
                    draw(path, dashboard, found_by(prometheus, dashboard, begin, end), caption)
                    sys.stdout.write(f"{path}\n")

            run.watch(run.prepare(), plot)
    except DashboardError as error:
        sys.stderr.write(f"error: {error}\n")
        raise typer.Exit(1) from error


def found_by(prometheus: Prometheus, dashboard: Dashboard, begin: float, end: float) -> DashboardData:
    """Run a dashboard's queries over a range of time, in seconds since 1970."""
    series = {
        number: list(named(prometheus, panel, end if panel.kind == "stat" else begin, end))
        for number, panel in enumerate(dashboard.panels)
    }
    marks = {
        (colour, float(value) / 1000)
        for _, colour, query in dashboard.marks
        for one in prometheus.over(query.expr, begin, end)
        for value in one.values
    }
    return DashboardData(series, begin, end, sorted(mark for mark in marks if begin <= mark[1] <= end))


def named(prometheus: Prometheus, panel: Panel, begin: float, end: float) -> list[tuple[str, Series]]:
    """Series of a panel's queries with their names."""
    return [(query.name(one.labels), one) for query in panel.queries for one in prometheus.over(query.expr, begin, end)]


if __name__ == "__main__":
    app()
