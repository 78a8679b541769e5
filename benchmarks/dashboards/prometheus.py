"""A Prometheus on the loopback interface that scrapes both roles as in a cluster, and queries to it."""

import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import numpy as np
import yaml

from benchmarks.dashboards.panels import DashboardError
from model.contract.arrays import f8

CHART: Final = Path(__file__).parents[2] / "charts" / "nextclose"
NAMESPACE: Final = "forecasts"
RELEASE: Final = "nextclose"
SCRAPE_SECONDS: Final = 5
_RULES: Final = "templates/monitoring/prometheusrule.yaml"
_READY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Series:
    """A time series.

    Attributes:
        labels: Labels of the series.
        times: float64 [n], in seconds since 1970.
        values: float64 [n].
    """

    labels: Mapping[str, str]
    times: f8
    values: f8


def require_program(name: str) -> str:
    """The path of an installed program.

    Raises:
        DashboardError: The program is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise DashboardError(f"{name}: expected on PATH, not found; Debian's package `prometheus` or https://helm.sh")
    return found


def read_series(answer: Mapping[str, Any]) -> list[Series]:
    """Read the series of a response of `query_range`.

    Raises:
        DashboardError: Prometheus refused the query, or the response is not a matrix.
    """
    if answer.get("status") != "success" or answer["data"]["resultType"] != "matrix":
        raise DashboardError(f"query_range: expected a matrix, got {str(answer)[:300]}")
    found = []
    for one in answer["data"]["result"]:
        points = np.array([(moment, float(value)) for moment, value in one["values"]], dtype=np.float64)
        found.append(Series(one["metric"], points[:, 0], points[:, 1]))
    return found


def configuration(addresses: Mapping[str, str]) -> dict[str, Any]:
    """The configuration for scraping the roles' addresses, with the labels that the chart's PodMonitors set.

    Args:
        addresses: `host:port` of each role.
    """
    jobs = [
        {
            "job_name": f"{NAMESPACE}/{RELEASE}-{role}",
            "static_configs": [
                {
                    "targets": [address],
                    "labels": {
                        "namespace": NAMESPACE,
                        "inferenceservice": RELEASE,
                        "component": role,
                        "pod": f"{RELEASE}-predictor",  # the collocated topology: both roles in one pod
                    },
                }
            ],
        }
        for role, address in addresses.items()
    ]
    every = f"{SCRAPE_SECONDS}s"
    return {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": ["rules.json"],
        "scrape_configs": jobs,
    }


def rules() -> dict[str, Any]:
    """Recording rules and alerts as the chart renders them.

    Raises:
        DashboardError: Helm is not installed.
        subprocess.CalledProcessError: Helm cannot render the chart.
    """
    kind = "monitoring.coreos.com/v1/PrometheusRule"
    command = [
        require_program("helm"),
        "template",
        RELEASE,
        str(CHART),
        "--namespace",
        NAMESPACE,
        "--show-only",
        _RULES,
    ]
    command += ["--api-versions", kind, "--api-versions", "serving.kserve.io/v1beta1/InferenceService"]
    done = subprocess.run([*command, "--kube-version", "1.34.0"], check=True, capture_output=True, text=True)
    spec: dict[str, Any] = yaml.safe_load(done.stdout)["spec"]
    return spec


class Prometheus:
    """A Prometheus process, as a context manager."""

    def __init__(self, folder: Path, port: int, addresses: Mapping[str, str]) -> None:
        self._folder = folder
        self._url = f"http://127.0.0.1:{port}"
        self._listen = f"127.0.0.1:{port}"
        self._addresses = addresses

    def __enter__(self) -> Self:
        """Start Prometheus and wait until it is ready.

        Raises:
            DashboardError: Prometheus exited, or was not ready in time.
        """
        (self._folder / "rules.json").write_text(json.dumps(rules()))
        (self._folder / "prometheus.json").write_text(json.dumps(configuration(self._addresses)))
        command = [require_program("prometheus"), "--config.file=prometheus.json", "--storage.tsdb.path=tsdb"]
        command += [f"--web.listen-address={self._listen}", "--log.level=warn"]
        self._process = subprocess.Popen(command, cwd=self._folder)
        deadline = time.monotonic() + _READY_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise DashboardError("prometheus: not ready; see its message above")
            time.sleep(0.2)
        return self

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self._url}/-/ready", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Terminate Prometheus."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def over(self, expr: str, begin: float, end: float) -> list[Series]:
        """Run a query over a range of time, in seconds since 1970.

        Raises:
            DashboardError: Prometheus refused the query.
        """
        params: dict[str, str | float] = {"query": expr, "start": begin, "end": end, "step": SCRAPE_SECONDS}
        answer = httpx.get(f"{self._url}/api/v1/query_range", params=params, timeout=60, trust_env=False)
        try:
            return read_series(answer.json())
        except (DashboardError, ValueError) as error:
            raise DashboardError(f"{expr}: {error}") from error
