"""A small HTTP server that imitates a Kubernetes API server, and a kubeconfig for it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

Answer = tuple[int, Any]


def refusal(code: int, message: str) -> Answer:
    """Make the response to a refused request."""
    return code, {"kind": "Status", "code": code, "message": message}


@dataclass(slots=True)
class ApiServer:
    """Canned answers of an API server. A path without an answer gets 404.

    Attributes:
        address: Base URL.
        answers: Answers by path, without the query.
        allowed: Permissions that access reviews confirm, each as (verb, group, resource, name).
        reviews: Attributes of every access review.
        came: Method and path of every request.
    """

    address: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    allowed: set[tuple[str, str, str, str]] = field(default_factory=set)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    came: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> Answer:
        self.came.append((method, path))
        path = path.partition("?")[0]
        if path.endswith("/selfsubjectaccessreviews") and path not in self.answers:
            asked = body["spec"]["resourceAttributes"]
            self.reviews.append(asked)
            key = (asked["verb"], asked["group"], asked["resource"], asked.get("name", ""))
            return 201, {**body, "status": {"allowed": key in self.allowed}}
        return self.answers.get(path, (404, "404 page not found"))


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """Run the server until the end of the `with` block."""
    found = ApiServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, content = found.answer(self.command, self.path, json.loads(sent) if sent else None)
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "text/plain" if isinstance(content, str) else "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  # names of the base class

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_kubeconfig(path: Path, address: str) -> Path:
    """Write a kubeconfig with one context: the server at an address, and the namespace `prices`."""
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u", "namespace": "prices"}}],
        "clusters": [{"name": "k", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    path.write_text(yaml.safe_dump(content))
    return path


def version(kubernetes: str) -> Answer:
    """Make the answer to a request for the Kubernetes version."""
    names = ("buildDate", "compiler", "gitCommit", "gitTreeState", "goVersion", "major", "minor", "platform")
    return 200, {**dict.fromkeys(names, "x"), "gitVersion": kubernetes}


def groups(*versions: str, name: str = "serving.kserve.io") -> Answer:
    """Make the answer to a request for the API groups, with one group in some versions."""
    served = [{"groupVersion": f"{name}/{one}", "version": one} for one in versions]
    return 200, {"kind": "APIGroupList", "groups": [{"name": name, "versions": served}]}


def kserve_answers(release: str = "v0.20.0", kubernetes: str = "v1.33.1") -> dict[str, Answer]:
    """Make the answers of a cluster with KServe to the requests of the doctor."""
    container = {"name": "manager", "image": f"docker.io/kserve/kserve-controller:{release}"}
    spec = {"selector": {}, "template": {"spec": {"containers": [container]}}}
    deployment = {"metadata": {"name": "kserve-controller-manager"}, "spec": spec}
    return {
        "/version/": version(kubernetes),
        "/apis/": groups("v1beta1", "v1alpha1"),
        "/apis/apps/v1/deployments": (200, {"items": [deployment]}),
        "/apis/serving.kserve.io/v1beta1/namespaces/prices/inferenceservices/nc": (200, {"metadata": {"name": "nc"}}),
    }


ALL_PERMISSIONS = {
    ("get", "serving.kserve.io", "inferenceservices", "nc"),
    ("patch", "serving.kserve.io", "inferenceservices", "nc"),
    ("list", "apps", "deployments", ""),
    ("list", "", "pods", ""),
    ("create", "", "events", ""),
}
