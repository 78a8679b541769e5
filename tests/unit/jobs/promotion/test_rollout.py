from typing import Any

import pytest

from jobs.promotion.rollout import SOURCE_ANNOTATION, blocked_pod, check_rollout, pod_state

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


def test_complete_rollout() -> None:
    assert check_rollout([_deployment()], NEW) is None
    # A transformer in separate pods has no storage address.
    assert check_rollout([_deployment("transformer", source=None), _deployment()], NEW) is None


@pytest.mark.parametrize(
    ("deployment", "reason"),
    [
        (_deployment(source=OLD), f"its pods still have storage address {OLD}"),
        (_deployment(source=None), "still have storage address none"),
        (_deployment(generation=4), "has not observed the change yet"),
        (_deployment(updatedReplicas=1), "1 of 2 pods are updated"),
        (_deployment(replicas=3, updatedReplicas=2), "2 of 3 pods are updated"),
        (_deployment(replicas=3), "2 of 3 pods are updated"),
        (_deployment(replicas=0), "scaled to 0 replicas"),
        (_deployment(availableReplicas=1), "1 of 2 updated pods are available"),
        ({**_deployment(), "status": {}}, "has not observed the change yet"),
    ],
)
def test_incomplete_rollout_gives_a_reason(deployment: dict[str, Any], reason: str) -> None:
    waiting = check_rollout([deployment], NEW)
    assert waiting is not None
    assert reason in waiting.reason
    assert not waiting.hopeless


def test_rollout_is_incomplete_while_old_pods_run() -> None:
    deployment = _deployment()
    deployment["status"] |= {"replicas": 3, "unavailableReplicas": 1}
    waiting = check_rollout([deployment], NEW)
    assert waiting is not None
    assert "1 old pods are still running, 1 pods are unavailable" in waiting.reason


def test_rollout_covers_predictor_and_transformer() -> None:
    waiting = check_rollout([_deployment(), _deployment("transformer", source=None, availableReplicas=0)], NEW)
    assert waiting is not None
    assert waiting.reason.startswith("Deployment nc-transformer:")
    alone = check_rollout([_deployment("transformer", source=None)], NEW)
    assert alone is not None
    assert "predictor has no Deployment yet" in alone.reason


def test_exceeded_progress_deadline_is_hopeless() -> None:
    condition = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out progressing"}
    waiting = check_rollout([_deployment(updatedReplicas=1, conditions=[condition])], NEW)
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
    ("status", "reason", "hopeless"),
    [
        ({"containerStatuses": [_crashing(1)]}, "exited with status 1, scaler.joblib was changed", False),
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
            "not scheduled: 0/1 nodes",
            False,
        ),
    ],
)
def test_blocked_pod_gives_a_reason(status: dict[str, Any], reason: str, hopeless: bool) -> None:
    found = blocked_pod([_pod(**status)], NEW)
    assert found is not None
    assert reason in found.reason
    assert found.hopeless == hopeless
    assert blocked_pod([_pod(OLD, **status)], NEW) is None, "pods of the former version are ignored"


def test_starting_pod_is_not_blocked() -> None:
    starting = _container(state={"waiting": {"reason": "ContainerCreating"}})
    assert blocked_pod([_pod(containerStatuses=[starting])], NEW) is None
    assert blocked_pod([], NEW) is None


def test_description_of_a_pod() -> None:
    ready = _pod(conditions=[{"type": "Ready", "status": "True"}], containerStatuses=[_container(2)])
    assert pod_state(ready) == f"ready, 2 restarts, from {NEW}"
    assert pod_state(_pod(phase="Pending")).startswith("not ready (pending)")
    ready["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert pod_state(ready).startswith("ending")
