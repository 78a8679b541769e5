"""The doctor's questions to a cluster, asked of a real HTTP server by the real client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.api import ServiceApi
from jobs.cluster.examination import examine
from jobs.cluster.rights import RIGHTS
from jobs.doctor.finding import Finding, Result, healthy
from tests.unit.jobs.cluster.api_server import (
    ALL_RIGHTS,
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
        found.allowed |= ALL_RIGHTS
        monkeypatch.setattr(DEFAULT, str(write_kubeconfig(tmp_path / "kubeconfig", found.address)))
        yield found


def _found(service: str | None = "nc", prefix: str | None = PREFIX) -> dict[str, Finding]:
    findings = list(examine(service, None, prefix))
    assert len({one.check for one in findings}) == len(findings)
    for one in findings:
        assert "\n" not in one.found
        assert (one.advice is not None) or one.result in {Result.OK, Result.SKIPPED}, "what is wrong has an advice"
    return {one.check: one for one in findings}


def test_a_cluster_that_has_everything(server: ApiServer) -> None:
    found = _found()
    assert healthy(list(found.values()))
    assert {one.result for one in found.values()} == {Result.OK}
    assert found["kubeconfig"].found == "context c of the kubeconfig, namespace prices"
    assert found["API server"].found == f"Kubernetes v1.33.1 at {server.address}"
    assert found["KServe"].found == "KServe v0.20.0, serving.kserve.io/v1beta1"
    assert found["InferenceService"].found == "nc in namespace prices"
    assert "may patch inferenceservices.serving.kserve.io/nc" in found
    assert {one["namespace"] for one in server.reviews} == {"prices"}
    assert all(method == "GET" or path.endswith("selfsubjectaccessreviews") for method, path in server.came)


def test_the_rights_are_those_that_the_api_asks_for(server: ApiServer) -> None:
    """Every request of a promotion, by what it needs; the list has these and no others."""
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
    asked = set()
    for method, path in server.came:
        named = path.partition("?")[0].rpartition("/namespaces/prices/")[2].split("/")
        verb = "list" if method == "GET" and len(named) == 1 else verbs[method]
        asked.add((verb, named[0]))
    # The server above takes no PATCH; test_api shows what is sent.
    assert {(right.verb, right.resource) for right in RIGHTS} == asked | {("patch", "inferenceservices")}
    assert {(one["verb"], one["group"], one["resource"], one.get("name", "")) for one in _reviews(server)} == ALL_RIGHTS


def _reviews(server: ApiServer) -> list[dict[str, str]]:
    server.reviews.clear()
    _found()
    return server.reviews


@pytest.mark.parametrize("right", sorted(ALL_RIGHTS), ids=str)
def test_a_right_that_is_missing(server: ApiServer, right: tuple[str, str, str, str]) -> None:
    server.allowed.remove(right)
    verb, group, resource, name = right
    words = f"{verb} {resource}" + (f".{group}" if group else "") + (f"/{name}" if name else "")
    found = _found()
    assert not healthy(list(found.values()))
    assert [one.check for one in found.values() if one.result is Result.FAILED] == [f"may {words}"]
    assert "nc-jobs" in str(found[f"may {words}"].advice)
    assert f"kubectl auth can-i {words} -n prices" in str(found[f"may {words}"].advice)


def test_without_a_service_the_rights_are_notes(server: ApiServer) -> None:
    server.allowed.clear()
    found = _found(service=None)
    assert healthy(list(found.values()))
    assert found["InferenceService"].result is Result.SKIPPED
    assert "NEXTCLOSE_ISVC_NAME" in found["InferenceService"].found
    assert found["may patch inferenceservices.serving.kserve.io/nextclose"].result is Result.NOTE


@pytest.mark.parametrize(
    ("path", "answer", "check", "result", "words"),
    [
        ("/version/", version("v1.29.4+k3s1"), "API server", Result.FAILED, "1.30 or later"),
        ("/version/", version("v1.30.0"), "API server", Result.OK, ""),
        ("/apis/", groups("v1", name="apps"), "KServe", Result.FAILED, "install KServe"),
        ("/apis/", groups("v1alpha1"), "KServe", Result.FAILED, "upgrade KServe"),
        ("/apis/", refusal(403, "no"), "KServe", Result.FAILED, "administers"),
        ("/apis/", refusal(401, "Unauthorized"), "KServe", Result.FAILED, "log in"),
        ("/apis/apps/v1/deployments", refusal(403, "no"), "KServe", Result.OK, "may not read its release"),
        ("/apis/apps/v1/deployments", (200, {"items": []}), "KServe", Result.OK, "does not tell"),
        (NAMED, refusal(404, '"nc" not found'), "InferenceService", Result.FAILED, "helm install nc"),
        (NAMED, refusal(500, "etcd is away"), "InferenceService", Result.FAILED, "etcd is away"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    server: ApiServer, path: str, answer: tuple[int, object], check: str, result: Result, words: str
) -> None:
    server.answers[path] = answer
    one = _found()[check]
    assert one.result is result
    assert words in f"{one.found} {one.advice}"


def test_an_old_kserve_is_a_note(server: ApiServer) -> None:
    server.answers |= kserve_answers("v0.15.2")
    one = _found()["KServe"]
    assert one.result is Result.NOTE
    assert "0.20 or later" in str(one.advice)


def test_a_review_that_is_refused(server: ApiServer) -> None:
    server.answers["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = refusal(403, "not even that")
    assert _found()["may list pods"].found == "not even that"


def test_no_prefix_of_addresses(server: ApiServer) -> None:
    found = list(examine("nc", "elsewhere", None))
    one = next(one for one in found if one.check == "InferenceService")
    assert "NEXTCLOSE_STORAGE_URI_PREFIX is not set" in one.found
    assert {asked["namespace"] for asked in server.reviews} == {"elsewhere"}


def test_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DEFAULT, str(write_kubeconfig(tmp_path / "kubeconfig", "http://127.0.0.1:9")))
    found = _found()
    assert found["kubeconfig"].result is Result.OK
    assert found["API server"].result is Result.FAILED
    assert "http://127.0.0.1:9: cannot be reached" in found["API server"].found
    assert {found[name].result for name in ("KServe", "InferenceService", "rights")} == {Result.SKIPPED}


def test_a_server_that_is_no_api_server(server: ApiServer) -> None:
    server.answers.clear()
    server.answers["/version/"] = (200, "<html>a proxy</html>")
    found = _found()
    assert found["API server"].result is Result.FAILED
    assert "no API server" in found["API server"].found


def test_no_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DEFAULT, str(tmp_path / "none"))
    (one,) = examine(None, None, None)
    assert (one.check, one.result) == ("kubeconfig", Result.SKIPPED)
    assert "none is needed" in one.found
    (asked,) = examine("nc", None, PREFIX)
    assert asked.result is Result.FAILED, "a service is named, so a cluster is wanted"
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    (named,) = examine(None, None, None)
    assert named.result is Result.FAILED, "a kubeconfig is named"


@pytest.mark.parametrize("content", ["", "[]", "a: [", "current-context: x\n", "\x00"])
def test_a_broken_kubeconfig(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    monkeypatch.setattr(DEFAULT, str(path))
    (one,) = examine(None, None, None)
    assert one.result is Result.FAILED
    assert "KUBECONFIG" in str(one.advice)
