"""A client pod that sends requests continuously while a test changes the service."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import yaml

from tests.e2e.kube import Namespace, until
from tests.e2e.release import SYMBOL, Release

SCRIPT: Final = Path(__file__).parent / "continuous_client_pod.py"
STOP: Final = "stop"  # in the working folder of the image, which is writable
SECURITY: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# The answers of a version differ slightly with the size of the batch that a request was computed in.
RTOL: Final = 1e-6


@dataclass(slots=True)
class Answers:
    """Answers that a client received. Filled in when the client has stopped.

    Attributes:
        requests: Number of requests.
        versions: Answers with status 200 by version: count, and the lowest and highest quantiles of requests by window.
        failures: Descriptions of all other answers.
        retry: Number of failures with status 503 and Retry-After.
        slowest: Duration of the slowest request, in seconds.
    """

    requests: int = 0
    versions: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    retry: int = 0
    slowest: float = 0.0

    def counts(self) -> dict[str, int]:
        return {version: found["count"] for version, found in self.versions.items()}

    def check(self, expected: dict[str, Sequence[float]], *, retry: bool = False) -> None:
        """Assert that no request failed, and that every answer equals the expected one of its version.

        Args:
            expected: Quantiles of the window, by version.
            retry: Whether to allow status 503 with Retry-After, which occurs while two Deployments roll out
                independently.
        """
        failed = len(self.failures) - (self.retry if retry else 0)
        assert not failed, f"{failed} of {self.requests} failed: {self.failures[:5]}"
        assert set(self.versions) <= set(expected), self.counts()
        for version, found in self.versions.items():
            for bound in ("low", "high"):
                if found[bound] is not None:
                    np.testing.assert_allclose(found[bound], expected[version], rtol=RTOL, err_msg=version)


def client_pod(
    release: Release, name: str, image: str, closes: Sequence[float], rate: float, rows: int
) -> dict[str, Any]:
    environment = {
        "URL": f"http://{release.service}",
        "SYMBOL": SYMBOL,
        "RATE": str(rate),
        "ROWS": str(rows),
        "STOP": STOP,
        "CLOSES": json.dumps(list(closes)),
    }
    container = {
        "name": "client",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", SCRIPT.read_text()],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "securityContext": SECURITY,
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]},
    }


@contextmanager
def continuous_requests(
    release: Release, closes: Sequence[float], rate: float = 20, rows: int = 1
) -> Iterator[Answers]:
    """Send requests until the end of the `with` block: `rate` per second, half of them with `rows` windows."""
    namespace, name = release.namespace, f"client-{uuid4().hex[:5]}"
    image = transformer_image(namespace, release)
    namespace.kubectl(
        "create", "--filename=-", stdin=yaml.safe_dump(client_pod(release, name, image, closes, rate, rows))
    )
    answers = Answers()
    try:
        until(f"pod {name}", 120, lambda: True if _started(namespace, name) else None)
        yield answers
        namespace.kubectl("exec", name, "--", "touch", STOP)
        namespace.kubectl("wait", f"pod/{name}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
        result = json.loads(namespace.kubectl("logs", name).splitlines()[-1])
        for key, value in result.items():
            setattr(answers, key, value)
        assert answers.requests > 0
    finally:
        namespace.kubectl("delete", "pod", name, "--wait=false")


def _started(namespace: Namespace, name: str) -> bool:
    phase = namespace.get("pod", name)["status"]["phase"]
    assert phase in {"Pending", "Running"}, namespace.kubectl("logs", name)
    return phase == "Running" and "started" in namespace.kubectl("logs", name)


def transformer_image(namespace: Namespace, release: Release) -> str:
    """Return the image of the serving pods, which contains Python and httpx."""
    service = namespace.get("inferenceservice", release.name)["spec"]
    component = service["transformer"] if release.separate else service["predictor"]
    return str(component["containers"][0]["image"])
