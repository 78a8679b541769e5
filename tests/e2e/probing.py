"""Whether a way is open: connections tried from within pods."""

from typing import Any, Final
from uuid import uuid4

import yaml

from tests.e2e.asking import SECURITY, transformer_image
from tests.e2e.kube import Namespace, attempt
from tests.e2e.release import Release

_CONNECT: Final = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()"


def idle_pod(place: Namespace, release: Release, labels: dict[str, str] | None = None) -> str:
    """Starts a pod that does nothing, to try connections from; its name."""
    name = f"probe-{uuid4().hex[:5]}"
    container = {
        "name": "probe",
        "image": transformer_image(release.place, release),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", "import time; time.sleep(3600)"],
        "securityContext": SECURITY,
        "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}},
    }
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False, "containers": [container]},
    }
    place.kubectl("create", "--filename=-", stdin=yaml.safe_dump(pod))
    place.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=120s")
    return name


def connects(place: Namespace, pod: str, host: str, port: int, container: str | None = None) -> bool:
    """Whether a TCP connection from a pod comes about within three seconds."""
    which = ["--container", container] if container else []
    command = ["exec", pod, *which, "--", "python", "-c", _CONNECT, host, str(port)]
    return attempt("kubectl", "--namespace", place.name, *command).returncode == 0
