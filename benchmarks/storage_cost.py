"""Cost of starts and requests by the number of symbols in the price store and of stored versions."""

import shutil
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.contestants import Running
from benchmarks.curves import Curve
from benchmarks.measure import ask
from benchmarks.request_cost import Make
from loadtest.payloads import by_symbol
from model.prices.store import PriceStore

SYMBOLS: Final = (1, 10, 100, 500)
VERSIONS: Final = (1, 10, 50)
_SECONDS: Final = 3.0
_STARTS: Final = 3


def symbols(make: Make, data: Path, folder: Path) -> Curve:
    """Start time, responses per second and memory, by the number of symbols in the price store."""
    store = PriceStore(str(data))
    (stored,) = store.symbols()
    series, quality = store.read(stored), store.read_quality(stored)
    points = []
    for count in SYMBOLS:
        store_folder = folder / f"symbols-{count}"
        names = [f"S{number}.SA" for number in range(count)]
        for name in names:
            PriceStore(str(store_folder)).write(replace(series, symbol=name), quality)
        requests = [by_symbol(name) for name in names]
        with Running(make({"NEXTCLOSE_STORE": str(store_folder)})) as running:
            ask(running, requests, 8, 2.0)
            result = ask(running, requests, 8, _SECONDS)
            rate, memory = result.rate, float(running.memory())
            points.append((str(count), (running.seconds_to_ready, rate, memory)))
    columns = ("start to ready", "responses per second", "memory")
    return Curve("Symbols in the price store", "symbols", columns, points, "Requests name the symbols in turn.")


def versions(make: Make, data: Path, folder: Path) -> Curve:
    """Start time by the number of stored versions."""
    source = data / "models" / "nextclose"
    current = (source / "current").read_text().strip()
    points = []
    for count in VERSIONS:
        models = folder / f"versions-{count}"
        target = models / "nextclose"
        target.mkdir(parents=True)
        for number in range(count):
            older = f"2020{1 + number // 28:02d}{1 + number % 28:02d}T000000Z-{number:08x}"
            shutil.copytree(source / current, target / (older if number else current))
        (target / "current").write_text(current + "\n")
        starts = []
        for _ in range(_STARTS):
            with Running(make({"NEXTCLOSE_MODELS": str(models)})) as running:
                starts.append(running.seconds_to_ready)
        points.append((str(count), (median(starts),)))
    return Curve("Stored versions", "versions", ("start to ready",), points, "Only the current version is loaded.")
