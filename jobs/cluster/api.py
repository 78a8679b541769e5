"""Requests to the API server about one InferenceService. Every error message is one line."""

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
    """The InferenceService does not exist (yet)."""

    reason = "no_inference_service"


class UnreachableError(ClusterError):
    """The API server did not answer. The error may be transient."""

    reason = "cluster_unreachable"


class ServiceApi:
    """Client for one InferenceService.

    It needs the permissions in `jobs.cluster.permissions`: get and patch the InferenceService, list Deployments and
    pods, create Events.
    """

    def __init__(self, name: str, namespace: str | None = None) -> None:
        """Read address and credentials, from the pod's service account or the kubeconfig. Sends no request.

        Args:
            name: Name of the InferenceService.
            namespace: Its namespace. None takes the namespace of the pod or of the kubeconfig's context.

        Raises:
            ClusterError: There is neither a service account of a pod nor a usable kubeconfig.
        """
        connection = connect()
        self.name = name
        self.namespace = namespace or connection.namespace
        self._host = connection.host
        self._connection = connection.client
        self._custom = client.CustomObjectsApi(connection.client)
        self._apps = client.AppsV1Api(connection.client)
        self._core = client.CoreV1Api(connection.client)

    def __str__(self) -> str:
        return f"{KIND} {self.name} in namespace {self.namespace}"

    def read(self) -> JsonObject:
        """Get the InferenceService.

        Raises:
            ServiceMissingError: There is no InferenceService with this name.
            ClusterError: It cannot be read.
        """
        with self._report_errors("get", PLURAL):
            service = self._custom.get_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, self.name, _request_timeout=SECONDS
            )
        return cast("JsonObject", service)

    def patch(self, patch: Patch) -> JsonObject:
        """Patch the InferenceService. Returns the patched object.

        Raises:
            PromotionError: A `test` operation of the patch failed, or the API server rejected the result.
            ClusterError: As in `read`.
        """
        with self._report_errors("patch", PLURAL):
            try:
                service = self._custom.patch_namespaced_custom_object(
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
        return cast("JsonObject", service)

    def deployments(self) -> list[JsonObject]:
        """List the Deployments of the InferenceService, as JSON objects.

        Raises:
            ClusterError: They cannot be listed.
        """
        with self._report_errors("list", "deployments"):
            return self._to_items(
                self._apps.list_namespaced_deployment(
                    self.namespace, label_selector=f"{SERVICE_LABEL}={self.name}", _request_timeout=SECONDS
                )
            )

    def pods(self) -> list[JsonObject]:
        """List the pods of the InferenceService, as JSON objects.

        Raises:
            ClusterError: They cannot be listed.
        """
        with self._report_errors("list", "pods"):
            return self._to_items(
                self._core.list_namespaced_pod(
                    self.namespace, label_selector=f"{SERVICE_LABEL}={self.name}", _request_timeout=SECONDS
                )
            )

    def tell(self, reason: str, message: str, *, warning: bool) -> None:
        """Create an Event about the InferenceService, which `kubectl describe` shows.

        The Event is created by core/v1, which requires fewer fields than events.k8s.io/v1 for the same objects.

        Args:
            reason: Reason of the Event, in CamelCase.
            message: Text of the Event; cut to 1,000 characters.
            warning: Whether the type is `Warning` instead of `Normal`.

        Raises:
            ClusterError: The InferenceService does not exist, or creating Events is not allowed.
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
        with self._report_errors("create", "events"):
            self._core.create_namespaced_event(self.namespace, event, _request_timeout=SECONDS)

    def _to_items(self, listed: Any) -> list[JsonObject]:
        items: list[JsonObject] = self._connection.sanitize_for_serialization(listed)["items"]
        return items

    @contextmanager
    def _report_errors(self, verb: str, resource: str) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            raise self._cluster_error(verb, resource, error) from error
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise UnreachableError(f"API server {self._host}: cannot be reached: {one_line(cause)}") from error

    def _cluster_error(self, verb: str, resource: str, error: ApiException) -> ClusterError:
        if error.status in {401, 403}:
            account = reason_of(error).partition(" cannot ")[0]
            return ClusterError(f"{self}: not allowed to {verb} {resource} ({account})")
        if error.status == 404 and resource == PLURAL:
            # The API server answers plain text for an unknown kind, and a Status for a missing object.
            if status_of(error):
                return ServiceMissingError(f"{self}: not found")
            return ClusterError(f"{PLURAL}.{GROUP}: not known to the cluster; is KServe installed?")
        return ClusterError(f"{self}: cannot {verb} {resource}: {reason_of(error)}")
