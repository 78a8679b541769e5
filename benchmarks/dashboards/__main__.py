"""`python -m benchmarks.dashboards`: a load run, and a picture of every dashboard's panels on its data."""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.dashboards.drawing import Found, draw
from benchmarks.dashboards.load_run import PACKAGED, Course, LoadRun, read_prices
from benchmarks.dashboards.panels import Dashboard, DashboardError, Panel, read_dashboard
from benchmarks.dashboards.prometheus import CHART, NAMESPACE, RELEASE, SCRAPE_SECONDS, Prometheus, Series, program

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
# As Grafana does for a run of this length: four scrapes.
VALUES: Final = {
    "namespace": NAMESPACE,
    "release": RELEASE,
    "symbol": ".*",
    "__rate_interval": f"{4 * SCRAPE_SECONDS}s",
}

app = typer.Typer(add_completion=False, help="Plots of the queries of the Grafana dashboards.")


@app.command()
def main(
    users: Annotated[int, typer.Option(min=1, help="Users that ask at the end of the ramp.")] = 12,
    seconds: Annotated[int, typer.Option(min=30, help="How long they ask.")] = 300,
    file: Annotated[
        Path | None, typer.Option("--csv", help="Your own prices; by default an index that is packaged.", exists=True)
    ] = None,
    symbol: Annotated[str, typer.Option(help="Symbol of these prices.")] = PACKAGED,
    sessions: Annotated[int, typer.Option(min=1000, help="Prices that versions are made of.")] = 1500,
    folder: Annotated[Path, typer.Option("--write", help="Where the pictures go.", file_okay=False)] = IMAGES,
) -> None:
    """Makes two versions, serves them under load, promotes and refreshes meanwhile; writes dashboard-*.svg."""
    try:
        # Before minutes are spent.
        for needed in ("prometheus", "helm"):
            program(needed)
        dashboards = [read_dashboard(path, VALUES) for path in sorted((CHART / "dashboards").glob("*.json"))]
        with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
            run = LoadRun(Path(name), read_prices(file, symbol, sessions), Course(users, seconds))
            where = f"one machine with {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, times in UTC"
            told = (
                f"Their own queries on the data of a load run: a ramp to {users} users in {seconds} s, a promotion "
                f"and a refresh meanwhile; {where}. A plot, not a screenshot of Grafana."
            )

            def look(prometheus: Prometheus, begin: float, end: float) -> None:
                for dashboard in dashboards:
                    path = folder / f"dashboard-{dashboard.name}.svg"
                    draw(path, dashboard, found_by(prometheus, dashboard, begin, end), told)
                    sys.stdout.write(f"{path}\n")

            run.watch(run.prepare(), look)
    except DashboardError as error:
        sys.stderr.write(f"error: {error}\n")
        raise typer.Exit(1) from error


def found_by(prometheus: Prometheus, dashboard: Dashboard, begin: float, end: float) -> Found:
    """What a dashboard's queries find from one time to another."""
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
    return Found(series, begin, end, sorted(mark for mark in marks if begin <= mark[1] <= end))


def named(prometheus: Prometheus, panel: Panel, begin: float, end: float) -> list[tuple[str, Series]]:
    """Series of a panel's queries with their names; a `stat` shows the present alone."""
    return [(query.name(one.labels), one) for query in panel.queries for one in prometheus.over(query.expr, begin, end)]


if __name__ == "__main__":
    app()
