"""`python -m benchmarks`: measures everything in one run and writes what the documentation shows."""

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
from benchmarks.contestants import contestants
from benchmarks.fixed import serving
from benchmarks.measure import measure, run_client
from benchmarks.version import make_version, tell

ROOT = Path(__file__).parents[1]

KEYS: Final = frozenset({"a", "a2", "b", "c", "d", "e"})

app = typer.Typer(add_completion=False, help="Speed, side by side in one run.")


async def client_alone(seconds: float = 3.0) -> float:
    """Requests a second that the client makes where every answer is there at once."""
    async with serving() as port:
        spec = Spec("127.0.0.1", port, ("POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n",), 32, seconds)
        result = await asyncio.to_thread(run_client, spec)
    return result.rate


@app.command()
def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each takes its turn under each load.")] = 3,
    only: Annotated[str, typer.Option(help="Keys of those to measure; (a) is always one of them.")] = "a,a2,b,c,d,e",
    raw: Annotated[Path | None, typer.Option(help="Write what was measured as JSON, too.")] = None,
    write: Annotated[
        bool, typer.Option(help="Write docs/benchmark.md, its chart and the README, where all were measured.")
    ] = True,
) -> None:
    """Measures, prints the table, and writes the documentation; status 1 where a goal was missed."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
        folder = Path(name)
        data = make_version(folder)
        wanted = {"a", *only.split(",")}
        found = measure([one for one in contestants(data, folder) if one.key in wanted], rounds, tell)
    client_rate = asyncio.run(client_alone())
    if raw is not None:
        raw.write_text(json.dumps([asdict(one) for one in found], indent=1))
    sys.stdout.write("\n".join(report.headline_table(found, [one.key for one in found if one.key != "a"])) + "\n")
    if write and wanted >= KEYS:
        report.write_page(ROOT / "docs" / "benchmark.md", found, client_rate, "make bench")
        report.write_readme(ROOT / "README.md", found)
        chart.draw(ROOT / "docs" / "images" / "benchmark.svg", found)
    if "c" in wanted and (missed := report.missed(found)):
        sys.stderr.write("\n".join(["missed:", *missed]) + "\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
