"""Only promotions change the storage address: no upgrade, rollback or apply does, with Helm, kubectl or GitOps tools.

The tests need only API objects: no pod starts in these namespaces, and no volume is bound.
"""

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from jobs.cluster.api import ServiceApi
from jobs.cluster.patch import address_of, storage_patch
from tests.chart.rendering import CHART
from tests.programs import not_installed, require_program

MANIFESTS: Final = CHART.parents[1] / "manifests"
UNBOUND: Final = "--set=storage.storageClassName=none"
# Metadata that every apply and the controllers write.
VOLATILE: Final = ("managedFields", "resourceVersion", "generation")


def run(*command: str, status: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == status, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace without pods, and its InferenceService."""

    namespace: str
    numbers: Iterator[int]

    def kubectl(self, *arguments: str, status: int = 0) -> str:
        return run("kubectl", "-n", self.namespace, *arguments, status=status)

    def helm(self, program: str, *arguments: str) -> None:
        run(program, "--namespace", self.namespace, *arguments)

    def promote(self) -> str:
        """Change the storage address by the patch of a promotion. Returns the new address."""
        api = ServiceApi("nextclose", self.namespace)
        address = f"pvc://nextclose-models/nextclose/{next(self.numbers)}"
        api.patch(storage_patch(api.read(), address))
        return address

    def address(self) -> str | None:
        return address_of(ServiceApi("nextclose", self.namespace).read())

    def cpu(self) -> str:
        """Read a field that the chart owns, in the same object as the storage address, which it does not own."""
        service = ServiceApi("nextclose", self.namespace).read()
        return str(service["spec"]["predictor"]["model"]["resources"]["requests"]["cpu"])


@pytest.fixture
def place() -> Iterator[Place]:
    require_program("kubectl")
    namespace = f"nextclose-owner-{uuid.uuid4().hex[:6]}"
    run("kubectl", "create", "namespace", namespace)
    try:
        run("kubectl", "-n", namespace, "create", "quota", "no-pods", "--hard=pods=0")
        yield Place(namespace, count(1))
    finally:
        run("kubectl", "delete", "namespace", namespace, "--wait=false")


def helm(major: int) -> str:
    """Find the program `helm`, `helm3` or `helm4` with this major version."""
    programs = [found for found in map(shutil.which, ("helm", f"helm{major}")) if found]
    matching = [found for found in programs if run(found, "version", "--short").startswith(f"v{major}.")]
    return matching[0] if matching else not_installed(f"helm {major}")


def upgrades(program: str, place: Place, flags: Sequence[str]) -> None:
    """Run typical upgrades and a rollback after promotions, and check that each keeps the promoted address."""
    cpu = "--set=predictor.resources.requests.cpu"
    for arguments, expected in (
        (["upgrade", UNBOUND], "250m"),
        (["upgrade", UNBOUND, f"{cpu}=300m"], "300m"),
        (["upgrade", "--reuse-values", "--set=transformer.env[0].name=LATER,transformer.env[0].value=yes"], "300m"),
        (["upgrade", "--reset-then-reuse-values", f"{cpu}=350m"], "350m"),
        (["upgrade", UNBOUND, "--set=topology=separate"], "250m"),
        (["upgrade", "--install", UNBOUND, f"{cpu}=400m"], "400m"),
        (["rollback"], "250m"),
    ):
        promoted = place.promote()
        command, *rest = arguments
        target = ["nextclose", "1"] if command == "rollback" else ["nextclose", str(CHART)]
        place.helm(program, command, *target, *rest, *flags)
        assert (place.address(), place.cpu()) == (promoted, expected), arguments


def test_helm_3_keeps_the_promoted_address(place: Place) -> None:
    program = helm(3)
    place.helm(program, "install", "nextclose", str(CHART), UNBOUND)
    assert place.address() is None
    upgrades(program, place, [])


@pytest.mark.parametrize(
    ("install", "later"),
    [
        ([], []),
        (["--server-side=false"], ["--server-side=false"]),
        (["--server-side=true"], ["--server-side=false"]),
        (["--server-side=false"], ["--server-side=true", "--force-conflicts"]),
    ],
    ids=["default", "client", "server, then client", "client, then server"],
)
def test_helm_4_keeps_the_promoted_address(place: Place, install: list[str], later: list[str]) -> None:
    program = helm(4)
    place.helm(program, "install", "nextclose", str(CHART), UNBOUND, *install)
    assert place.address() is None
    upgrades(program, place, later)


def test_helm_4_takes_over_a_release_of_helm_3(place: Place) -> None:
    place.helm(helm(3), "install", "nextclose", str(CHART), UNBOUND)
    promoted = place.promote()
    place.helm(helm(4), "upgrade", "nextclose", str(CHART), UNBOUND, "--server-side=true", "--force-conflicts")
    assert place.address() == promoted


@pytest.mark.parametrize("major", [3, 4])
def test_upgrade_from_an_older_chart_keeps_the_promoted_address(place: Place, major: int, tmp_path: Path) -> None:
    program = helm(major)
    for version in ("0.0.1", "0.0.2"):
        run(program, "package", str(CHART), f"--version={version}", f"--app-version={version}", f"-d={tmp_path}")
    place.helm(program, "install", "nextclose", str(tmp_path / "nextclose-0.0.1.tgz"), UNBOUND)
    promoted = place.promote()
    for chart in (tmp_path / "nextclose-0.0.2.tgz", CHART):
        place.helm(program, "upgrade", "nextclose", str(chart), UNBOUND)
        assert place.address() == promoted, chart
    place.helm(program, "rollback", "nextclose", "1")
    assert place.address() == promoted


@pytest.fixture
def overlays(tmp_path: Path) -> Path:
    """Folder with the overlays, patched so that their claims are not bound to volumes."""
    shutil.copytree(MANIFESTS, tmp_path / "manifests")
    patch = '[{"op": "add", "path": "/spec/storageClassName", "value": "none"}]'
    for overlay in ("local", "separate"):
        kustomization = {
            "resources": [f"../manifests/overlays/{overlay}"],
            "patches": [{"target": {"kind": "PersistentVolumeClaim"}, "patch": patch}],
        }
        folder = tmp_path / overlay
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return tmp_path


SERVER: Final = ("--server-side",)
FORCED: Final = ("--server-side", "--force-conflicts")


@pytest.mark.parametrize(
    ("first", "later"),
    [((), ()), (SERVER, SERVER), (FORCED, FORCED), ((), FORCED), (SERVER, ())],
    ids=["client", "server", "forced", "client, then forced", "server, then client"],
)
def test_kubectl_apply_keeps_the_promoted_address(
    place: Place, overlays: Path, first: tuple[str, ...], later: tuple[str, ...]
) -> None:
    place.kubectl("apply", "-k", str(overlays / "local"), *first)
    assert place.address() is None
    for overlay, expected in (("local", "50m"), ("separate", "250m"), ("local", "50m")):
        promoted = place.promote()
        place.kubectl("apply", "-k", str(overlays / overlay), *later)
        assert (place.address(), place.cpu()) == (promoted, expected), overlay


def without_volatile(document: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in document["metadata"].items() if name not in VOLATILE}
    return {name: value for name, value in document.items() if name != "status"} | {"metadata": metadata}


def items(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    return [without_volatile(item) for item in document.get("items", [document])]


@pytest.mark.parametrize(
    ("manager", "overlay"),
    [("argocd-controller", "local"), ("kustomize-controller", "separate"), ("helm-controller", "local")],
)
def test_gitops_controllers_detect_no_drift_after_a_promotion(
    place: Place, overlays: Path, manager: str, overlay: str
) -> None:
    # Argo CD (server-side diff) and Flux detect drift by a dry-run apply with their field manager, whose result they
    # compare with the live objects.
    folder, apply = str(overlays / overlay), ("apply", *FORCED, f"--field-manager={manager}")
    place.kubectl(*apply, "-k", folder)
    promoted = place.promote()
    applied = items(place.kubectl(*apply, "--dry-run=server", "-o", "json", "-k", folder))
    live = items(place.kubectl("get", "-o", "json", "-k", folder))
    assert applied == live
    assert promoted in str(applied)
    difference = ("diff", *FORCED, f"--field-manager={manager}", "-k", folder)
    assert place.kubectl(*difference) == ""
    # They detect a change of a field that they own.
    place.kubectl(
        "patch", "inferenceservice", "nextclose", "--type=merge", "-p", '{"spec":{"predictor":{"maxReplicas":3}}}'
    )
    assert "maxReplicas: 3" in place.kubectl(*difference, status=1)
    place.kubectl(*apply, "-k", folder)
    assert place.address() == promoted
    assert place.kubectl(*difference) == ""
