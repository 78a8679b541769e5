"""Connection attempts from within pods, to test network policies."""

from typing import Any, Final
from uuid import uuid4

import yaml

from tests.e2e.continuous_client import SECURITY, transformer_image
from tests.e2e.kube import Namespace, attempt
from tests.e2e.release import Release

_CONNECT: Final = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()"


def idle_pod(namespace: Namespace, release: Release, labels: dict[str, str] | None = None) -> str:
    """Start a pod that does nothing, for connection attempts. Returns its name."""
    name = f"probe-{uuid4().hex[:5]}"
    container = {
        "name": "probe",
        "image": transformer_image(release.namespace, release),
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
    namespace.kubectl("create", "--filename=-", stdin=yaml.safe_dump(pod))
    namespace.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=120s")
    return name


def connects(namespace: Namespace, pod: str, host: str, port: int, container: str | None = None) -> bool:
    """Whether a TCP connection from a pod succeeds within three seconds."""
    option = ["--container", container] if container else []
    command = ["exec", pod, *option, "--", "python", "-c", _CONNECT, host, str(port)]
    return attempt("kubectl", "--namespace", namespace.name, *command).returncode == 0
