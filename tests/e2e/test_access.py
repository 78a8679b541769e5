"""Network policies and RBAC permissions: allowed and denied connections and requests."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.connection_probe import connects, idle_pod
from tests.e2e.kube import Namespace, attempt, until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, new_namespace, values_of

CLIENTS = [{"podSelector": {"matchLabels": {"forecasts": "client"}}}]


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """A release that accepts only clients with a label."""
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace, separate=True)
        release.install(values=values_of("separate", networkPolicy={"clients": CLIENTS}))
        release.bootstrapped()
        yield release


@pytest.fixture(scope="module")
def client(release: Release) -> str:
    return idle_pod(release.namespace, release, {"forecasts": "client"})


@pytest.fixture(scope="module")
def other_pod(release: Release) -> str:
    return idle_pod(release.namespace, release)


@pytest.fixture(scope="module")
def pod_in_other_namespace(release: Release) -> Iterator[tuple[Namespace, str]]:
    with new_namespace() as namespace:
        yield namespace, idle_pod(namespace, release, {"forecasts": "client"})


def _address(release: Release, role: str) -> tuple[str, str]:
    (pod,) = release.pods(role)
    return pod["metadata"]["name"], pod["status"]["podIP"]


def test_clients_reach_only_the_transformer(release: Release, client: str) -> None:
    _, transformer = _address(release, "transformer")
    _, predictor = _address(release, "predictor")
    # A policy includes a new pod only some seconds after its start.
    until("connection of the client", 60, lambda: connects(release.namespace, client, transformer, 8080) or None)
    assert connects(release.namespace, client, f"{release.name}-transformer", 80)
    assert connects(release.namespace, client, transformer, 8081)
    assert not connects(release.namespace, client, predictor, 8090)
    assert not connects(release.namespace, client, predictor, 8091)


def test_other_pods_reach_nothing(
    release: Release, other_pod: str, pod_in_other_namespace: tuple[Namespace, str]
) -> None:
    for role, port in (("transformer", 8080), ("transformer", 8081), ("predictor", 8090)):
        _, address = _address(release, role)
        assert not connects(release.namespace, other_pod, address, port), role
        assert not connects(*pod_in_other_namespace, address, port), role


def test_serving_pods_reach_only_each_other(release: Release) -> None:
    transformer, _ = _address(release, "transformer")
    predictor, address = _address(release, "predictor")
    api = release.namespace.get("endpoints", "kubernetes", "--namespace=default")["subsets"][0]
    host, port = api["addresses"][0]["ip"], api["ports"][0]["port"]
    assert connects(release.namespace, transformer, address, 8090)
    for pod in (transformer, predictor):
        assert not connects(release.namespace, pod, host, port)
        assert not connects(release.namespace, pod, "kubernetes.default.svc", 443)


def test_jobs_reach_the_service_and_the_api_server_only(release: Release) -> None:
    """Jobs resolve names and reach the API server and the transformer, but not the predictor."""
    script = """
import json, os, socket, time
def open_(host, port, tries=20):
    # A policy includes a new pod only some seconds after its start.
    for _ in range(tries):
        try:
            socket.create_connection((host, port), 3).close()
            return True
        except OSError:
            time.sleep(1)
    return False
service = os.environ["NEXTCLOSE_SERVICE_URL"].partition("//")[2]
api = os.environ["KUBERNETES_SERVICE_HOST"]
predictor = service.replace("-transformer", "-predictor")
print(json.dumps([open_(service, 80), open_(api, 443), open_(predictor, 80, tries=3)]))
"""
    assert json.loads(release.python(script)) == [True, True, False]


PERMISSIONS = {
    "get inferenceservices.serving.kserve.io/nextclose",
    "patch inferenceservices.serving.kserve.io/nextclose",
    "get deployments.apps",
    "list deployments.apps",
    "watch deployments.apps",
    "get pods",
    "list pods",
    "watch pods",
    "create events",
    "create events.events.k8s.io",
}
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
RESOURCES = (
    "inferenceservices.serving.kserve.io/nextclose",
    "inferenceservices.serving.kserve.io/other",
    "inferenceservices.serving.kserve.io",
    "servingruntimes.serving.kserve.io",
    "deployments.apps",
    "pods",
    "pods --subresource=exec",
    "pods --subresource=log",
    "events",
    "events.events.k8s.io",
    "secrets",
    "configmaps",
    "serviceaccounts",
    "jobs.batch",
    "cronjobs.batch",
    "persistentvolumeclaims",
    "roles.rbac.authorization.k8s.io",
    "namespaces",
    "nodes",
)


def test_service_account_of_the_jobs_has_exactly_its_permissions(release: Release) -> None:
    namespace = release.namespace
    account = f"system:serviceaccount:{namespace.name}:{release.name}-jobs"
    permissions = set()
    for resource in RESOURCES:
        for verb in VERBS:
            # The exit status is 1 if the answer is no.
            arguments = resource.split()
            can_i = attempt(
                "kubectl", "--namespace", namespace.name, "auth", "can-i", verb, *arguments, f"--as={account}"
            )
            if can_i.stdout.strip() == "yes":
                permissions.add(f"{verb} {resource}")
    assert permissions == PERMISSIONS


def test_jobs_cannot_patch_another_service(release: Release) -> None:
    namespace = release.namespace
    service = namespace.get("inferenceservice", release.name)
    service["metadata"] = {"name": "other", "annotations": service["metadata"]["annotations"]}
    service["spec"]["predictor"]["minReplicas"] = service["spec"]["transformer"]["minReplicas"] = 0
    service.pop("status", None)
    namespace.kubectl("create", "--filename=-", stdin=yaml.safe_dump(service))
    account = f"system:serviceaccount:{namespace.name}:{release.name}-jobs"
    patch = '[{"op": "replace", "path": "/spec/predictor/model/storageUri", "value": "pvc://nextclose-models/x"}]'
    command = ["patch", "inferenceservice", "other", "--type=json", f"--patch={patch}", f"--as={account}"]
    done = attempt("kubectl", "--namespace", namespace.name, *command)
    namespace.kubectl("delete", "inferenceservice", "other")
    assert done.returncode != 0
    assert "forbidden" in done.stderr.lower()


def test_serving_pods_have_no_token_and_no_permissions(release: Release) -> None:
    namespace = release.namespace
    account = f"system:serviceaccount:{namespace.name}:{release.name}"
    listed = attempt("kubectl", "--namespace", namespace.name, "auth", "can-i", "list", "pods", f"--as={account}")
    assert listed.stdout.strip() == "no"
    for role in ("predictor", "transformer"):
        (pod,) = release.pods(role)
        mounts = [mount["mountPath"] for one in pod["spec"]["containers"] for mount in one["volumeMounts"]]
        assert not [path for path in mounts if "serviceaccount" in path]
