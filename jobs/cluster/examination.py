"""What the doctor asks of a cluster: kubeconfig, API server, KServe, the service, the rights that promotions need."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from jobs.cluster.api import GROUP, KIND, PLURAL, VERSION
from jobs.cluster.connection import SECONDS, Connection, connect, kubeconfigs, one_line, reason_of
from jobs.cluster.rights import RIGHTS
from jobs.doctor.finding import Finding, Result
from model.contract.errors import ClusterError

T = TypeVar("T")
TRIED: Final = (0, 20)  # the release of KServe that the project is tried with
KUBERNETES: Final = (1, 30)  # the first that the chart takes
_NAME: Final = "nextclose"  # of the service where none is named: as the chart calls it in a release of that name
_CONTROLLER: Final = "control-plane=kserve-controller-manager"
_KUBECONFIG, _SERVER, _KSERVE, _SERVICE, _RIGHTS = "kubeconfig", "API server", "KServe", KIND, "rights"
_PREFIX: Final = "NEXTCLOSE_STORAGE_URI_PREFIX"


class _Unanswered(Exception):  # noqa: N818  # no error of ours: what it says becomes a finding
    """The API server could not be asked at all."""


def examine(service: str | None, namespace: str | None, prefix: str | None) -> Iterator[Finding]:
    """One check after the other; what cannot be looked at for want of one before it is skipped.

    Args:
        service: name of the InferenceService, None where promotions go to the local pointer.
        namespace: its namespace, None for that of the pod or the kubeconfig.
        prefix: of storage addresses.
    """
    try:
        connection = connect()
    except ClusterError as error:
        if service is None and not kubeconfigs() and "KUBECONFIG" not in os.environ:
            yield Finding(_KUBECONFIG, Result.SKIPPED, "there is none, and none is needed to serve on this machine")
            return
        yield Finding(
            _KUBECONFIG,
            Result.FAILED,
            str(error),
            "mend the kubeconfig, or name another by KUBECONFIG; `nextclose doctor --no-cluster` leaves this out",
        )
        return
    yield Finding(_KUBECONFIG, Result.OK, f"{connection.origin}, namespace {namespace or connection.namespace}")
    asked = Examination(connection, service, namespace or connection.namespace, prefix)
    checks = (asked.server, asked.kserve, asked.service, asked.rights)
    for number, check in enumerate(checks):
        try:
            yield from check()
        except _Unanswered as error:
            yield Finding(
                _SERVER,
                Result.FAILED,
                str(error),
                "start the cluster, or choose another context (kubectl config use-context); "
                "`nextclose doctor --no-cluster` leaves this out",
            )
            for left in (_SERVER, _KSERVE, _SERVICE, _RIGHTS)[number + 1 :]:
                yield Finding(left, Result.SKIPPED, "the API server does not answer")
            return


class Examination:
    """The checks of one service through one connection."""

    def __init__(self, connection: Connection, service: str | None, namespace: str, prefix: str | None) -> None:
        self._connection = connection
        self._named = service is not None
        self._name = service or _NAME
        self._namespace = namespace
        self._prefix = prefix

    def server(self) -> Iterator[Finding]:
        """Whether it answers, and its release."""
        try:
            found = self._asked(client.VersionApi(self._connection.client).get_code).git_version
        except ApiException as error:
            yield self._refused(_SERVER, error)
            return
        release = f"Kubernetes {found} at {self._connection.host}"
        number = _release(str(found))
        if number is not None and number < KUBERNETES:
            wanted = ".".join(map(str, KUBERNETES))
            yield Finding(_SERVER, Result.FAILED, release, f"upgrade it: the chart needs {wanted} or later")
        else:
            yield Finding(_SERVER, Result.OK, release)

    def kserve(self) -> Iterator[Finding]:
        """Whether it is there with the API that is used, and its release where that can be read."""
        install = "install KServe (https://kserve.github.io/website/), its Standard mode is enough"
        try:
            groups = self._asked(client.ApisApi(self._connection.client).get_api_versions).groups
        except ApiException as error:
            yield self._refused(_KSERVE, error)
            return
        served = next(([one.version for one in group.versions] for group in groups if group.name == GROUP), None)
        if served is None:
            yield Finding(_KSERVE, Result.FAILED, f"the cluster does not know {PLURAL}.{GROUP}", install)
            return
        if VERSION not in served:
            found = f"{GROUP} has {', '.join(served)}, not {VERSION}"
            yield Finding(_KSERVE, Result.FAILED, found, "upgrade KServe")
            return
        yield self._kserve_release()

    def _kserve_release(self) -> Finding:
        tried = ".".join(map(str, TRIED))
        apps = client.AppsV1Api(self._connection.client)
        try:
            found = self._asked(apps.list_deployment_for_all_namespaces, label_selector=_CONTROLLER).items
        except ApiException:
            return Finding(_KSERVE, Result.OK, f"{GROUP}/{VERSION}; this account may not read its release")
        images = [
            str(container.image) for one in found for container in _containers(one) if "kserve" in str(container.image)
        ]
        release = next((tag for image in images if (tag := image.rpartition(":")[2]) and _release(tag)), None)
        if release is None:
            return Finding(_KSERVE, Result.OK, f"{GROUP}/{VERSION}, of a release that its controller does not tell")
        if (_release(release) or TRIED) < TRIED:
            advice = f"upgrade it to {tried} or later where something fails: older releases are not tried"
            return Finding(_KSERVE, Result.NOTE, f"KServe {release}, {GROUP}/{VERSION}", advice)
        return Finding(_KSERVE, Result.OK, f"KServe {release}, {GROUP}/{VERSION}")

    def service(self) -> Iterator[Finding]:
        """Whether the InferenceService is there, and its addresses are known."""
        if not self._named:
            yield Finding(
                _SERVICE,
                Result.SKIPPED,
                "promotions go to the local pointer, as NEXTCLOSE_ISVC_NAME names no service",
                "set NEXTCLOSE_ISVC_NAME, NEXTCLOSE_NAMESPACE and NEXTCLOSE_STORAGE_URI_PREFIX to promote on the "
                "cluster from here; in the chart's jobs they are set",
            )
            return
        if self._prefix is None:
            advice = f"set {_PREFIX} to what storageUri has before the version, e.g. pvc://claim/models/nextclose"
            yield Finding(_SERVICE, Result.FAILED, f"{_PREFIX} is not set", advice)
        try:
            custom = client.CustomObjectsApi(self._connection.client)
            self._asked(custom.get_namespaced_custom_object, GROUP, VERSION, self._namespace, PLURAL, self._name)
        except ApiException as error:
            if error.status == 404:
                found = f"there is no {self._name} in namespace {self._namespace}"
                advice = f"helm install {self._name} charts/nextclose -n {self._namespace}, or name another service"
                yield Finding(_SERVICE, Result.FAILED, found, f"{advice}: NEXTCLOSE_ISVC_NAME, NEXTCLOSE_NAMESPACE")
            elif error.status != 403:  # the rights below say that
                yield self._refused(_SERVICE, error)
        else:
            yield Finding(_SERVICE, Result.OK, f"{self._name} in namespace {self._namespace}")

    def rights(self) -> Iterator[Finding]:
        """One check a right, asked as `kubectl auth can-i` does."""
        reviews = client.AuthorizationV1Api(self._connection.client)
        for right in RIGHTS:
            words = right.words(self._name)
            attributes = client.V1ResourceAttributes(
                verb=right.verb,
                group=right.group,
                resource=right.resource,
                namespace=self._namespace,
                name=self._name if right.named else None,
            )
            review = client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            )
            try:
                status = self._asked(reviews.create_self_subject_access_review, review).status
            except ApiException as error:
                yield self._refused(f"may {words}", error)
                continue
            if status is not None and status.allowed:
                yield Finding(f"may {words}", Result.OK, f"yes, in namespace {self._namespace}")
                continue
            why = f": {one_line(status.reason)}" if status is not None and status.reason else ""
            yield Finding(
                f"may {words}",
                # Who promotes to no service from here needs none of them.
                Result.FAILED if self._named else Result.NOTE,
                f"no, in namespace {self._namespace}{why}",
                f"bind this account to the chart's Role {self._name}-jobs, or ask who administers the cluster for it; "
                f"`kubectl auth can-i {words} -n {self._namespace}` asks again",
            )

    def _refused(self, check: str, error: ApiException) -> Finding:
        advice = "log in to the cluster again" if error.status == 401 else "ask who administers the cluster"
        return Finding(check, Result.FAILED, reason_of(error), advice)

    def _asked(self, call: Callable[..., T], *arguments: object, **given: object) -> T:
        """What a call of the client gives; `ApiException` where the API server refuses."""
        host = self._connection.host
        try:
            return call(*arguments, _request_timeout=SECONDS, **given)
        except ApiException:
            raise
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise _Unanswered(f"{host}: cannot be reached: {one_line(cause)}") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # A proxy, or a page to log in.
            raise _Unanswered(f"{host}: what answers there is no API server: {one_line(error)}") from error


def _containers(deployment: client.V1Deployment) -> Sequence[client.V1Container]:
    pod = deployment.spec.template.spec if deployment.spec is not None else None
    return () if pod is None else pod.containers


def _release(text: str) -> tuple[int, int] | None:
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None
