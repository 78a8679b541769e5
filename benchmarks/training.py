"""Cost of a training by symbols and sessions; each training runs in a separate process."""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.curves import Curve
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

SIZES: Final = ((1, 1000), (1, 2000), (1, 5000), (5, 2000), (20, 1000), (20, 2000))  # symbols, sessions


def training(data: Path) -> Curve:
    """Seconds and memory of a training from scratch, and of a fine-tuning after it."""
    points = []
    for symbols, sessions in SIZES:
        command = [sys.executable, "-m", "benchmarks.training", str(data), str(symbols), str(sessions)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
        points.append((f"{symbols} x {sessions}", [float(part) for part in done.stdout.split()]))
    names = ("import, s", "from scratch, s", "fine-tuning, s", "memory, MiB")
    note = (
        "The symbols are parts of the packaged index. As in `nextclose train`, each training has two fits: one on the "
        "data before the gate and one on all data."
    )
    return Curve("Training", "symbols x sessions", names, points, note, relative=False)


def parts(series: PriceSeries, symbols: int, sessions: int) -> list[PriceSeries]:
    """Cut a number of series with a number of sessions each from different parts of one series."""
    last_start = len(series) - sessions
    starts = [last_start * number // max(symbols - 1, 1) for number in range(symbols)]
    return [
        replace(series.select(slice(start, start + sessions)), symbol=f"S{number}", dates=series.dates[-sessions:])
        for number, start in enumerate(starts)
    ]


def main(arguments: Sequence[str]) -> None:
    """Train from scratch, then fine-tune, and print the seconds and memory that `training` reads."""
    data, symbols, sessions = arguments[0], int(arguments[1]), int(arguments[2])
    begun = time.perf_counter()
    from model.training.recipe import Recipe
    from model.training.train import train

    imported = time.perf_counter() - begun
    store = PriceStore(data)
    (stored,) = store.symbols()
    series = parts(store.read(stored), symbols, sessions)
    seconds = []
    former = None
    for _ in range(2):
        begun = time.perf_counter()
        trained = train(series, Recipe(), 0, former=former)
        seconds.append(time.perf_counter() - begun)
        former = trained.former
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mebibytes = peak / (2**20 if sys.platform == "darwin" else 2**10)
    sys.stdout.write(f"{imported:.2f} {seconds[0]:.2f} {seconds[1]:.2f} {mebibytes:.0f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
