"""The Kubernetes client with typical answers of API servers."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.cluster.api import ServiceApi, ServiceMissingError, UnreachableError
from jobs.cluster.patch import storage_patch
from model.contract.errors import ClusterError, PromotionError

SERVICE = {
    "metadata": {"name": "nc", "uid": "u-1", "resourceVersion": "7"},
    "spec": {"predictor": {"model": {"runtime": "nc"}}},
}
PATH = "/apis/serving.kserve.io/v1beta1/namespaces/prices/inferenceservices/nc"
Answers = dict[str, tuple[int, bytes]]


def _refusal(code: int, message: str) -> tuple[int, bytes]:
    return code, json.dumps({"kind": "Status", "code": code, "message": message}).encode()


@pytest.fixture
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Answers, list[tuple[str, str, str, Any]]]]:
    answers: Answers = {"GET": (200, json.dumps(SERVICE).encode())}
    requests: list[tuple[str, str, str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            kind = self.headers.get("content-type", "")
            requests.append((self.command, self.path, kind, json.loads(body) if body else None))
            status, content = answers[self.command]
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PATCH = do_POST = _answer  # noqa: N815  # names of the base class

        def log_message(self, *_: object) -> None:
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, args=(0.01,))
    thread.start()
    _kubeconfig(tmp_path, monkeypatch, f"http://127.0.0.1:{found.server_port}")
    yield answers, requests
    found.shutdown()
    thread.join()
    found.server_close()


def _kubeconfig(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    path = folder / "kubeconfig"
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u", "namespace": "prices"}}],
        "clusters": [{"name": "k", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    path.write_text(yaml.safe_dump(content))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def test_service_is_read_patched_and_gets_an_event(server: tuple[Answers, list[Any]]) -> None:
    answers, requests = server
    answers |= {"PATCH": answers["GET"], "POST": (201, b'{"metadata": {}, "involvedObject": {}}')}
    api = ServiceApi("nc")
    assert api.namespace == "prices"
    assert api.read() == SERVICE
    patch = storage_patch(SERVICE, "pvc://claim/a")
    assert api.patch(patch) == SERVICE
    assert requests[-1] == ("PATCH", f"{PATH}?fieldManager=nextclose", "application/json-patch+json", patch)
    api.tell("Promoted", "x" * 3000, warning=False)
    method, path, _, event = requests[-1]
    assert (method, path) == ("POST", "/api/v1/namespaces/prices/events")
    assert event["involvedObject"]["uid"] == "u-1"
    assert len(event["message"]) == 1000


def _read(api: ServiceApi) -> object:
    return api.read()


def _patch(api: ServiceApi) -> object:
    return api.patch([])


def _list(api: ServiceApi) -> object:
    return api.deployments()


@pytest.mark.parametrize(
    ("method", "answer", "send", "kind", "words"),
    [
        ("GET", _refusal(403, 'x "nc" is forbidden: User "a" cannot get x'), _read, ClusterError, "not allowed to get"),
        ("PATCH", _refusal(403, 'User "a" cannot patch'), _patch, ClusterError, "not allowed to patch"),
        ("GET", _refusal(403, 'User "a" cannot list'), _list, ClusterError, "not allowed to list deployments"),
        ("GET", _refusal(404, '"nc" not found'), _read, ServiceMissingError, "nc in namespace prices: not found"),
        ("GET", (404, b"404 page not found\n"), _read, ClusterError, "is KServe installed"),
        ("PATCH", _refusal(422, "the server rejected our request"), _patch, PromotionError, "the change was refused"),
        ("PATCH", _refusal(400, "admission webhook denied it"), _patch, PromotionError, "admission webhook denied it"),
        ("GET", _refusal(500, "etcd is down"), _read, ClusterError, "etcd is down"),
    ],
)
def test_refusal_is_reported_in_one_line(
    server: tuple[Answers, list[Any]],
    method: str,
    answer: tuple[int, bytes],
    send: Callable[[ServiceApi], object],
    kind: type[Exception],
    words: str,
) -> None:
    server[0][method] = answer
    with pytest.raises(kind, match=words) as caught:
        send(ServiceApi("nc"))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


def test_unreachable_api_server_raises_unreachable_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kubeconfig(tmp_path, monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match=r"API server http://127.0.0.1:9: cannot be reached"):
        ServiceApi("nc").read()


def test_missing_kubeconfig_raises_cluster_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterError, match="expected a service account of a pod or a kubeconfig, got neither"):
        ServiceApi("nc")
