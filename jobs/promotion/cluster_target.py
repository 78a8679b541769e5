"""Promotion on a cluster: the storage address of one InferenceService, and the rollout of its Deployments."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from jobs.cluster.api import ServiceApi, ServiceMissingError, UnreachableError
from jobs.cluster.patch import address_of, storage_patch
from jobs.promotion.rollout import PREDICTOR, TRANSFORMER, RolloutStatus, blocked_pod, check_rollout, pod_state
from model.artefact.registry import Registry
from model.contract.errors import ArtefactError, ClusterError, PromotionError
from model.contract.version import is_version

_log = structlog.get_logger()
_PATCH_ATTEMPTS: Final = 5  # of a first promotion, while other writers still change the InferenceService


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """Promotion target on a cluster: one InferenceService.

    Attributes:
        api: Client for the InferenceService.
        registry: Registry of the versions.
        prefix: Prefix of storage addresses, before the version.
        service_url: Address of the Service that answers requests; None takes the address inside the cluster.
        deadline: Seconds until the rollout must be complete.
        poll_seconds: Seconds between two reads of the Deployments.
    """

    api: ServiceApi
    registry: Registry
    prefix: str
    service_url: str | None
    deadline: float
    poll_seconds: float

    def address_of(self, version: str) -> str:
        """Return the storage address of a version."""
        return f"{self.prefix.rstrip('/')}/{version}"

    def version_at(self, address: str | None) -> str | None:
        """Return the version at the end of a storage address, under any prefix. None if there is none."""
        name = (address or "").rstrip("/").rpartition("/")[2]
        return name if is_version(name) else None

    def serving(self) -> str | None:
        """Read the current storage address."""
        return address_of(self.api.read())

    def switch(self, former: str | None, address: str | None) -> None:
        """Move the `current` pointer of the registry, then patch the storage address.

        A transformer in separate pods follows the pointer, and switches when the predictor serves that version. The
        pointer must therefore be moved before the first new pod of the predictor starts.

        Args:
            former: Expected storage address before the change; None if there is none.
            address: New storage address; None removes it.

        Raises:
            PromotionError: The storage address differs from `former`, or the API server rejects the change.
            ClusterError: The InferenceService cannot be read or patched.
        """
        self._point(address)
        try:
            self._patch(former, address)
        except (PromotionError, ClusterError):
            self._point(former)
            raise

    def _patch(self, former: str | None, address: str | None) -> None:
        for retries_left in reversed(range(_PATCH_ATTEMPTS)):
            service = self.api.read()
            current = address_of(service)
            if current != former:
                raise PromotionError(
                    f"{self.api}: storageUri was changed by someone else: expected {former}, got {current}",
                    check="patch",
                )
            try:
                self.api.patch(storage_patch(service, address))
            except PromotionError:
                # Another field of the model was changed, e.g. by defaulting: read the address again and retry.
                if former is not None or not retries_left:
                    raise
                time.sleep(self.poll_seconds)
            else:
                return

    def _point(self, address: str | None) -> None:
        version = self.version_at(address)
        try:
            if version is not None and version in self.registry.versions():
                self.registry.set_current(version)
            elif address is None:
                self.registry.clear_current()
        except ArtefactError as error:
            raise PromotionError(f"the `current` pointer cannot be moved: {error}", check="pointer") from error

    def settle(self, address: str) -> None:
        """Wait until every Deployment of the service has rolled out a storage address.

        Raises:
            PromotionError: The deadline passed, or the new pods cannot start; the message gives the reason.
            ClusterError: Deployments or pods cannot be listed.
        """
        until = time.monotonic() + self.deadline
        logged = ""
        while True:
            waiting = self._check_rollout(address)
            if waiting is None:
                return
            reason = waiting.reason
            if reason != logged:
                _log.info("waiting for pods", reason=reason)
                logged = reason
            if waiting.hopeless:
                raise PromotionError(reason, check="rollout")
            if time.monotonic() > until:
                raise PromotionError(f"not complete within {self.deadline:g} s: {reason}", check="rollout")
            time.sleep(self.poll_seconds)

    def _check_rollout(self, address: str) -> RolloutStatus | None:
        try:
            waiting = check_rollout(self.api.deployments(), address)
            blocked = blocked_pod(self.api.pods(), address) if waiting else None
        except UnreachableError as error:
            # A short outage of the control plane does not stop the rollout.
            return RolloutStatus(str(error))
        if waiting is None or blocked is None:
            return waiting
        return RolloutStatus(f"{waiting.reason}; {blocked.reason}", waiting.hopeless or blocked.hopeless)

    def url(self) -> str | None:
        """Return the address of the Service for clients: the transformer's if there is one, else the predictor's."""
        if self.service_url is not None:
            return self.service_url.rstrip("/")
        # Deployments do not show this: KServe keeps the transformer's Deployment when the topology becomes collocated.
        component = TRANSFORMER if self.api.read()["spec"].get(TRANSFORMER) else PREDICTOR
        return f"http://{self.api.name}-{component}.{self.api.namespace}.svc"

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """Create an Event about the InferenceService."""
        self.api.tell(reason, message, warning=warning)

    def describe(self) -> Iterator[str]:
        """Describe the service, its Deployments and its pods, one line of text each."""
        yield f"service   {self.api}"
        address = self.serving()
        deployments = self.api.deployments()
        waiting = check_rollout(deployments, address) if address else None
        for one in deployments:
            state = one.get("status", {})
            replicas = f"{state.get('availableReplicas', 0)} of {one['spec'].get('replicas', 1)} pods available"
            yield f"          Deployment {one['metadata']['name']}: {replicas}"
        if waiting is not None:
            yield f"          rollout not complete: {waiting.reason}"
        for pod in self.api.pods():
            yield f"          pod {pod['metadata']['name']}: {pod_state(pod)}"

    def await_service(self) -> None:
        """Wait until the InferenceService exists. An installation creates it at the same time as the bootstrap Job.

        Raises:
            ClusterError: It does not exist at the deadline, or it cannot be read.
        """
        until = time.monotonic() + self.deadline
        while True:
            try:
                self.api.read()
            except ServiceMissingError:
                if time.monotonic() > until:
                    raise
                time.sleep(self.poll_seconds)
            else:
                return
