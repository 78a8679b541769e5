"""A client that asks without a pause while something is done to the service; a pod, so that any cluster will do."""

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

SCRIPT: Final = Path(__file__).parent / "asking_pod.py"
STOP: Final = "stop"  # in the working folder of the image, the one that can be written to
SECURITY: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# What one version answers may differ by the size of the batch that a request was computed in.
RTOL: Final = 1e-6


@dataclass(slots=True)
class Answers:
    """What a client was answered; filled in when it has stopped.

    Attributes:
        asked: requests. versions: answers with status 200, by version: count, low and high of the quantiles by window.
        failures: everything else. retry: those of them that were 503 with Retry-After. slowest: seconds.
    """

    asked: int = 0
    versions: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    retry: int = 0
    slowest: float = 0.0

    def counts(self) -> dict[str, int]:
        return {version: found["count"] for version, found in self.versions.items()}

    def check(self, expected: dict[str, Sequence[float]], *, retry: bool = False) -> None:
        """No failure, and every answer exactly what its version gives.

        Args:
            expected: quantiles of the window, by version.
            retry: let 503 with Retry-After pass, as while two Deployments roll apart.
        """
        failed = len(self.failures) - (self.retry if retry else 0)
        assert not failed, f"{failed} of {self.asked} failed: {self.failures[:5]}"
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
def asking(release: Release, closes: Sequence[float], rate: float = 20, rows: int = 1) -> Iterator[Answers]:
    """Asks while the block runs, `rate` times a second, half of it by `rows`; then the answers are there."""
    place, name = release.place, f"client-{uuid4().hex[:5]}"
    image = transformer_image(place, release)
    place.kubectl("create", "--filename=-", stdin=yaml.safe_dump(client_pod(release, name, image, closes, rate, rows)))
    answers = Answers()
    try:
        until(f"pod {name}", 120, lambda: True if _started(place, name) else None)
        yield answers
        place.kubectl("exec", name, "--", "touch", STOP)
        place.kubectl("wait", f"pod/{name}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
        told = json.loads(place.kubectl("logs", name).splitlines()[-1])
        for key, value in told.items():
            setattr(answers, key, value)
        assert answers.asked > 0
    finally:
        place.kubectl("delete", "pod", name, "--wait=false")


def _started(place: Namespace, name: str) -> bool:
    phase = place.get("pod", name)["status"]["phase"]
    assert phase in {"Pending", "Running"}, place.kubectl("logs", name)
    return phase == "Running" and "asking" in place.kubectl("logs", name)


def transformer_image(place: Namespace, release: Release) -> str:
    """The image that the release serves by: it has Python and httpx."""
    service = place.get("inferenceservice", release.name)["spec"]
    part = service["transformer"] if release.separate else service["predictor"]
    return str(part["containers"][0]["image"])
