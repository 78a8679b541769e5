"""Checks of a cluster by the doctor, with the Kubernetes client and an HTTP server that imitates an API server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.api import ServiceApi
from jobs.cluster.permissions import PERMISSIONS
from jobs.doctor.check_result import CheckResult, CheckStatus, healthy
from jobs.doctor.cluster_checks import check_cluster
from tests.unit.jobs.cluster.api_server import (
    ALL_PERMISSIONS,
    ApiServer,
    api_server,
    groups,
    kserve_answers,
    refusal,
    version,
    write_kubeconfig,
)

PREFIX = "pvc://claim/models/nextclose"
DEFAULT = "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION"
NAMED = "/apis/serving.kserve.io/v1beta1/namespaces/prices/inferenceservices/nc"


@pytest.fixture(autouse=True)
def outside_of_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.delenv("KUBECONFIG", raising=False)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with api_server() as found:
        found.answers |= kserve_answers()
        found.allowed |= ALL_PERMISSIONS
        monkeypatch.setattr(DEFAULT, str(write_kubeconfig(tmp_path / "kubeconfig", found.address)))
        yield found


def _results(service: str | None = "nc", prefix: str | None = PREFIX) -> dict[str, CheckResult]:
    results = list(check_cluster(service, None, prefix))
    assert len({one.check for one in results}) == len(results)
    for one in results:
        assert "\n" not in one.found
        assert (one.advice is not None) or one.result in {CheckStatus.OK, CheckStatus.SKIPPED}, "a problem needs advice"
    return {one.check: one for one in results}


def test_complete_cluster_passes_all_checks(server: ApiServer) -> None:
    found = _results()
    assert healthy(list(found.values()))
    assert {one.result for one in found.values()} == {CheckStatus.OK}
    assert found["kubeconfig"].found == "context c of the kubeconfig, namespace prices"
    assert found["API server"].found == f"Kubernetes v1.33.1 at {server.address}"
    assert found["KServe"].found == "KServe v0.20.0, serving.kserve.io/v1beta1"
    assert found["InferenceService"].found == "nc in namespace prices"
    assert "may patch inferenceservices.serving.kserve.io/nc" in found
    assert {one["namespace"] for one in server.reviews} == {"prices"}
    assert all(method == "GET" or path.endswith("selfsubjectaccessreviews") for method, path in server.came)


def test_permissions_are_those_that_the_api_client_needs(server: ApiServer) -> None:
    """The list has the permissions for every request of a promotion, and no others."""
    api = ServiceApi("nc")
    server.answers[NAMED] = (200, {"metadata": {"name": "nc", "uid": "u", "resourceVersion": "1"}})
    base = "/apis/apps/v1/namespaces/prices/deployments", "/api/v1/namespaces/prices/pods"
    server.answers |= {path: (200, {"items": []}) for path in base}
    server.answers["/api/v1/namespaces/prices/events"] = (201, {"metadata": {}, "involvedObject": {}})
    server.came.clear()
    api.deployments()
    api.pods()
    api.tell("Promoted", "x", warning=False)
    verbs = {"GET": "get", "POST": "create"}
    requested = set()
    for method, path in server.came:
        named = path.partition("?")[0].rpartition("/namespaces/prices/")[2].split("/")
        verb = "list" if method == "GET" and len(named) == 1 else verbs[method]
        requested.add((verb, named[0]))
    # This server does not support PATCH; test_api covers it.
    assert {(one.verb, one.resource) for one in PERMISSIONS} == requested | {("patch", "inferenceservices")}
    assert {
        (one["verb"], one["group"], one["resource"], one.get("name", "")) for one in _reviews(server)
    } == ALL_PERMISSIONS


def _reviews(server: ApiServer) -> list[dict[str, str]]:
    server.reviews.clear()
    _results()
    return server.reviews


@pytest.mark.parametrize("permission", sorted(ALL_PERMISSIONS), ids=str)
def test_missing_permission_fails_with_advice(server: ApiServer, permission: tuple[str, str, str, str]) -> None:
    server.allowed.remove(permission)
    verb, group, resource, name = permission
    words = f"{verb} {resource}" + (f".{group}" if group else "") + (f"/{name}" if name else "")
    found = _results()
    assert not healthy(list(found.values()))
    assert [one.check for one in found.values() if one.result is CheckStatus.FAILED] == [f"may {words}"]
    assert "nc-jobs" in str(found[f"may {words}"].advice)
    assert f"kubectl auth can-i {words} -n prices" in str(found[f"may {words}"].advice)


def test_missing_permissions_are_notes_without_a_named_service(server: ApiServer) -> None:
    server.allowed.clear()
    found = _results(service=None)
    assert healthy(list(found.values()))
    assert found["InferenceService"].result is CheckStatus.SKIPPED
    assert "NEXTCLOSE_ISVC_NAME" in found["InferenceService"].found
    assert found["may patch inferenceservices.serving.kserve.io/nextclose"].result is CheckStatus.NOTE


@pytest.mark.parametrize(
    ("path", "answer", "check", "result", "words"),
    [
        ("/version/", version("v1.29.4+k3s1"), "API server", CheckStatus.FAILED, "1.30 or later"),
        ("/version/", version("v1.30.0"), "API server", CheckStatus.OK, ""),
        ("/apis/", groups("v1", name="apps"), "KServe", CheckStatus.FAILED, "install KServe"),
        ("/apis/", groups("v1alpha1"), "KServe", CheckStatus.FAILED, "upgrade KServe"),
        ("/apis/", refusal(403, "no"), "KServe", CheckStatus.FAILED, "administrator"),
        ("/apis/", refusal(401, "Unauthorized"), "KServe", CheckStatus.FAILED, "log in"),
        ("/apis/apps/v1/deployments", refusal(403, "no"), "KServe", CheckStatus.OK, "may not read its release"),
        ("/apis/apps/v1/deployments", (200, {"items": []}), "KServe", CheckStatus.OK, "does not show the release"),
        (NAMED, refusal(404, '"nc" not found'), "InferenceService", CheckStatus.FAILED, "helm install nc"),
        (NAMED, refusal(500, "etcd is down"), "InferenceService", CheckStatus.FAILED, "etcd is down"),
    ],
)
def test_problem_is_reported_with_advice(
    server: ApiServer, path: str, answer: tuple[int, object], check: str, result: CheckStatus, words: str
) -> None:
    server.answers[path] = answer
    one = _results()[check]
    assert one.result is result
    assert words in f"{one.found} {one.advice}"


def test_old_kserve_release_is_a_note(server: ApiServer) -> None:
    server.answers |= kserve_answers("v0.15.2")
    one = _results()["KServe"]
    assert one.result is CheckStatus.NOTE
    assert "0.20 or later" in str(one.advice)


def test_refused_access_review_is_reported(server: ApiServer) -> None:
    server.answers["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = refusal(403, "not even that")
    assert _results()["may list pods"].found == "not even that"


def test_missing_storage_prefix_is_reported(server: ApiServer) -> None:
    found = list(check_cluster("nc", "elsewhere", None))
    one = next(one for one in found if one.check == "InferenceService")
    assert "NEXTCLOSE_STORAGE_URI_PREFIX is not set" in one.found
    assert {asked["namespace"] for asked in server.reviews} == {"elsewhere"}


def test_unreachable_server_skips_the_remaining_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DEFAULT, str(write_kubeconfig(tmp_path / "kubeconfig", "http://127.0.0.1:9")))
    found = _results()
    assert found["kubeconfig"].result is CheckStatus.OK
    assert found["API server"].result is CheckStatus.FAILED
    assert "http://127.0.0.1:9: cannot be reached" in found["API server"].found
    assert {found[name].result for name in ("KServe", "InferenceService", "rights")} == {CheckStatus.SKIPPED}


def test_server_that_is_not_an_api_server_is_reported(server: ApiServer) -> None:
    server.answers.clear()
    server.answers["/version/"] = (200, "<html>a proxy</html>")
    found = _results()
    assert found["API server"].result is CheckStatus.FAILED
    assert "not an API server" in found["API server"].found


def test_missing_kubeconfig_fails_only_if_a_cluster_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DEFAULT, str(tmp_path / "none"))
    (one,) = check_cluster(None, None, None)
    assert (one.check, one.result) == ("kubeconfig", CheckStatus.SKIPPED)
    assert "none is needed" in one.found
    (named_service,) = check_cluster("nc", None, PREFIX)
    assert named_service.result is CheckStatus.FAILED, "a service is named, so a cluster is required"
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    (named,) = check_cluster(None, None, None)
    assert named.result is CheckStatus.FAILED, "a kubeconfig is named"


@pytest.mark.parametrize("content", ["", "[]", "a: [", "current-context: x\n", "\x00"])
def test_broken_kubeconfig_fails_with_advice(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    monkeypatch.setattr(DEFAULT, str(path))
    (one,) = check_cluster(None, None, None)
    assert one.result is CheckStatus.FAILED
    assert "KUBECONFIG" in str(one.advice)
