"""Deleted, evicted, drained and OOM-killed pods: with two replicas no request fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.continuous_client import Answers, continuous_requests
from tests.e2e.kube import attempt, run, until
from tests.e2e.prices import csv_without_last, window
from tests.e2e.release import Release, give_prices, new_namespace, values_of

pytestmark = pytest.mark.disposable
SPREAD = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """A collocated release with two replicas, preferably on two nodes."""
    replicas = {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}, "topologySpreadConstraints": [SPREAD]}
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=values_of("collocated", predictor=replicas, storage={"accessMode": "ReadWriteMany"}))
        release.bootstrapped()
        release.wait_pods("predictor", 2)
        yield release


def _check(release: Release, answers: Answers, expected: list[float]) -> None:
    served = release.served()
    assert served
    answers.check({served: expected})


def test_deleting_a_pod_fails_no_request(release: Release) -> None:
    expected = release.quantiles()
    victim = release.pods()[0]["metadata"]["name"]
    with continuous_requests(release, window()) as answers:
        release.namespace.kubectl("delete", "pod", victim)
        release.wait_pods("predictor", 2)
    _check(release, answers, expected)


def _evict(release: Release, pod: Any) -> tuple[bool, str]:
    name = pod["metadata"]["name"]
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": release.namespace.name},
    }
    path = f"/api/v1/namespaces/{release.namespace.name}/pods/{name}/eviction"
    done = attempt("kubectl", "create", f"--raw={path}", "--filename=-", stdin=json.dumps(eviction))
    return done.returncode == 0, done.stderr


def test_eviction_respects_the_disruption_budget(release: Release) -> None:
    expected = release.quantiles()
    first, second = release.wait_pods("predictor", 2)
    with continuous_requests(release, window()) as answers:
        allowed, error = _evict(release, first)
        assert allowed, error
        allowed, error = _evict(release, second)
        assert not allowed, "the budget allowed a second eviction before the first pod was replaced"
        assert "disruption budget" in error
        release.wait_pods("predictor", 2)
    _check(release, answers, expected)


def _spread(release: Release) -> list[Any]:
    """Delete pods until they are on two nodes, which the scheduler prefers but does not guarantee."""
    for _ in range(5):
        pods = release.wait_pods("predictor", 2)
        if len({pod["spec"]["nodeName"] for pod in pods}) == 2:
            return pods
        release.namespace.kubectl("delete", "pod", pods[0]["metadata"]["name"])
    pytest.fail("the two pods stay on one node")


def test_draining_a_node_fails_no_request(release: Release) -> None:
    nodes = [node["metadata"]["name"] for node in release.namespace.items("nodes")]
    if len(nodes) < 2:
        pytest.skip("the cluster has one node")
    expected = release.quantiles()
    pods = _spread(release)
    node = pods[0]["spec"]["nodeName"]
    with continuous_requests(release, window()) as answers:
        try:
            # The client pod of this test may stay on the node.
            run("kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force",
                "--pod-selector=serving.kserve.io/inferenceservice", "--timeout=300s")  # fmt: skip
            moved = release.wait_pods("predictor", 2)
            assert {pod["spec"]["nodeName"] for pod in moved} == set(nodes) - {node}
        finally:
            run("kubectl", "uncordon", node)
    _check(release, answers, expected)


HOG = """
import os, time
# The kernel kills the process with the highest score: raise that of the server, then use up memory in small processes.
open("/proc/1/oom_score_adj", "w").write("1000")
for _ in range(40):
    if os.fork() == 0:
        memory = bytearray(64 << 20)
        time.sleep(60)
        os._exit(0)
    time.sleep(0.1)
"""


def _killed(release: Release, name: str) -> Any:
    pod = release.namespace.get("pod", name)
    for status in pod["status"]["containerStatuses"]:
        terminated = status.get("lastState", {}).get("terminated", {})
        if status["name"] == "kserve-container" and terminated.get("reason") == "OOMKilled":
            return status
    return None


def test_oom_killed_predictor_recovers(release: Release) -> None:
    expected = release.quantiles()
    victim = release.wait_pods("predictor", 2)[0]["metadata"]["name"]
    with continuous_requests(release, window()) as answers:
        hog = ["exec", victim, "--container=kserve-container", "--", "python", "-c", HOG]
        attempt("kubectl", "--namespace", release.namespace.name, *hog)
        until("a killed predictor", 120, lambda: _killed(release, victim))
        release.wait_pods("predictor", 2)
    # Requests that it was computing are lost; they get a status that allows a retry.
    assert len(answers.failures) == answers.retry, answers.failures[:5]
    served = release.served()
    assert set(answers.versions) == {served}
    assert release.quantiles() == pytest.approx(expected, rel=1e-6)
