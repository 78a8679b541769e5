"""A load run of the real pair with a ramp of users, a promotion and a refresh, scraped by a Prometheus."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arch.data import sp500

from benchmarks.contestants import Running, free_ports, own_pair
from benchmarks.dashboards.panels import DashboardError
from benchmarks.dashboards.prometheus import SCRAPE_SECONDS, Prometheus
from benchmarks.version import report_progress
from model.artefact.local_registry import LocalRegistry
from model.contract.names import MODEL_NAME

PACKAGED: Final = "^GSPC"
_PROMOTED: Final = 0.4  # fraction of the run after which the promotion starts
_REFRESHED: Final = 0.6  # fraction of the run after which the refresh starts
_HELD_BACK: Final = (20, 10, 0)  # last sessions withheld from the first version, the second and the refresh
_COMMAND: Final = (sys.executable, "-m", "jobs")
_SETTLE_SECONDS: Final = 4 * SCRAPE_SECONDS


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """The load: maximum number of users, and duration in seconds."""

    users: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Prices:
    """A CSV of daily prices, oldest first, with a header line."""

    symbol: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def write(self, path: Path, held_back: int) -> None:
        """Write the prices without the last rows."""
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([self.header, *self.rows[: len(self.rows) - held_back]])


def read_prices(path: Path | None, symbol: str, sessions: int) -> Prices:
    """Read the last rows of a CSV file, or of the index packaged with `arch` if `path` is None.

    Raises:
        DashboardError: There are fewer rows than `sessions`.
    """
    if path is None:
        frame = sp500.load()[["Open", "High", "Low", "Close", "Volume"]]
        header, *rows = csv.reader(frame.to_csv(index_label="Date").splitlines())
    else:
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
    if len(rows) < sessions:
        raise DashboardError(f"{path or symbol}: expected {sessions} rows of prices, got {len(rows)}")
    return Prices(symbol, header, rows[-sessions:])


class LoadRun:
    """A load run in a separate folder: `prepare` creates two versions, `watch` serves them under load."""

    def __init__(self, folder: Path, prices: Prices, course: LoadProfile) -> None:
        self._folder = folder
        self._prices = prices
        self._course = course
        self._variables = {
            "NEXTCLOSE_SYMBOLS": f'["{prices.symbol}"]',
            "NEXTCLOSE_CSV_FOLDER": str(folder / "prices"),
            "NEXTCLOSE_WATCH_SECONDS": str(SCRAPE_SECONDS),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }

    def prepare(self) -> str:
        """Create two versions with the usual commands, and promote the first. Returns the name of the second.

        Raises:
            DashboardError: A step failed.
        """
        names = []
        file = self._folder / "prices" / f"{self._prices.symbol}.csv"
        for held_back in _HELD_BACK[:2]:
            self._prices.write(file, held_back)
            for step in (
                ("collect", "--csv", str(file)),
                ("train",),
                ("evaluate", "--champion", "none"),
                ("export",),
            ):
                self._nextclose(*step)
            names.append(str(self._registry().current()))
        first, second = names
        self._registry().clear_current()
        self._nextclose("promote", first)
        self._prices.write(file, _HELD_BACK[2])
        return second

    def watch(self, second: str, plot: Callable[[Prometheus, float, float], None]) -> None:
        """Serve the first version under load, and promote the second one and refresh during the load.

        Args:
            second: The version to promote.
            plot: Called afterwards with the Prometheus, and with begin and end of the run in seconds since 1970.

        Raises:
            DashboardError: The load, the promotion or the refresh failed.
        """
        pair = own_pair(
            "c", "nextclose", self._folder / "data", socket=self._folder / "p.sock", variables=self._variables
        )
        predictor, transformer = (process.variables for process in pair.processes)
        scraped = {
            "predictor": f"127.0.0.1:{predictor['NEXTCLOSE_PREDICTOR_PORT']}",
            "transformer": f"127.0.0.1:{pair.port}",
        }
        with Running(pair) as running, Prometheus(self._folder, free_ports(1)[0], scraped) as prometheus:
            time.sleep(_SETTLE_SECONDS)  # counters must be scraped at 0 before they increase
            begin = time.time()
            self._load(running.url, f"127.0.0.1:{transformer['NEXTCLOSE_GRPC_PORT']}", second)
            time.sleep(_SETTLE_SECONDS)
            plot(prometheus, begin - _SETTLE_SECONDS, time.time())

    def _load(self, url: str, grpc: str, second: str) -> None:
        course = self._course
        arguments = ["--profile", "ramp", "--users", str(course.users), "--time", f"{course.seconds}s"]
        report_progress(f"{course.seconds} s of load")
        begun = time.monotonic()
        load = subprocess.Popen(
            [*_COMMAND, "loadtest", "--url", url, "--grpc", grpc, *arguments], cwd=self._folder, env=self._environment()
        )
        try:
            for share, step in ((_PROMOTED, ("promote", second)), (_REFRESHED, ("refresh",))):
                time.sleep(max(0.0, begun + share * course.seconds - time.monotonic()))
                self._nextclose(*step, url=url)
            status = load.wait(course.seconds + 60)
        finally:
            load.terminate()
            load.wait()
        if status != 0:
            raise DashboardError(f"loadtest: expected status 0, got {status}; see its message above")

    def _registry(self) -> LocalRegistry:
        return LocalRegistry(self._folder / "data" / "models", MODEL_NAME)

    def _nextclose(self, *arguments: str, url: str | None = None) -> None:
        report_progress(" ".join(["nextclose", *arguments]))
        environment = self._environment() | ({} if url is None else {"NEXTCLOSE_SERVICE_URL": url})
        command = [*_COMMAND, *arguments]
        status = subprocess.run(command, cwd=self._folder, env=environment, check=False, stdout=subprocess.DEVNULL)
        if status.returncode != 0:
            raise DashboardError(f"nextclose {arguments[0]}: expected status 0, got {status.returncode}; see above")

    def _environment(self) -> dict[str, str]:
        return os.environ | self._variables
