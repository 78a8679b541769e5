"""Checks of a cluster by the doctor: kubeconfig, API server, KServe, InferenceService, permissions for promotions."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from jobs.cluster.api import GROUP, KIND, PLURAL, VERSION
from jobs.cluster.connection import SECONDS, Connection, connect, kubeconfigs, one_line, reason_of
from jobs.cluster.permissions import PERMISSIONS
from jobs.doctor.check_result import CheckResult, CheckStatus
from model.contract.errors import ClusterError

T = TypeVar("T")
TESTED_KSERVE: Final = (0, 20)  # release of KServe that the project is tested with
OLDEST_KUBERNETES: Final = (1, 30)  # oldest release that the chart supports
_NAME: Final = "nextclose"  # default name of the InferenceService: its name in a Helm release 'nextclose'
_CONTROLLER: Final = "control-plane=kserve-controller-manager"
_KUBECONFIG, _SERVER, _KSERVE, _SERVICE, _PERMISSIONS = "kubeconfig", "API server", "KServe", KIND, "rights"
_PREFIX: Final = "NEXTCLOSE_STORAGE_URI_PREFIX"


class _NoAnswerError(Exception):
    """The API server did not answer. The message becomes a check result."""


def check_cluster(service: str | None, namespace: str | None, prefix: str | None) -> Iterator[CheckResult]:
    """Run the checks one after the other. If the API server does not answer, the remaining checks are skipped.

    Args:
        service: Name of the InferenceService; None if promotions move the local pointer.
        namespace: Its namespace; None takes the namespace of the pod or of the kubeconfig's context.
        prefix: Prefix of storage addresses, before the version; None if it is not set.
    """
    try:
        connection = connect()
    except ClusterError as error:
        if service is None and not kubeconfigs() and "KUBECONFIG" not in os.environ:
            yield CheckResult(_KUBECONFIG, CheckStatus.SKIPPED, "not found; none is needed to serve on this machine")
            return
        yield CheckResult(
            _KUBECONFIG,
            CheckStatus.FAILED,
            str(error),
            "correct the kubeconfig, or set KUBECONFIG to another; `nextclose doctor --no-cluster` skips this check",
        )
        return
    yield CheckResult(
        _KUBECONFIG, CheckStatus.OK, f"{connection.origin}, namespace {namespace or connection.namespace}"
    )
    examination = ClusterChecks(connection, service, namespace or connection.namespace, prefix)
    checks = (examination.server, examination.kserve, examination.service, examination.permissions)
    for number, check in enumerate(checks):
        try:
            yield from check()
        except _NoAnswerError as error:
            yield CheckResult(
                _SERVER,
                CheckStatus.FAILED,
                str(error),
                "start the cluster, or choose another context (kubectl config use-context); "
                "`nextclose doctor --no-cluster` skips this check",
            )
            for skipped in (_SERVER, _KSERVE, _SERVICE, _PERMISSIONS)[number + 1 :]:
                yield CheckResult(skipped, CheckStatus.SKIPPED, "the API server does not answer")
            return


class ClusterChecks:
    """Checks of one InferenceService through one connection."""

    def __init__(self, connection: Connection, service: str | None, namespace: str, prefix: str | None) -> None:
        self._connection = connection
        self._named = service is not None
        self._name = service or _NAME
        self._namespace = namespace
        self._prefix = prefix

    def server(self) -> Iterator[CheckResult]:
        """Check that the API server answers, and its release."""
        try:
            found = self._call(client.VersionApi(self._connection.client).get_code).git_version
        except ApiException as error:
            yield self._refused(_SERVER, error)
            return
        release = f"Kubernetes {found} at {self._connection.host}"
        number = _release(str(found))
        if number is not None and number < OLDEST_KUBERNETES:
            oldest = ".".join(map(str, OLDEST_KUBERNETES))
            yield CheckResult(_SERVER, CheckStatus.FAILED, release, f"upgrade it: the chart needs {oldest} or later")
        else:
            yield CheckResult(_SERVER, CheckStatus.OK, release)

    def kserve(self) -> Iterator[CheckResult]:
        """Check that KServe is installed with the required API version, and its release if it can be read."""
        install = "install KServe (https://kserve.github.io/website/), its Standard mode is enough"
        try:
            groups = self._call(client.ApisApi(self._connection.client).get_api_versions).groups
        except ApiException as error:
            yield self._refused(_KSERVE, error)
            return
        served = next(([one.version for one in group.versions] for group in groups if group.name == GROUP), None)
        if served is None:
            yield CheckResult(_KSERVE, CheckStatus.FAILED, f"{PLURAL}.{GROUP}: not known to the cluster", install)
            return
        if VERSION not in served:
            found = f"{GROUP}: expected {VERSION}, got {', '.join(served)}"
            yield CheckResult(_KSERVE, CheckStatus.FAILED, found, "upgrade KServe")
            return
        yield self._kserve_release()

    def _kserve_release(self) -> CheckResult:
        tried = ".".join(map(str, TESTED_KSERVE))
        apps = client.AppsV1Api(self._connection.client)
        try:
            found = self._call(apps.list_deployment_for_all_namespaces, label_selector=_CONTROLLER).items
        except ApiException:
            return CheckResult(_KSERVE, CheckStatus.OK, f"{GROUP}/{VERSION}; this account may not read its release")
        images = [
            str(container.image) for one in found for container in _containers(one) if "kserve" in str(container.image)
        ]
        release = next((tag for image in images if (tag := image.rpartition(":")[2]) and _release(tag)), None)
        if release is None:
            return CheckResult(_KSERVE, CheckStatus.OK, f"{GROUP}/{VERSION}; its controller does not show the release")
        if (_release(release) or TESTED_KSERVE) < TESTED_KSERVE:
            advice = f"if something fails, upgrade it to {tried} or later: older releases are not tested"
            return CheckResult(_KSERVE, CheckStatus.NOTE, f"KServe {release}, {GROUP}/{VERSION}", advice)
        return CheckResult(_KSERVE, CheckStatus.OK, f"KServe {release}, {GROUP}/{VERSION}")

    def service(self) -> Iterator[CheckResult]:
        """Check that the InferenceService exists and that the prefix of storage addresses is set."""
        if not self._named:
            yield CheckResult(
                _SERVICE,
                CheckStatus.SKIPPED,
                "promotions move the local pointer, because NEXTCLOSE_ISVC_NAME is not set",
                "to promote on the cluster from this machine, set NEXTCLOSE_ISVC_NAME, NEXTCLOSE_NAMESPACE and "
                "NEXTCLOSE_STORAGE_URI_PREFIX; the jobs of the chart set them",
            )
            return
        if self._prefix is None:
            advice = f"set {_PREFIX} to the part of storageUri before the version, e.g. pvc://claim/models/nextclose"
            yield CheckResult(_SERVICE, CheckStatus.FAILED, f"{_PREFIX} is not set", advice)
        try:
            custom = client.CustomObjectsApi(self._connection.client)
            self._call(custom.get_namespaced_custom_object, GROUP, VERSION, self._namespace, PLURAL, self._name)
        except ApiException as error:
            if error.status == 404:
                found = f"{self._name}: not found in namespace {self._namespace}"
                advice = f"helm install {self._name} charts/nextclose -n {self._namespace}, or name another service"
                yield CheckResult(
                    _SERVICE, CheckStatus.FAILED, found, f"{advice}: NEXTCLOSE_ISVC_NAME, NEXTCLOSE_NAMESPACE"
                )
            elif error.status != 403:  # reported by the check of the permissions
                yield self._refused(_SERVICE, error)
        else:
            yield CheckResult(_SERVICE, CheckStatus.OK, f"{self._name} in namespace {self._namespace}")

    def permissions(self) -> Iterator[CheckResult]:
        """Check each permission by an access review, as `kubectl auth can-i` does."""
        reviews = client.AuthorizationV1Api(self._connection.client)
        for permission in PERMISSIONS:
            words = permission.words(self._name)
            attributes = client.V1ResourceAttributes(
                verb=permission.verb,
                group=permission.group,
                resource=permission.resource,
                namespace=self._namespace,
                name=self._name if permission.named else None,
            )
            review = client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            )
            try:
                status = self._call(reviews.create_self_subject_access_review, review).status
            except ApiException as error:
                yield self._refused(f"may {words}", error)
                continue
            if status is not None and status.allowed:
                yield CheckResult(f"may {words}", CheckStatus.OK, f"yes, in namespace {self._namespace}")
                continue
            reason = f": {one_line(status.reason)}" if status is not None and status.reason else ""
            yield CheckResult(
                f"may {words}",
                # Promotions that move the local pointer need no permissions.
                CheckStatus.FAILED if self._named else CheckStatus.NOTE,
                f"no, in namespace {self._namespace}{reason}",
                f"bind this account to the chart's Role {self._name}-jobs, or ask an administrator of the cluster; "
                f"`kubectl auth can-i {words} -n {self._namespace}` repeats this check",
            )

    def _refused(self, check: str, error: ApiException) -> CheckResult:
        advice = "log in to the cluster again" if error.status == 401 else "ask an administrator of the cluster"
        return CheckResult(check, CheckStatus.FAILED, reason_of(error), advice)

    def _call(self, call: Callable[..., T], *arguments: object, **options: object) -> T:
        """Call a method of the client with a timeout.

        Raises:
            ApiException: The API server refused the request.
            _NoAnswerError: No API server answered.
        """
        host = self._connection.host
        try:
            return call(*arguments, _request_timeout=SECONDS, **options)
        except ApiException:
            raise
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise _NoAnswerError(f"{host}: cannot be reached: {one_line(cause)}") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # Another server answered, e.g. a proxy or a login page.
            raise _NoAnswerError(f"{host}: the server there is not an API server: {one_line(error)}") from error


def _containers(deployment: client.V1Deployment) -> Sequence[client.V1Container]:
    pod = deployment.spec.template.spec if deployment.spec is not None else None
    return () if pod is None else pod.containers


def _release(text: str) -> tuple[int, int] | None:
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None
