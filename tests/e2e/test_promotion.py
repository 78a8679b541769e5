"""Promotion with KServe: patch, rollout, golden request, and rollback if a check fails, without a failed request.

The predictor is a small server that answers with the version's golden.json, in the transformer image. The promoter runs
in this process, so the tests are skipped if Services of the cluster are not reachable from this machine.
"""

import json
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from jobs.cluster.api import ServiceApi
from jobs.promotion.cluster_target import ClusterTarget
from jobs.promotion.promoter import Promoter
from model.artefact.folder import publish
from model.artefact.local_registry import LocalRegistry
from model.contract.errors import PromotionError
from model.state.folder import StateFolder
from model.state.ledger import Ledger
from tests.e2e.release import image
from tests.unit.model.artefact.conftest import make_manifest

HERE = Path(__file__).parent
PREFIX = "pvc://data/models/nextclose"
Publish = Callable[..., str]


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    done = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace for the tests, and a registry whose versions are copied onto its volume."""

    namespace: str
    registry: LocalRegistry
    promoter: Promoter

    @property
    def url(self) -> str:
        return f"http://golden-predictor.{self.namespace}.svc.cluster.local/v2/models/nextclose/infer"

    def address(self) -> str:
        return kubectl(
            "-n", self.namespace, "get", "isvc", "golden", "-o", "jsonpath={.spec.predictor.model.storageUri}"
        )

    def events(self) -> list[str]:
        found = json.loads(kubectl("-n", self.namespace, "get", "events", "-o", "json"))
        return [one["reason"] for one in found["items"] if one["involvedObject"]["kind"] == "InferenceService"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    try:
        socket.getaddrinfo("kubernetes.default.svc.cluster.local", 443)
    except OSError:
        pytest.skip("names of Services cannot be resolved on this machine")
    folder = tmp_path_factory.mktemp("e2e")
    namespace = f"nextclose-e2e-{uuid.uuid4().hex[:6]}"
    kubectl("create", "namespace", namespace)
    try:
        server = f"--from-file={HERE / 'golden_server.py'}"
        kubectl("-n", namespace, "create", "configmap", "server", server)
        manifests = (HERE / "golden.yaml").read_text().replace("IMAGE", image("transformer"))
        kubectl("-n", namespace, "apply", "-f", "-", stdin=manifests)
        kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod/shell", "--timeout=120s")
        registry = LocalRegistry(folder / "models", "nextclose")
        target = ClusterTarget(
            api=ServiceApi("golden", namespace),
            registry=registry,
            prefix=PREFIX,
            service_url=f"http://golden-predictor.{namespace}.svc.cluster.local",
            deadline=60,
            poll_seconds=1,
        )
        ledger = Ledger(StateFolder(str(folder / "store")))
        yield Place(namespace, registry, Promoter(registry, target, ledger, "test", 20, 1))
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture(scope="module")
def version(place: Place) -> Publish:
    """Publish versions and copy them onto the volume. The fault of a version is a file that golden_server.py reads."""
    count = 0

    def make(price: float, fault: str | None = None) -> str:
        nonlocal count
        count += 1
        golden = {
            "close": [[30 + 0.1 * day for day in range(60)]],
            "forecast": [price],
            "quantiles": [[price + level for level in range(7)]],
        }

        def fill(folder: Path) -> None:
            (folder / "golden.json").write_text(json.dumps(golden))
            if fault:
                (folder / fault).write_text("")

        created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=count)
        name = publish(place.registry.folder, fill, lambda files: make_manifest(files, created)).version
        kubectl("-n", place.namespace, "exec", "shell", "--", "mkdir", "-p", "/data/models/nextclose")
        source = str(place.registry.folder / name)
        kubectl("cp", source, f"{place.namespace}/shell:/data/models/nextclose/{name}")
        return name

    return make


class RequestThread(threading.Thread):
    """Sends about twenty requests per second until stopped, and counts versions and failures."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._stop_event = threading.Event()
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        while not self._stop_event.is_set():
            try:
                response = httpx.post(self._url, content=b"{}", timeout=5, trust_env=False)
                self.answers[str(response.json().get("model_version", response.status_code))] += 1
            except httpx.HTTPError as error:
                self.answers[f"failed: {error}"] += 1
            time.sleep(0.05)

    def stop(self) -> Counter[str]:
        self._stop_event.set()
        self.join()
        return self.answers


@pytest.fixture(scope="module")
def first(place: Place, version: Publish) -> str:
    """The version of the first promotion, which adds the storage address."""
    assert place.address() == ""
    name = version(36.0)
    place.promoter.promote(name)
    assert place.address() == f"{PREFIX}/{name}"
    assert "Promoted" in place.events()
    return name


def test_promotion_and_rollback_fail_no_request(place: Place, version: Publish, first: str) -> None:
    second = version(37.0)
    requests = RequestThread(place.url)
    requests.start()
    place.promoter.promote(second)
    place.promoter.promote(first, "rollback")
    answers = requests.stop()
    assert set(answers) == {first, second}, answers
    assert place.registry.current() == first
    assert "RolledBack" in place.events()


@pytest.mark.parametrize(("fault", "check"), [("crash", "rollout"), ("wrong", "golden"), ("never", "rollout")])
def test_failed_promotion_is_rolled_back(place: Place, version: Publish, first: str, fault: str, check: str) -> None:
    bad = version(37.0, fault)
    requests = RequestThread(place.url)
    requests.start()
    with pytest.raises(PromotionError, match=f"check '{check}' failed: .*{first} is served again"):
        place.promoter.promote(bad)
    answers = requests.stop()
    assert set(answers) <= {first, bad}, answers
    assert place.address() == f"{PREFIX}/{first}"
    assert place.registry.current() == first
    last = place.promoter.ledger.entries()[-1]
    assert (last.version, last.outcome, last.check, last.restored) == (bad, "failed", check, True)
    assert "PromotionFailed" in place.events()


def test_concurrent_change_of_the_address_is_not_overwritten(place: Place, version: Publish, first: str) -> None:
    with pytest.raises(PromotionError, match="storageUri was changed by someone else"):
        place.promoter.target.switch(f"{PREFIX}/elsewhere", f"{PREFIX}/{version(38.0)}")
    assert place.address() == f"{PREFIX}/{first}"
