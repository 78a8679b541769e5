"""Installs a release of the chart for a test: by Helm, with the images of the cluster and prices of the test."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import numpy as np
import yaml

from tests.e2e.kube import Namespace, run, until
from tests.e2e.prices import window
from tests.serving.v2_requests import ask

CHART: Final = Path(__file__).parents[2] / "charts" / "nextclose"
SYMBOL: Final = "GSPC"
RESTRICTED: Final = "pod-security.kubernetes.io/enforce=restricted"
# Not `condition=Ready`: kubectl would also compare observedGeneration, which KServe copies from a Deployment.
READY: Final = '{.status.conditions[?(@.type=="Ready")].status}'
_CSV: Final = "prices"  # name of the ConfigMap


@contextmanager
def new_namespace() -> Iterator[Namespace]:
    """Create a namespace that enforces the restricted profile. It is deleted at the end of the `with` block."""
    name = f"nextclose-e2e-{uuid4().hex[:6]}"
    run("kubectl", "create", "namespace", name)
    try:
        run("kubectl", "label", "namespace", name, RESTRICTED)
        yield Namespace(name)
    finally:
        if not os.environ.get("NEXTCLOSE_E2E_KEEP"):
            run("kubectl", "delete", "namespace", name, "--wait=false")


def image(role: str) -> str:
    """Return the image of a role, as available on the cluster."""
    registry = os.environ.get("NEXTCLOSE_E2E_REGISTRY", "docker.io")
    tag = os.environ.get("NEXTCLOSE_E2E_TAG") or yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    return f"{registry}/nextclose/{role}:{tag}"


def image_values() -> list[str]:
    """Return Helm options for the images of the cluster, from NEXTCLOSE_E2E_REGISTRY and NEXTCLOSE_E2E_TAG."""
    values = []
    if registry := os.environ.get("NEXTCLOSE_E2E_REGISTRY"):
        values.append(f"--set=image.registry={registry}")
    if tag := os.environ.get("NEXTCLOSE_E2E_TAG"):
        values += [f"--set={role}.image.tag={tag}" for role in ("predictor", "transformer", "jobs", "dashboard")]
    return values


def values_of(topology: str, **more: Any) -> dict[str, Any]:
    """Make values of a release that reads the prices of the tests, and trains after every new session."""
    return {
        "topology": topology,
        "prices": {"symbols": [SYMBOL], "csv": {"configMap": _CSV}},
        "refresh": {"everySessions": 1},
        **more,
    }


def give_prices(namespace: Namespace, csv: str, *, name: str = _CSV, symbol: str = SYMBOL) -> None:
    """Create or replace the ConfigMap with the prices that the jobs read."""
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {f"{symbol}.csv": csv}}
    namespace.kubectl("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump(document))


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the chart in a namespace."""

    namespace: Namespace
    name: str = "nextclose"
    separate: bool = False

    @property
    def service(self) -> str:
        """Name of the Service for clients."""
        return f"{self.name}-{'transformer' if self.separate else 'predictor'}"

    def helm(self, *arguments: str, program: str = "helm") -> str:
        return run(program, "--namespace", self.namespace.name, *arguments)

    def install(self, *arguments: str, values: Mapping[str, Any] | None = None, program: str = "helm") -> None:
        """Run `helm upgrade --install` with the images of the cluster and additional values."""
        command = ["upgrade", "--install", self.name, str(CHART), *image_values(), *arguments]
        if values:
            path = Path(os.environ.get("TMPDIR", "/tmp"), f"{self.namespace.name}-values.yaml")  # noqa: S108
            path.write_text(yaml.safe_dump(values))
            command.append(f"--values={path}")
        self.helm(*command, program=program)

    def bootstrapped(self, seconds: float = 600) -> str:
        """Wait until the bootstrap Job has succeeded. Returns its log."""
        (job,) = [one for one in self.namespace.items("jobs") if "-bootstrap-" in one["metadata"]["name"]]
        succeeded, log = self.namespace.job(job["metadata"]["name"], seconds)
        assert succeeded, log
        self.namespace.kubectl("wait", f"inferenceservice/{self.name}", f"--for=jsonpath={READY}=True", "--timeout=60s")
        return log

    def command(self, *arguments: str, seconds: float = 600) -> tuple[bool, str]:
        """Run a command of `nextclose` in a Job made from the CronJob. Returns whether it succeeded, and its log."""
        return self._job(arguments[0], {"args": list(arguments)}, seconds)

    def python(self, script: str, *arguments: str, seconds: float = 600) -> str:
        """Run a Python script in a Job with the volumes of the jobs. Returns the last line of its log."""
        succeeded, log = self._job("script", {"command": ["python", "-c", script], "args": list(arguments)}, seconds)
        assert succeeded, log
        return log.splitlines()[-1]

    def _job(self, purpose: str, container: Mapping[str, Any], seconds: float) -> tuple[bool, str]:
        name = f"{self.name}-{purpose}-{uuid4().hex[:5]}"
        made = self.namespace.kubectl(
            "create", "job", name, f"--from=cronjob/{self.name}-refresh", "--dry-run=client", "--output=yaml"
        )
        job = yaml.safe_load(made)
        job["spec"]["template"]["spec"]["containers"][0].update(container)
        job["spec"]["backoffLimit"] = 0
        self.namespace.kubectl("create", "--filename=-", stdin=yaml.safe_dump(job))
        return self.namespace.job(name, seconds)

    def served(self) -> str | None:
        """Return the version at the end of the storage address."""
        model = self.namespace.get("inferenceservice", self.name)["spec"]["predictor"]["model"]
        address = model.get("storageUri")
        return address.rpartition("/")[2] if address else None

    def pods(self, role: str = "predictor") -> list[Any]:
        """List the pods of a role that are not terminating."""
        selector = f"--selector=serving.kserve.io/inferenceservice={self.name},component={role}"
        return [pod for pod in self.namespace.items("pods", selector) if "deletionTimestamp" not in pod["metadata"]]

    def wait_pods(self, role: str, count: int, seconds: float = 300) -> list[Any]:
        """Wait until a role has exactly `count` pods and all are ready."""

        def ready_pods() -> list[Any] | None:
            pods = self.pods(role)
            return pods if len(pods) == count and all(map(is_ready, pods)) else None

        return until(f"{count} ready pods of {role}", seconds, ready_pods)

    def quantiles(self) -> list[float]:
        """Request a forecast for the window of the tests. Returns its quantiles."""
        with self.client() as client:
            return ask(client, np.array([window()]))["quantiles"][0].tolist()  # type: ignore[no-any-return]

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Open an HTTP client for the service, by port forwarding."""
        with (
            self.namespace.forwarded(f"service/{self.service}", 80) as (address,),
            httpx.Client(base_url=f"http://{address}", timeout=30, trust_env=False) as client,
        ):
            yield client


def is_ready(pod: Any) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
