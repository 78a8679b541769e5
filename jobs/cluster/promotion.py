"""Promotion on a cluster: the storage address of one InferenceService, and the Deployments that follow it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from jobs.cluster.api import ServiceApi, ServiceMissingError, UnreachableError
from jobs.cluster.patch import address_of, storage_patch
from jobs.cluster.rollout import PREDICTOR, TRANSFORMER, Waiting, pod_state, rolled_out, trouble
from model.artefact.registry import Registry
from model.contract.errors import ArtefactError, ClusterError, PromotionError
from model.contract.version import is_version

_log = structlog.get_logger()
_AGAIN: Final = 5  # tries of a first promotion against a service that is still written to


@dataclass(frozen=True, slots=True)
class ClusterTarget:
    """One InferenceService.

    Attributes:
        api: to it. registry: of the versions.
        prefix: of storage addresses, before the version.
        service_url: of the Service, None where it is the one inside the cluster.
        deadline: seconds until all pods must be of an address. poll_seconds: how often they are looked at.
    """

    api: ServiceApi
    registry: Registry
    prefix: str
    service_url: str | None
    deadline: float
    poll_seconds: float

    def address_of(self, version: str) -> str:
        """The storage address of a version."""
        return f"{self.prefix.rstrip('/')}/{version}"

    def version_at(self, address: str | None) -> str | None:
        """The version that an address ends with, wherever it lies."""
        name = (address or "").rstrip("/").rpartition("/")[2]
        return name if is_version(name) else None

    def serving(self) -> str | None:
        """The storage address now."""
        return address_of(self.api.read())

    def switch(self, former: str | None, address: str | None) -> None:
        """Patches the storage address, after the pointer beside the versions.

        A transformer with pods of its own follows the pointer and goes over when the predictor answers by it, so the
        pointer must not come later than the first pod of the predictor.

        Raises:
            PromotionError: the address is not `former` any more, or the cluster refuses the change.
        """
        self._point(address)
        try:
            self._patch(former, address)
        except (PromotionError, ClusterError):
            self._point(former)
            raise

    def _patch(self, former: str | None, address: str | None) -> None:
        for left in reversed(range(_AGAIN)):
            service = self.api.read()
            there = address_of(service)
            if there != former:
                raise PromotionError(
                    f"{self.api}: storageUri was changed meanwhile: expected {former}, got {there}", check="patch"
                )
            try:
                self.api.patch(storage_patch(service, address))
            except PromotionError:
                # Another field of the model was written, as by defaulting; the address is looked at again.
                if former is not None or not left:
                    raise
                time.sleep(self.poll_seconds)
            else:
                return

    def _point(self, address: str | None) -> None:
        version = self.version_at(address)
        try:
            if version is not None and version in self.registry.versions():
                self.registry.point(version)
            elif address is None:
                self.registry.unpoint()
        except ArtefactError as error:
            raise PromotionError(f"the `current` pointer cannot be moved: {error}", check="pointer") from error

    def settle(self, address: str) -> None:
        """Waits until every Deployment of the service has gone over to an address.

        Raises:
            PromotionError: not within the deadline, or its pods do not start; the message says what stops them.
            ClusterError: the cluster cannot be asked.
        """
        until = time.monotonic() + self.deadline
        told = ""
        while True:
            waiting = self._look(address)
            if waiting is None:
                return
            reason = waiting.reason
            if reason != told:
                _log.info("waiting for pods", reason=reason)
                told = reason
            if waiting.hopeless:
                raise PromotionError(reason, check="rollout")
            if time.monotonic() > until:
                raise PromotionError(f"not done within {self.deadline:g} s: {reason}", check="rollout")
            time.sleep(self.poll_seconds)

    def _look(self, address: str) -> Waiting | None:
        try:
            waiting = rolled_out(self.api.deployments(), address)
            stopped = trouble(self.api.pods(), address) if waiting else None
        except UnreachableError as error:
            # A control plane that is away for a moment stops no pod.
            return Waiting(str(error))
        if waiting is None or stopped is None:
            return waiting
        return Waiting(f"{waiting.reason}; {stopped.reason}", waiting.hopeless or stopped.hopeless)

    def url(self) -> str | None:
        """The Service that clients ask: the transformer's where it has pods of its own."""
        if self.service_url is not None:
            return self.service_url.rstrip("/")
        # Not by the Deployments: KServe leaves the transformer's behind where the topology becomes collocated.
        front = TRANSFORMER if self.api.read()["spec"].get(TRANSFORMER) else PREDICTOR
        return f"http://{self.api.name}-{front}.{self.api.namespace}.svc"

    def tell(self, reason: str, message: str, *, warning: bool = False) -> None:
        """An Event about the InferenceService."""
        self.api.tell(reason, message, warning=warning)

    def describe(self) -> Iterator[str]:
        """The service, its Deployments and its pods."""
        yield f"service   {self.api}"
        address = self.serving()
        deployments = self.api.deployments()
        waiting = rolled_out(deployments, address) if address else None
        for one in deployments:
            state = one.get("status", {})
            replicas = f"{state.get('availableReplicas', 0)} of {one['spec'].get('replicas', 1)} pods available"
            yield f"          Deployment {one['metadata']['name']}: {replicas}"
        if waiting is not None:
            yield f"          not settled: {waiting.reason}"
        for pod in self.api.pods():
            yield f"          pod {pod['metadata']['name']}: {pod_state(pod)}"

    def await_service(self) -> None:
        """Waits until the InferenceService is there: at an installation all objects are made together.

        Raises:
            ClusterError: it is not there within the deadline, or cannot be read.
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
