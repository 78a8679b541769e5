"""The benchmark's page, its chart, and the table of the README."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import psutil
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from benchmarks.measure import CONCURRENCIES, Measured
from benchmarks.ratios import BASE, HEADLINE, LATENCIES, Quantity, Ratio, ratio

_PACKAGES: Final = (
    "tensorflow-cpu", "tensorflow", "keras", "onnxruntime", "kserve", "fastapi", "uvicorn", "aiohttp", "numpy",
)  # fmt: skip
_BEGIN, _END = "<!-- benchmark: made by `make bench` -->", "<!-- benchmark: end -->"
_COMPARED: Final = ("c", "e")


def write_page(path: Path, found: Sequence[Measured], client_rate: float, command: str) -> None:
    """Writes `docs/benchmark.md`."""
    loads = [load for one in found for load in one.loads]
    text = template("page.md.j2").render(
        command=command,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        rounds=len(found[0].starts),
        machine=machine(),
        versions=versions(),
        concurrencies=", ".join(map(str, CONCURRENCIES)),
        client_cpu=max(load.client_cpu for load in loads),
        headroom=client_rate / max(load.rate for load in loads),
        answered=sum(load.answered for load in loads),
        failed=sum(load.failed for load in loads),
        found=found,
        headline="\n".join(headline_table(found, _COMPARED)),
        everything="\n".join(_everything(found)),
    )
    path.write_text(text)


def template(name: str) -> Template:
    """A page of this folder."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701  # Markdown
    return environment.get_template(name)


def write_readme(path: Path, found: Sequence[Measured]) -> None:
    """Puts the table into the README, between its two marks."""
    table = "\n".join(headline_table(found, _COMPARED))
    path.write_text(put_between(path.read_text(), _BEGIN, _END, f"\n{table}\n"))


def put_between(page: str, begin: str, end: str, text: str) -> str:
    """The page with the text between its two marks in place of what was there.

    Raises:
        ValueError: a mark is missing.
    """
    start = page.index(begin) + len(begin)
    return f"{page[:start]}{text}{page[page.index(end, start) :]}"


def headline_table(found: Sequence[Measured], keys: Sequence[str]) -> list[str]:
    """What the project sets itself, and what was reached."""
    named = _by_key(found)
    shown = [key for key in keys if key in named]
    lines = [
        "| times better than the textbook server | must | aim | " + " | ".join(named[key].name for key in shown) + " |",
        "| --- | ---: | ---: |" + " ---: |" * len(shown),
    ]
    for quantity in HEADLINE:
        reached = [_text(ratio(quantity, named[key], named[BASE])) for key in shown]
        goals = [number(goal) if goal is not None else "" for goal in (quantity.must, quantity.aim)]
        lines.append(f"| {quantity.name} | " + " | ".join([*goals, *reached]) + " |")
    return lines


def missed(found: Sequence[Measured]) -> list[str]:
    """What must be reached and was not, with TensorFlow."""
    named = _by_key(found)
    lines = []
    for quantity in HEADLINE:
        reached = ratio(quantity, named["c"], named[BASE]).median
        if quantity.must is not None and reached < quantity.must:
            lines.append(f"{quantity.name}: {number(reached)} times better, must be {number(quantity.must)}")
    return lines


def _everything(found: Sequence[Measured]) -> list[str]:
    named = _by_key(found)
    others = [key for key in named if key != BASE]
    lines = [
        "| times better than (a) | " + " | ".join(f"({key})" for key in others) + " |",
        "| --- |" + " ---: |" * len(others),
    ]
    for quantity in (*_without_repeats(), *LATENCIES):
        cells = [_text(ratio(quantity, named[key], named[BASE])) for key in others]
        lines.append(f"| {quantity.name} | " + " | ".join(cells) + " |")
    return lines


def _without_repeats() -> list[Quantity]:
    known = {quantity.name for quantity in LATENCIES}
    return [quantity for quantity in HEADLINE if quantity.name not in known]


def _by_key(found: Sequence[Measured]) -> dict[str, Measured]:
    return {one.key: one for one in found}


def _text(found: Ratio) -> str:
    return f"**{number(found.median)}** ({number(found.low)} to {number(found.high)})"


def number(value: float) -> str:
    """As many digits as say something."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}" if value >= 1 else f"{value:.2f}"


def machine() -> str:
    """The machine, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.machine()}, {platform.system()}"


def versions() -> str:
    """Python and the packages that matter."""
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue  # one of the two TensorFlow distributions
    return ", ".join(found)
