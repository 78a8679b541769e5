"""`python -m benchmarks`: measure all servers in one run and write the documentation."""

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks import chart, report
from benchmarks.client import Spec
from benchmarks.contestants import Contestant, Running, own_pairs
from benchmarks.environments import ServerUnavailableError
from benchmarks.fixed_response_server import serving
from benchmarks.imports import measure_imports
from benchmarks.measure import measure, run_client, warm
from benchmarks.other_servers import PEER_NAMES, peer, write_task
from benchmarks.overload import overload
from benchmarks.peers.forecast_task import Forecaster, ForecastTask
from benchmarks.ratios import ONNX, OWN
from benchmarks.version import current_version, make_version, report_progress

ROOT = Path(__file__).parents[1]

KEYS: Final = (*OWN, *PEER_NAMES)
OVERLOAD_ROUNDS: Final = 15

app = typer.Typer(add_completion=False, help="Speed of all servers, measured in one run.")


async def client_alone(seconds: float = 3.0) -> float:
    """Requests per second of the client against a server that sends a fixed response."""
    async with serving() as port:
        spec = Spec("127.0.0.1", port, ("POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",), 32, seconds)
        result = await asyncio.to_thread(run_client, spec)
    return result.rate


def contestants(data: Path, folder: Path, keys: frozenset[str]) -> tuple[list[Contestant], dict[str, str]]:
    """The servers to measure, and the reasons for those that cannot be installed, by name.

    Args:
        data: Folder with models and price store.
        folder: Folder for files of the servers.
        keys: Keys of the servers to measure.
    """
    task = folder / "task.json"
    write_task(current_version(data), task)
    found = [pair for pair in own_pairs(data, folder) if pair.key in keys]
    unavailable = {}
    for key in PEER_NAMES:
        if key in keys:
            try:
                found.append(peer(key, task, folder, report_progress))
            except (ServerUnavailableError, OSError) as error:
                unavailable[PEER_NAMES[key]] = str(error)
    return found, unavailable


@app.command()
def main(
    rounds: Annotated[int, typer.Option(min=1, help="Number of measurements of each server.")] = 3,
    only: Annotated[str, typer.Option(help="Keys of the servers to measure; onnx is always measured.")] = ",".join(
        KEYS
    ),
    data: Annotated[
        Path | None, typer.Option(help="Folder with prices and models; by default, a version is trained.")
    ] = None,
    raw: Annotated[Path | None, typer.Option(help="Also write all measurements to this file, as JSON.")] = None,
    write: Annotated[
        bool, typer.Option(help="Write docs/benchmark.md, its chart and the README, if all servers were measured.")
    ] = True,
) -> None:
    """Measure, print the tables, and write the documentation. Exits with status 1 if a goal was missed."""
    keys = frozenset({ONNX, *only.split(",")})
    if unknown := keys - set(KEYS):
        raise typer.BadParameter(f"expected {', '.join(KEYS)}, got {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
        results = run(data or make_version(Path(name)), Path(name), keys, rounds)
    if raw is not None:
        raw.write_text(json.dumps([asdict(one) for one in results.measured], indent=1))
    tables = [
        report.goals_table(results.measured, results.unavailable),
        report.everything_table(results.measured),
        report.overload_table(results.overload),
    ]
    sys.stdout.write("\n\n".join("\n".join(table) for table in tables) + "\n")
    if write and keys == set(KEYS):
        report.write_page(ROOT / "docs" / "benchmark.md", results, "make bench")
        report.write_readme(ROOT / "README.md", results)
        chart.draw(ROOT / "docs" / "images" / "benchmark.svg", results.measured)
    if missed := results.missed():
        sys.stderr.write("\n".join(["missed:", *missed]) + "\n")
        raise typer.Exit(1)


def run(data: Path, folder: Path, keys: frozenset[str], rounds: int) -> report.Results:
    """Measure everything.

    Raises:
        ServerUnavailableError: A pair of this project failed.
    """
    entrants, unavailable = contestants(data, folder, keys)
    expected = Forecaster(ForecastTask(folder / "task.json")).forecast
    measured, failures = measure(entrants, expected, rounds, report_progress)
    own = {one.key: one for one in entrants if one.key in OWN}
    for one in own.values():
        if one.name in failures:
            raise ServerUnavailableError(f"{one.name}: {failures[one.name]}")
    with Running(own[ONNX]) as running:
        warm(running)
        found = overload(running, report_progress, OVERLOAD_ROUNDS)
    return report.Results(
        contestants=entrants,
        measured=measured,
        unavailable={**unavailable, **failures},
        overload=found,
        imports=measure_imports(own_pairs(data, folder), report_progress),
        client_rate=asyncio.run(client_alone()),
    )


if __name__ == "__main__":
    app()
