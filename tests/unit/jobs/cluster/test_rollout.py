from typing import Any

import pytest

from jobs.cluster.rollout import SOURCE_ANNOTATION, pod_state, rolled_out, trouble

NEW, OLD = "pvc://claim/new", "pvc://claim/old"


def _deployment(
    component: str = "predictor", source: str | None = NEW, generation: int = 3, replicas: int = 2, **status: Any
) -> dict[str, Any]:
    done = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    return {
        "metadata": {"name": f"nc-{component}", "generation": generation, "labels": {"component": component}},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"annotations": {SOURCE_ANNOTATION: source} if source else None}},
        },
        "status": {**done, **status},
    }


def test_done() -> None:
    assert rolled_out([_deployment()], NEW) is None
    # A transformer of its own has no address of a version.
    assert rolled_out([_deployment("transformer", source=None), _deployment()], NEW) is None


@pytest.mark.parametrize(
    ("deployment", "why"),
    [
        (_deployment(source=OLD), f"its pods are still made from {OLD}"),
        (_deployment(source=None), "still made from no storage address"),
        (_deployment(generation=4), "not seen by its controller yet"),
        (_deployment(updatedReplicas=1), "1 of 2 pods are new"),
        (_deployment(replicas=3, updatedReplicas=2), "2 of 3 pods are new"),
        (_deployment(replicas=3), "2 of 3 pods are new"),
        (_deployment(replicas=0), "no pods are wanted"),
        (_deployment(availableReplicas=1), "1 of 2 new pods are available"),
        ({**_deployment(), "status": {}}, "not seen by its controller yet"),
    ],
)
def test_not_done(deployment: dict[str, Any], why: str) -> None:
    waiting = rolled_out([deployment], NEW)
    assert waiting is not None
    assert why in waiting.reason
    assert not waiting.hopeless


def test_former_pods_that_still_run() -> None:
    deployment = _deployment()
    deployment["status"] |= {"replicas": 3, "unavailableReplicas": 1}
    waiting = rolled_out([deployment], NEW)
    assert waiting is not None
    assert "1 former pods are not gone, 1 are not available" in waiting.reason


def test_both_roles_count() -> None:
    waiting = rolled_out([_deployment(), _deployment("transformer", source=None, availableReplicas=0)], NEW)
    assert waiting is not None
    assert waiting.reason.startswith("Deployment nc-transformer:")
    alone = rolled_out([_deployment("transformer", source=None)], NEW)
    assert alone is not None
    assert "predictor has no Deployment yet" in alone.reason


def test_a_deadline_of_the_deployment_is_the_end() -> None:
    condition = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out progressing"}
    waiting = rolled_out([_deployment(updatedReplicas=1, conditions=[condition])], NEW)
    assert waiting is not None
    assert waiting.hopeless
    assert "timed out progressing" in waiting.reason


def _pod(source: str = NEW, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "annotations": {SOURCE_ANNOTATION: source}}, "status": status}


def _container(restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"name": "kserve-container", "restartCount": restarts, "ready": False, **state}


def _crashing(restarts: int) -> dict[str, Any]:
    return _container(
        restarts,
        state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        lastState={"terminated": {"exitCode": 1, "message": "one\nscaler.joblib was changed\n"}},
    )


@pytest.mark.parametrize(
    ("status", "why", "hopeless"),
    [
        ({"containerStatuses": [_crashing(1)]}, "ended with status 1, scaler.joblib was changed", False),
        ({"containerStatuses": [_crashing(3)]}, "CrashLoopBackOff", True),
        (
            {"containerStatuses": [_container(state={"waiting": {"reason": "ImagePullBackOff", "message": "no"}})]},
            "ImagePullBackOff, no",
            False,
        ),
        ({"initContainerStatuses": [_crashing(5)]}, "CrashLoopBackOff", True),
        ({"containerStatuses": [_container(state={"running": {}})]}, "running and not ready: kserve-container", False),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]},
            "not placed on a node: 0/1 nodes",
            False,
        ),
    ],
)
def test_what_stops_a_pod(status: dict[str, Any], why: str, hopeless: bool) -> None:
    found = trouble([_pod(**status)], NEW)
    assert found is not None
    assert why in found.reason
    assert found.hopeless == hopeless
    assert trouble([_pod(OLD, **status)], NEW) is None, "pods of the former version do not count"


def test_a_pod_that_starts_has_no_trouble() -> None:
    starting = _container(state={"waiting": {"reason": "ContainerCreating"}})
    assert trouble([_pod(containerStatuses=[starting])], NEW) is None
    assert trouble([], NEW) is None


def test_a_pod_in_words() -> None:
    ready = _pod(conditions=[{"type": "Ready", "status": "True"}], containerStatuses=[_container(2)])
    assert pod_state(ready) == f"ready, 2 restarts, from {NEW}"
    assert pod_state(_pod(phase="Pending")).startswith("not ready (pending)")
    ready["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert pod_state(ready).startswith("ending")
