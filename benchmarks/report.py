"""The benchmark's page, and the table of the README."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import psutil
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from benchmarks.contestants import Contestant
from benchmarks.imports import imports_table
from benchmarks.measure import CONCURRENCIES, Measured
from benchmarks.overload import ANSWERED_MUST, CONNECTIONS, P99_MUST, SECONDS, Overload
from benchmarks.ratios import ONNX, QUANTITIES, Comparison, Goal, Ratio, compare, ratio

_PACKAGES: Final = (
    "tensorflow-cpu", "tensorflow", "keras", "onnxruntime", "kserve", "fastapi", "uvicorn", "aiohttp", "numpy",
)  # fmt: skip
_BEGIN, _END = "<!-- benchmark: made by `make bench` -->", "<!-- benchmark: end -->"


@dataclass(frozen=True, slots=True)
class Results:
    """All results of one run of the benchmark.

    Attributes:
        contestants: The servers to measure.
        measured: Measurements of the servers that could be measured.
        unavailable: Reasons for the servers that could not be measured, by name.
        overload: Overload of the ONNX pair.
        imports: Names of imports and servers, with their memory relative to `import kserve`.
        client_rate: Requests per second of the client against a server that sends a fixed response.
    """

    contestants: Sequence[Contestant]
    measured: Sequence[Measured]
    unavailable: Mapping[str, str]
    overload: Overload
    imports: Sequence[tuple[str, float]]
    client_rate: float

    def missed(self) -> list[str]:
        """Descriptions of the required goals that were missed."""
        comparisons = [
            f"{one.goal.label}: {one.goal.quantity.name}: {number(one.ratio.median)} times {one.peer}, "
            f"{_bound(one.goal, one.goal.must)}"
            for one in compare(self.measured)
            if not one.met
        ]
        return [*comparisons, *self.overload.missed()]


def write_page(path: Path, results: Results, command: str) -> None:
    """Write `docs/benchmark.md`."""
    loads = [load for one in results.measured for load in one.loads]
    measured = {one.key for one in results.measured}
    text = template("page.md.j2").render(
        command=command,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        rounds=len(results.measured[0].starts),
        machine=machine(),
        versions=versions(),
        concurrencies=", ".join(map(str, CONCURRENCIES)),
        client_cpu=max(load.client_cpu for load in loads),
        headroom=results.client_rate / max(load.rate for load in loads),
        answered=sum(load.answered for load in loads),
        failed=_failures(results.measured),
        servers=[one for one in results.contestants if one.key in measured],
        unavailable=results.unavailable,
        goals="\n".join(goals_table(results.measured, results.unavailable)),
        everything="\n".join(everything_table(results.measured)),
        overload="\n".join(overload_table(results.overload)),
        overload_rounds=results.overload.rounds,
        overload_seconds=SECONDS,
        overload_connections=f"{CONNECTIONS:,}",
        closed=results.overload.connections,
        offered=results.overload.offered,
        imports="\n".join(imports_table(results.imports)),
    )
    path.write_text(text)


def template(name: str) -> Template:
    """Load a page template of this folder."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701  # Markdown
    return environment.get_template(name)


def write_readme(path: Path, results: Results) -> None:
    """Write the table of goals into the README, between its two markers."""
    table = "\n".join(goals_table(results.measured, results.unavailable))
    path.write_text(put_between(path.read_text(), _BEGIN, _END, f"\n{table}\n"))


def put_between(page: str, begin: str, end: str, text: str) -> str:
    """Replace the text between two markers of a page.

    Raises:
        ValueError: A marker is missing.
    """
    start = page.index(begin) + len(begin)
    return f"{page[:start]}{text}{page[page.index(end, start) :]}"


def goals_table(measured: Sequence[Measured], unavailable: Mapping[str, str]) -> list[str]:
    """Both pairs against the best peer of each row, and the peers that could not be measured."""
    lines = [
        "| relative to the best other server of each row | best other server | ratio | required | target |",
        "| --- | --- | ---: | ---: | ---: |",
        *(_goal_row(one) for one in compare(measured)),
    ]
    if unavailable:
        lines += ["", "Not measured: " + "; ".join(f"{name} ({reason})" for name, reason in unavailable.items()) + "."]
    return lines


def _goal_row(one: Comparison) -> str:
    goal = one.goal
    name = f"{goal.label}: {goal.quantity.name}"
    return f"| {name} | {one.peer} | {_text(one.ratio)} | {_bound(goal, goal.must)} | {_bound(goal, goal.aim)} |"


def _bound(goal: Goal, value: float) -> str:
    return f"at {'least' if goal.quantity.more else 'most'} {value:g}"


def everything_table(measured: Sequence[Measured]) -> list[str]:
    """All contestants, as multiples of the ONNX pair."""
    named = {one.key: one for one in measured}
    others = [one for one in measured if one.key != ONNX]
    lines = [
        "| relative to the ONNX pair | " + " | ".join(one.name for one in others) + " |",
        "| --- |" + " ---: |" * len(others),
    ]
    for quantity in QUANTITIES:
        cells = [_text(ratio(quantity, one, named[ONNX])) for one in others]
        lines.append(f"| {quantity.name} | " + " | ".join(cells) + " |")
    return lines


def overload_table(found: Overload) -> list[str]:
    """Responses of the ONNX pair at twice its best throughput."""
    low, high = found.answered_half
    answered = f"{found.answered:.0%} (half of the rounds: {low:.0%} to {high:.0%})"
    return [
        "| relative to the best throughput | reached | required |",
        "| --- | ---: | ---: |",
        f"| answered | {answered} | at least {ANSWERED_MUST:.0%} |",
        f"| p99 of the responses | {found.p99:.1f} times | at most {P99_MUST:g} |",
        f"| neither answered nor refused | {found.failed} | none |",
        f"| refused, of the requests sent | {found.refused:.0%} | |",
    ]


def _failures(measured: Sequence[Measured]) -> str:
    counted = {one.name: sum(load.failed for load in one.loads) for one in measured}
    return ", ".join(f"{count:,} of {name}" for name, count in counted.items() if count) or "none"


def _text(found: Ratio) -> str:
    return f"**{number(found.median)}** ({number(found.low)} to {number(found.high)})"


def number(value: float) -> str:
    """Two significant digits, or an integer from 10 on."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def machine() -> str:
    """A description of the machine: cores, memory, architecture and operating system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.machine()}, {platform.system()}"


def versions() -> str:
    """Versions of Python and of the packages that affect speed."""
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue  # one of the two TensorFlow distributions
    return ", ".join(found)
