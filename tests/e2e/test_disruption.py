"""Pods that end, are evicted, drained and killed for their memory: with two replicas no request fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.asking import Answers, asking
from tests.e2e.kube import attempt, run, until
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, namespace, values_of

pytestmark = pytest.mark.disposable
SPREAD = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """Two replicas, on two nodes where there are two."""
    two = {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}, "topologySpreadConstraints": [SPREAD]}
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place)
        release.install(values=values_of("collocated", predictor=two, storage={"accessMode": "ReadWriteMany"}))
        release.bootstrapped()
        release.wait_pods("predictor", 2)
        yield release


def _check(release: Release, answers: Answers, expected: list[float]) -> None:
    served = release.served()
    assert served
    answers.check({served: expected})


def test_a_pod_that_is_deleted(release: Release) -> None:
    expected = release.quantiles()
    victim = release.pods()[0]["metadata"]["name"]
    with asking(release, window()) as answers:
        release.place.kubectl("delete", "pod", victim)
        release.wait_pods("predictor", 2)
    _check(release, answers, expected)


def _evict(release: Release, pod: Any) -> tuple[bool, str]:
    name = pod["metadata"]["name"]
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": release.place.name},
    }
    path = f"/api/v1/namespaces/{release.place.name}/pods/{name}/eviction"
    done = attempt("kubectl", "create", f"--raw={path}", "--filename=-", stdin=json.dumps(eviction))
    return done.returncode == 0, done.stderr


def test_evictions_keep_to_the_budget(release: Release) -> None:
    expected = release.quantiles()
    first, second = release.wait_pods("predictor", 2)
    with asking(release, window()) as answers:
        allowed, told = _evict(release, first)
        assert allowed, told
        allowed, told = _evict(release, second)
        assert not allowed, "the budget let the second go while the first was on its way"
        assert "disruption budget" in told
        release.wait_pods("predictor", 2)
    _check(release, answers, expected)


def _spread(release: Release) -> list[Any]:
    """The two pods, on two nodes: the scheduler prefers that and need not, after what was done to them before."""
    for _ in range(5):
        pods = release.wait_pods("predictor", 2)
        if len({pod["spec"]["nodeName"] for pod in pods}) == 2:
            return pods
        release.place.kubectl("delete", "pod", pods[0]["metadata"]["name"])
    pytest.fail("the two pods are always on one node")


def test_a_node_is_drained(release: Release) -> None:
    nodes = [node["metadata"]["name"] for node in release.place.items("nodes")]
    if len(nodes) < 2:
        pytest.skip("the cluster has one node")
    expected = release.quantiles()
    pods = _spread(release)
    node = pods[0]["spec"]["nodeName"]
    with asking(release, window()) as answers:
        try:
            # The client of this test may stay: it is no part of what is tried.
            run("kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force",
                "--pod-selector=serving.kserve.io/inferenceservice", "--timeout=300s")  # fmt: skip
            moved = release.wait_pods("predictor", 2)
            assert {pod["spec"]["nodeName"] for pod in moved} == set(nodes) - {node}
        finally:
            run("kubectl", "uncordon", node)
    _check(release, answers, expected)


HOG = """
import os, time
# The kernel ends the process with the highest score: the server's is raised, and many small ones take the memory.
open("/proc/1/oom_score_adj", "w").write("1000")
for _ in range(40):
    if os.fork() == 0:
        held = bytearray(64 << 20)
        time.sleep(60)
        os._exit(0)
    time.sleep(0.1)
"""


def _killed(release: Release, name: str) -> Any:
    pod = release.place.get("pod", name)
    for status in pod["status"]["containerStatuses"]:
        ended = status.get("lastState", {}).get("terminated", {})
        if status["name"] == "kserve-container" and ended.get("reason") == "OOMKilled":
            return status
    return None


def test_a_predictor_killed_for_its_memory_recovers(release: Release) -> None:
    expected = release.quantiles()
    victim = release.wait_pods("predictor", 2)[0]["metadata"]["name"]
    with asking(release, window()) as answers:
        hog = ["exec", victim, "--container=kserve-container", "--", "python", "-c", HOG]
        attempt("kubectl", "--namespace", release.place.name, *hog)
        until("a killed predictor", 120, lambda: _killed(release, victim))
        release.wait_pods("predictor", 2)
    # Requests that it was computing are lost with it, and are told so as what may be tried again.
    assert len(answers.failures) == answers.retry, answers.failures[:5]
    served = release.served()
    assert set(answers.versions) == {served}
    assert release.quantiles() == pytest.approx(expected, rel=1e-6)
