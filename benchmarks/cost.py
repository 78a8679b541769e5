"""`python -m benchmarks.cost`: tables and plots of the cost of responses, starts and trainings as work grows."""

import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import typer
from matplotlib.figure import Figure

from benchmarks import request_cost, storage_cost
from benchmarks.contestants import Contestant, Running, own_pair
from benchmarks.curves import Curve
from benchmarks.measure import warm
from benchmarks.overload import CONNECTION_COUNTS, CONNECTIONS, ROUNDS, SECONDS, Overload, overload
from benchmarks.report import machine, number, template, versions
from benchmarks.training import training
from benchmarks.version import make_version, report_progress

ROOT = Path(__file__).parents[1]

app = typer.Typer(add_completion=False, help="Cost of responses, starts and trainings as work grows.")


def measured(folder: Path) -> tuple[list[Curve], Overload]:
    """Measure all curves and the overload."""
    data = make_version(folder)

    def make(variables: Mapping[str, str]) -> Contestant:
        return own_pair("c", "nextclose", data, socket=folder / "c.sock", variables=variables)

    with Running(make({})) as running:
        warm(running)
        report_progress("overload")
        found = overload(running, report_progress)
        report_progress("rows per request")
        curves = [request_cost.rows_in_a_request(running)]
        report_progress("concurrent requests")
        curves.append(request_cost.connections(running))
    report_progress("threads")
    curves.append(request_cost.threads(make))
    report_progress("symbols")
    curves.append(storage_cost.symbols(make, data, folder))
    report_progress("versions")
    curves.append(storage_cost.versions(make, data, folder))
    report_progress("training")
    curves.append(training(data))
    return curves, found


def draw(path: Path, curves: list[Curve]) -> None:
    """Write one plot for each table."""
    with mpl.rc_context({"svg.hashsalt": "nextclose", "svg.fonttype": "none"}):
        figure = Figure(figsize=(10, 9), layout="constrained")
        for axes, curve in zip(figure.subplots(3, 2).ravel(), curves, strict=True):
            shown = curve.shown()
            for column, name in enumerate(curve.names):
                axes.plot([size for size, _ in shown], [values[column] for _, values in shown], "o-", label=name)
            axes.set_title(curve.title)
            axes.set_xlabel(curve.unit)
            axes.set_yscale("log")
            axes.set_ylabel("relative to the first" if curve.relative else "")
            axes.legend(fontsize=7)
        figure.savefig(path, metadata={"Date": None})


@app.command()
def main(
    write: Annotated[bool, typer.Option(help="Write docs/cost.md and its plots instead of printing the page.")] = True,
) -> None:
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
        curves, found = measured(Path(name))
    page = template("cost.md.j2").render(
        command="make cost",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        versions=versions(),
        curves=curves,
        overload=found,
        rounds=ROUNDS,
        seconds=SECONDS,
        closed=" and ".join(map(str, CONNECTION_COUNTS)),
        connections=f"{CONNECTIONS:,}",
        number=number,
    )
    if not write:
        sys.stdout.write(page)
        return
    (ROOT / "docs" / "cost.md").write_text(page)
    draw(ROOT / "docs" / "images" / "cost.svg", curves)


if __name__ == "__main__":
    app()
