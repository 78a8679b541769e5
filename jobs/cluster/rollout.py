"""Whether a Deployment has gone over to a storage address, decided from what the API server says of it and its pods.

`Ready` of the InferenceService stays True while pods are replaced, and its observedGeneration counts something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

COMPONENT: Final = "component"
PREDICTOR: Final = "predictor"
TRANSFORMER: Final = "transformer"
SOURCE_ANNOTATION: Final = "internal.serving.kserve.io/storage-initializer-sourceuri"
_RESTARTS: Final = 3  # a container that ended so often does not mend itself

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a roll is not done; `hopeless` where waiting longer does not help."""

    reason: str
    hopeless: bool = False


def rolled_out(deployments: Iterable[JsonObject], address: str) -> Waiting | None:
    """None once every Deployment of the service is done; else why the first one is not.

    Args:
        deployments: of one InferenceService, as JSON.
        address: what the predictor's pods must be made from.
    """
    found = sorted(deployments, key=_component)
    if PREDICTOR not in map(_component, found):
        return Waiting("the predictor has no Deployment yet")
    for deployment in found:
        waiting = _rolled(deployment, address if _component(deployment) == PREDICTOR else None)
        if waiting is not None:
            return waiting
    return None


def _component(deployment: JsonObject) -> str:
    return str(deployment["metadata"].get("labels", {}).get(COMPONENT, ""))


def _rolled(deployment: JsonObject, address: str | None) -> Waiting | None:
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status", {})
    name = f"Deployment {meta['name']}"
    template = spec["template"].get("metadata", {}).get("annotations") or {}
    source = template.get(SOURCE_ANNOTATION)
    if address is not None and source != address:
        return Waiting(f"{name}: its pods are still made from {source or 'no storage address'}")
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        return Waiting(f"{name}: its change is not seen by its controller yet")
    for condition in status.get("conditions", ()):
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Waiting(f"{name}: {condition.get('message', 'its progress deadline is over')}", hopeless=True)
    waiting = _counted(spec.get("replicas", 1), status)
    return Waiting(f"{name}: {waiting}") if waiting else None


def _counted(wanted: int, status: JsonObject) -> str | None:
    updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if wanted == 0:
        return "no pods are wanted (replicas 0)"
    if updated < wanted:
        return f"{updated} of {wanted} pods are new"
    if total > updated:
        return f"{total - updated} former pods are not gone, {status.get('unavailableReplicas', 0)} are not available"
    return f"{available} of {updated} new pods are available" if available < updated else None


def trouble(pods: Iterable[JsonObject], address: str) -> Waiting | None:
    """What stops the pods that are made from an address; None where nothing is seen.

    Args:
        pods: of one InferenceService, as JSON.
        address: pods made from another one do not count.
    """
    for pod in pods:
        annotations = pod["metadata"].get("annotations") or {}
        if annotations.get(SOURCE_ANNOTATION) != address:
            continue
        found = _of_pod(pod)
        if found is not None:
            return Waiting(f"pod {pod['metadata']['name']}: {found.reason}", found.hopeless)
    return None


def pod_state(pod: JsonObject) -> str:
    """A pod in a few words: ready or not, since which start, and made from what."""
    meta, status = pod["metadata"], pod.get("status", {})
    source = (meta.get("annotations") or {}).get(SOURCE_ANNOTATION, "no storage address")
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions", ()))
    found = _of_pod(pod)
    if meta.get("deletionTimestamp"):
        words = "ending"
    elif ready:
        words = "ready"
    else:
        words = f"not ready ({found.reason})" if found else f"not ready ({status.get('phase', 'unknown').lower()})"
    restarts = sum(one.get("restartCount", 0) for one in status.get("containerStatuses", ()))
    return f"{words}, {restarts} restarts, from {source}"


def _of_pod(pod: JsonObject) -> Waiting | None:
    status = pod.get("status", {})
    for condition in status.get("conditions", ()):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return Waiting(f"not placed on a node: {condition.get('message', condition.get('reason'))}")
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = container.get("state", {}).get("waiting") or {}
        reason = waiting.get("reason")
        if reason in {None, "PodInitializing", "ContainerCreating"}:
            continue
        ended = container.get("lastState", {}).get("terminated") or {}
        words = [str(reason)]
        if ended:
            words.append(f"ended with status {ended.get('exitCode')}")
        # Of a container that ended its last words; else why it does not start.
        words += [part.strip().splitlines()[-1] for part in (ended.get("message") or waiting.get("message"),) if part]
        hopeless = reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _RESTARTS
        return Waiting(f"container {container['name']}: {', '.join(words)}", hopeless)
    running = [one["name"] for one in status.get("containerStatuses", ()) if "running" in one.get("state", {})]
    unready = [one["name"] for one in status.get("containerStatuses", ()) if not one.get("ready")]
    if unready and set(unready) <= set(running):
        return Waiting(f"running and not ready: {', '.join(unready)}")
    return None
