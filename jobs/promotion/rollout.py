"""Progress of a rollout to a storage address, from the status of Deployments and pods.

The status of the InferenceService cannot be used: its condition `Ready` stays True while pods are replaced, and its
observedGeneration does not refer to the Deployments.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

COMPONENT: Final = "component"
PREDICTOR: Final = "predictor"
TRANSFORMER: Final = "transformer"
SOURCE_ANNOTATION: Final = "internal.serving.kserve.io/storage-initializer-sourceuri"
_RESTARTS: Final = 3  # after this number of restarts a crashing container is not expected to recover

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RolloutStatus:
    """State of an incomplete rollout.

    Attributes:
        reason: Reason why the rollout is not complete.
        hopeless: Whether waiting longer does not help.
    """

    reason: str
    hopeless: bool = False


def check_rollout(deployments: Iterable[JsonObject], address: str) -> RolloutStatus | None:
    """Check whether every Deployment of the service has completed its rollout.

    Args:
        deployments: Deployments of one InferenceService, as JSON objects.
        address: Storage address that the predictor's pods must have.

    Returns:
        None if all are complete, else the state of the first that is not.
    """
    found = sorted(deployments, key=_component)
    if PREDICTOR not in map(_component, found):
        return RolloutStatus("the predictor has no Deployment yet")
    for deployment in found:
        waiting = _check_deployment(deployment, address if _component(deployment) == PREDICTOR else None)
        if waiting is not None:
            return waiting
    return None


def _component(deployment: JsonObject) -> str:
    return str(deployment["metadata"].get("labels", {}).get(COMPONENT, ""))


def _check_deployment(deployment: JsonObject, address: str | None) -> RolloutStatus | None:
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status", {})
    name = f"Deployment {meta['name']}"
    template = spec["template"].get("metadata", {}).get("annotations") or {}
    source = template.get(SOURCE_ANNOTATION)
    if address is not None and source != address:
        return RolloutStatus(f"{name}: its pods still have storage address {source or 'none'}")
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        return RolloutStatus(f"{name}: its controller has not observed the change yet")
    for condition in status.get("conditions", ()):
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return RolloutStatus(
                f"{name}: {condition.get('message', 'its progress deadline was exceeded')}", hopeless=True
            )
    waiting = _check_replicas(spec.get("replicas", 1), status)
    return RolloutStatus(f"{name}: {waiting}") if waiting else None


def _check_replicas(replicas: int, status: JsonObject) -> str | None:
    updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if replicas == 0:
        return "scaled to 0 replicas"
    if updated < replicas:
        return f"{updated} of {replicas} pods are updated"
    if total > updated:
        return (
            f"{total - updated} old pods are still running, {status.get('unavailableReplicas', 0)} pods are unavailable"
        )
    return f"{available} of {updated} updated pods are available" if available < updated else None


def blocked_pod(pods: Iterable[JsonObject], address: str) -> RolloutStatus | None:
    """Find the first pod with a storage address that is blocked from becoming ready.

    Args:
        pods: Pods of one InferenceService, as JSON objects.
        address: Storage address; pods with another one are ignored.

    Returns:
        Reason why the pod is not ready; None if no pod shows one.
    """
    for pod in pods:
        annotations = pod["metadata"].get("annotations") or {}
        if annotations.get(SOURCE_ANNOTATION) != address:
            continue
        found = _check_pod(pod)
        if found is not None:
            return RolloutStatus(f"pod {pod['metadata']['name']}: {found.reason}", found.hopeless)
    return None


def pod_state(pod: JsonObject) -> str:
    """Describe a pod in one line: readiness, restarts and storage address."""
    meta, status = pod["metadata"], pod.get("status", {})
    source = (meta.get("annotations") or {}).get(SOURCE_ANNOTATION, "no storage address")
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions", ()))
    found = _check_pod(pod)
    if meta.get("deletionTimestamp"):
        words = "ending"
    elif ready:
        words = "ready"
    else:
        words = f"not ready ({found.reason})" if found else f"not ready ({status.get('phase', 'unknown').lower()})"
    restarts = sum(one.get("restartCount", 0) for one in status.get("containerStatuses", ()))
    return f"{words}, {restarts} restarts, from {source}"


def _check_pod(pod: JsonObject) -> RolloutStatus | None:
    status = pod.get("status", {})
    for condition in status.get("conditions", ()):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return RolloutStatus(f"not scheduled: {condition.get('message', condition.get('reason'))}")
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = container.get("state", {}).get("waiting") or {}
        reason = waiting.get("reason")
        if reason in {None, "PodInitializing", "ContainerCreating"}:
            continue
        terminated = container.get("lastState", {}).get("terminated") or {}
        words = [str(reason)]
        if terminated:
            words.append(f"exited with status {terminated.get('exitCode')}")
        # The termination message if the container exited, else the reason why it is waiting.
        words += [
            part.strip().splitlines()[-1] for part in (terminated.get("message") or waiting.get("message"),) if part
        ]
        hopeless = reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _RESTARTS
        return RolloutStatus(f"container {container['name']}: {', '.join(words)}", hopeless)
    running = [one["name"] for one in status.get("containerStatuses", ()) if "running" in one.get("state", {})]
    unready = [one["name"] for one in status.get("containerStatuses", ()) if not one.get("ready")]
    if unready and set(unready) <= set(running):
        return RolloutStatus(f"running and not ready: {', '.join(unready)}")
    return None
