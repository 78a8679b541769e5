"""What may be reached and done, and what not: network policies and rights, each tried."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.kube import Namespace, attempt, until
from tests.e2e.prices import csv_without_last
from tests.e2e.probing import connects, idle_pod
from tests.e2e.release import Release, give_prices, namespace, values_of

CLIENTS = [{"podSelector": {"matchLabels": {"forecasts": "wanted"}}}]


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    """Only pods with a label may ask."""
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place, separate=True)
        release.install(values=values_of("separate", networkPolicy={"clients": CLIENTS}))
        release.bootstrapped()
        yield release


@pytest.fixture(scope="module")
def client(release: Release) -> str:
    return idle_pod(release.place, release, {"forecasts": "wanted"})


@pytest.fixture(scope="module")
def stranger(release: Release) -> str:
    return idle_pod(release.place, release)


@pytest.fixture(scope="module")
def elsewhere(release: Release) -> Iterator[tuple[Namespace, str]]:
    with namespace() as place:
        yield place, idle_pod(place, release, {"forecasts": "wanted"})


def _address(release: Release, role: str) -> tuple[str, str]:
    (pod,) = release.pods(role)
    return pod["metadata"]["name"], pod["status"]["podIP"]


def test_clients_reach_the_transformer_and_nothing_else(release: Release, client: str) -> None:
    _, transformer = _address(release, "transformer")
    _, predictor = _address(release, "predictor")
    # A policy knows a new pod some seconds after it has started.
    until("the client's way", 60, lambda: connects(release.place, client, transformer, 8080) or None)
    assert connects(release.place, client, f"{release.name}-transformer", 80)
    assert connects(release.place, client, transformer, 8081)
    assert not connects(release.place, client, predictor, 8090)
    assert not connects(release.place, client, predictor, 8091)


def test_others_reach_nothing(release: Release, stranger: str, elsewhere: tuple[Namespace, str]) -> None:
    for role, port in (("transformer", 8080), ("transformer", 8081), ("predictor", 8090)):
        _, address = _address(release, role)
        assert not connects(release.place, stranger, address, port), role
        assert not connects(*elsewhere, address, port), role


def test_serving_pods_reach_only_each_other(release: Release) -> None:
    transformer, _ = _address(release, "transformer")
    predictor, address = _address(release, "predictor")
    api = release.place.get("endpoints", "kubernetes", "--namespace=default")["subsets"][0]
    host, port = api["addresses"][0]["ip"], api["ports"][0]["port"]
    assert connects(release.place, transformer, address, 8090)
    for pod in (transformer, predictor):
        assert not connects(release.place, pod, host, port)
        assert not connects(release.place, pod, "kubernetes.default.svc", 443)


def test_jobs_reach_what_they_need(release: Release) -> None:
    """Names, the API server and the model; the ports of the sources are open, others are not."""
    script = """
import json, os, socket, time
def open_(host, port, tries=20):
    # A policy knows a new pod some seconds after it has started.
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


MAY = {
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


def test_the_jobs_account_can_do_exactly_its_verbs(release: Release) -> None:
    place = release.place
    account = f"system:serviceaccount:{place.name}:{release.name}-jobs"
    may = set()
    for resource in RESOURCES:
        for verb in VERBS:
            # Exit status 1 is a plain no.
            what = resource.split()
            can_i = attempt("kubectl", "--namespace", place.name, "auth", "can-i", verb, *what, f"--as={account}")
            if can_i.stdout.strip() == "yes":
                may.add(f"{verb} {resource}")
    assert may == MAY


def test_another_service_cannot_be_patched(release: Release) -> None:
    place = release.place
    service = place.get("inferenceservice", release.name)
    service["metadata"] = {"name": "other", "annotations": service["metadata"]["annotations"]}
    service["spec"]["predictor"]["minReplicas"] = service["spec"]["transformer"]["minReplicas"] = 0
    service.pop("status", None)
    place.kubectl("create", "--filename=-", stdin=yaml.safe_dump(service))
    account = f"system:serviceaccount:{place.name}:{release.name}-jobs"
    patch = '[{"op": "replace", "path": "/spec/predictor/model/storageUri", "value": "pvc://nextclose-models/x"}]'
    command = ["patch", "inferenceservice", "other", "--type=json", f"--patch={patch}", f"--as={account}"]
    done = attempt("kubectl", "--namespace", place.name, *command)
    place.kubectl("delete", "inferenceservice", "other")
    assert done.returncode != 0
    assert "forbidden" in done.stderr.lower()


def test_serving_accounts_have_no_token_and_no_right(release: Release) -> None:
    place = release.place
    account = f"system:serviceaccount:{place.name}:{release.name}"
    listed = attempt("kubectl", "--namespace", place.name, "auth", "can-i", "list", "pods", f"--as={account}")
    assert listed.stdout.strip() == "no"
    for role in ("predictor", "transformer"):
        (pod,) = release.pods(role)
        mounts = [mount["mountPath"] for one in pod["spec"]["containers"] for mount in one["volumeMounts"]]
        assert not [path for path in mounts if "serviceaccount" in path]
