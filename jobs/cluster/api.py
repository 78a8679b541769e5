"""What is asked of the API server about one InferenceService; every failure in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from jobs.cluster.connection import SECONDS, connect, one_line, reason_of, status_of
from jobs.cluster.patch import JsonObject, Patch
from model.contract.errors import ClusterError, PromotionError

GROUP: Final = "serving.kserve.io"
VERSION: Final = "v1beta1"
PLURAL: Final = "inferenceservices"
KIND: Final = "InferenceService"
SERVICE_LABEL: Final = "serving.kserve.io/inferenceservice"
REPORTER: Final = "nextclose"
_JSON_PATCH: Final = "application/json-patch+json"
_MESSAGE_LIMIT: Final = 1000  # of an Event, in characters: the API server refuses more than 1,024 bytes


class ServiceMissingError(ClusterError):
    """There is no such InferenceService (yet)."""

    reason = "no_inference_service"


class UnreachableError(ClusterError):
    """The API server did not answer; it may, a little later."""

    reason = "cluster_unreachable"


class ServiceApi:
    """One InferenceService by name, with the rights: get and patch it, list Deployments and pods, create Events."""

    def __init__(self, name: str, namespace: str | None = None) -> None:
        """Connects as the pod's own account, else as the current kubeconfig says; nothing is asked yet.

        Args:
            name: of the InferenceService.
            namespace: None takes the pod's own, else that of the kubeconfig's context.

        Raises:
            ClusterError: there is neither a pod's account nor a usable kubeconfig.
        """
        connection = connect()
        self.name = name
        self.namespace = namespace or connection.namespace
        self._where = connection.host
        self._connection = connection.client
        self._custom = client.CustomObjectsApi(connection.client)
        self._apps = client.AppsV1Api(connection.client)
        self._core = client.CoreV1Api(connection.client)

    def __str__(self) -> str:
        return f"{KIND} {self.name} in namespace {self.namespace}"

    def read(self) -> JsonObject:
        """The InferenceService.

        Raises:
            ServiceMissingError: there is none of that name. ClusterError: it cannot be read.
        """
        with self._told("get", PLURAL):
            found = self._custom.get_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, self.name, _request_timeout=SECONDS
            )
        return cast("JsonObject", found)

    def patch(self, patch: Patch) -> JsonObject:
        """Patches the InferenceService; its new state.

        Raises:
            PromotionError: what the patch tests is not so any more, or the cluster refuses the result.
            ClusterError: as `read`.
        """
        with self._told("patch", PLURAL):
            try:
                found = self._custom.patch_namespaced_custom_object(
                    GROUP,
                    VERSION,
                    self.namespace,
                    PLURAL,
                    self.name,
                    patch,
                    field_manager=REPORTER,
                    _content_type=_JSON_PATCH,
                    _request_timeout=SECONDS,
                )
            except ApiException as error:
                if error.status not in {400, 409, 422}:
                    raise
                raise PromotionError(f"{self}: the change was refused: {reason_of(error)}", check="patch") from error
        return cast("JsonObject", found)

    def deployments(self) -> list[JsonObject]:
        """Its Deployments, as JSON.

        Raises:
            ClusterError: they cannot be listed.
        """
        with self._told("list", "deployments"):
            return self._items(
                self._apps.list_namespaced_deployment(
                    self.namespace, label_selector=f"{SERVICE_LABEL}={self.name}", _request_timeout=SECONDS
                )
            )

    def pods(self) -> list[JsonObject]:
        """Its pods, as JSON.

        Raises:
            ClusterError: they cannot be listed.
        """
        with self._told("list", "pods"):
            return self._items(
                self._core.list_namespaced_pod(
                    self.namespace, label_selector=f"{SERVICE_LABEL}={self.name}", _request_timeout=SECONDS
                )
            )

    def tell(self, reason: str, message: str, *, warning: bool) -> None:
        """Creates an Event about the InferenceService, which `kubectl describe` shows.

        Of core/v1: the same objects as those of events.k8s.io/v1, with fewer fields that must be filled in.

        Raises:
            ClusterError: there is no such service, or Events may not be created.
        """
        service = self.read()
        now = datetime.now(UTC)
        event = client.CoreV1Event(
            metadata=client.V1ObjectMeta(generate_name=f"{self.name}.", namespace=self.namespace),
            involved_object=client.V1ObjectReference(
                api_version=f"{GROUP}/{VERSION}",
                kind=KIND,
                name=self.name,
                namespace=self.namespace,
                uid=service["metadata"]["uid"],
                resource_version=service["metadata"]["resourceVersion"],
            ),
            reason=reason,
            message=message[:_MESSAGE_LIMIT],
            type="Warning" if warning else "Normal",
            first_timestamp=now,
            last_timestamp=now,
            count=1,
            source=client.V1EventSource(component=REPORTER),
            reporting_component=REPORTER,
        )
        with self._told("create", "events"):
            self._core.create_namespaced_event(self.namespace, event, _request_timeout=SECONDS)

    def _items(self, listed: Any) -> list[JsonObject]:
        items: list[JsonObject] = self._connection.sanitize_for_serialization(listed)["items"]
        return items

    @contextmanager
    def _told(self, verb: str, resource: str) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            raise self._fault(verb, resource, error) from error
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise UnreachableError(f"API server {self._where}: cannot be reached: {one_line(cause)}") from error

    def _fault(self, verb: str, resource: str, error: ApiException) -> ClusterError:
        if error.status in {401, 403}:
            account = reason_of(error).partition(" cannot ")[0]
            return ClusterError(f"{self}: not allowed to {verb} {resource} ({account})")
        if error.status == 404 and resource == PLURAL:
            # A kind that is not known gives plain text, an object that is not there a Status.
            if status_of(error):
                return ServiceMissingError(f"{self}: there is none")
            return ClusterError(f"the cluster does not know {PLURAL}.{GROUP}: is KServe installed?")
        return ClusterError(f"{self}: cannot {verb} {resource}: {reason_of(error)}")
