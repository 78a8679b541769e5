"""Load tests by the Jobs of the chart: no request fails, and memory, threads and open files do not grow."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests.e2e.kube import until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, new_namespace, values_of

CONTAINERS: Final = {"kserve-container": "predictor", "transformer-container": "transformer"}
# Prints resident memory, open files and threads of the first process of a container.
MEASURE: Final = (
    "import os, re; status = open('/proc/1/status').read(); "
    "print(re.search(r'VmRSS:\\s+(\\d+)', status)[1], len(os.listdir('/proc/1/fd')), "
    "re.search(r'Threads:\\s+(\\d+)', status)[1])"
)
GROWTH_KIB: Final = 5 * 1024
PROBES: Final = 3
STATES: Final = {"Complete", "Failed"}


@dataclass(frozen=True, slots=True)
class Process:
    """Resources that the first process of a container uses."""

    memory_kib: int
    files: int
    threads: int


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """A collocated release with one pod."""
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=values_of("collocated"))
        release.bootstrapped()
        yield release


def start(release: Release, **load: Any) -> None:
    """Start a load test by an upgrade of the release. By default the only threshold is that no request may fail."""
    thresholds = {"failureRatio": 0, "p50": 0, "p95": 0, "p99": 0, "rps": 0, **load.pop("thresholds", {})}
    loadtest = {"enabled": True, "workers": 2, "thresholds": thresholds, **load}
    release.install("--reuse-values", values={"loadtest": loadtest})


def wait_for_end(release: Release, profile: str, seconds: float) -> str:
    """Wait until the load test has succeeded. Returns the log of the Locust master."""

    def jobs() -> dict[str, str] | None:
        found = {}
        for job in release.namespace.items("jobs", "--selector=app.kubernetes.io/component=loadtest"):
            if profile in job["spec"]["template"]["spec"]["containers"][0]["args"]:
                conditions = job.get("status", {}).get("conditions", ())
                states = [one["type"] for one in conditions if one["status"] == "True" and one["type"] in STATES]
                if not states:
                    return None
                found[job["metadata"]["name"]] = states[0]
        return found or None

    states = until(f"end of profile {profile}", seconds, jobs)
    (master,) = [name for name in states if "-master-" in name]
    log = release.namespace.kubectl("logs", f"job/{master}", "--tail=-1")
    assert set(states.values()) == {"Complete"}, f"{states}\n{log}"
    return log


def measure(release: Release) -> dict[str, Process]:
    """Measure the processes of both roles."""
    (pod,) = release.pods()
    found = {}
    for container, role in CONTAINERS.items():
        output = release.namespace.kubectl(
            "exec", pod["metadata"]["name"], "-c", container, "--", "python", "-c", MEASURE
        )
        found[role] = Process(*map(int, output.split()))
    return found


def soak(release: Release, seconds: int, warm_seconds: int) -> None:
    """Send requests of all kinds, and check that resource usage does not grow between the warm-up and the end."""
    kinds = ["mixed", "grpc"]
    start(release, profile="soak", users=8, time=f"{seconds}s", kinds=kinds)
    time.sleep(warm_seconds)
    warm = measure(release)
    log = wait_for_end(release, "soak", seconds + 120)
    last = measure(release)
    assert "Aggregated" in log
    for role, before in warm.items():
        after = last[role]
        output = f"{role}: {before} -> {after}"
        assert after.memory_kib - before.memory_kib < GROWTH_KIB, output
        assert after.threads <= before.threads, output
        # Connections are open files: those of the load test are closed at the end, those of probes vary.
        assert after.files <= before.files + PROBES, output
    (pod,) = release.pods()
    assert all(status["restartCount"] == 0 for status in pod["status"]["containerStatuses"])


def test_soak_of_one_minute(release: Release) -> None:
    soak(release, 60, 30)


def test_spike_fails_no_request(release: Release) -> None:
    start(release, profile="spike", users=120, time="30s", kinds=["window"])
    assert "Aggregated" in wait_for_end(release, "spike", 150)


@pytest.mark.long
def test_soak_of_ten_minutes(release: Release) -> None:
    soak(release, 600, 120)


def test_missed_threshold_fails_the_job_and_is_logged(release: Release) -> None:
    start(release, profile="steady", users=2, time="5s", workers=1, thresholds={"p50": 0.001})

    def failed() -> str | None:
        for job in release.namespace.items("jobs", "--selector=app.kubernetes.io/component=loadtest"):
            name = job["metadata"]["name"]
            if "-master-" in name and job.get("status", {}).get("failed"):
                return str(name)
        return None

    master = until("failure of the load test", 120, failed)
    assert "p50" in release.namespace.kubectl("logs", f"job/{master}", "--tail=-1")


@pytest.mark.long
@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
def test_every_replica_answers_without_failures(release: Release, replicas: int) -> None:
    scaled = {"autoscaling": {"minReplicas": replicas, "maxReplicas": replicas}}
    release.install("--reuse-values", values={"predictor": scaled, "loadtest": {"enabled": False}})
    pods = release.wait_pods("predictor", replicas)
    kinds = ["window"]
    start(release, profile="ramp", users=24, time="20s", kinds=kinds, run=str(replicas))
    assert "Aggregated" in wait_for_end(release, "ramp", 150)
    answered = [_answered(release, pod["metadata"]["name"]) for pod in pods]
    assert all(count > 10 for count in answered), answered


def _answered(release: Release, pod: str) -> float:
    with release.namespace.forwarded(f"pod/{pod}", 8080) as (address,):
        text = httpx.get(f"http://{address}/metrics", trust_env=False).text
    found = re.search(
        r'nextclose_requests_total\{code="200",protocol="v2",reason="ok",role="transformer"\} (\S+)', text
    )
    return float(found[1]) if found else 0.0
