"""The storage address belongs to promotions: no upgrade, rollback or apply changes it, by whichever tool.

Objects are enough for that: no pod starts in these namespaces, and no volume is bound.
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
# What each apply writes itself, and what the controllers write meanwhile.
VOLATILE: Final = ("managedFields", "resourceVersion", "generation")


def run(*command: str, status: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == status, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace without pods, and the InferenceService in it."""

    namespace: str
    numbers: Iterator[int]

    def kubectl(self, *arguments: str, status: int = 0) -> str:
        return run("kubectl", "-n", self.namespace, *arguments, status=status)

    def helm(self, program: str, *arguments: str) -> None:
        run(program, "--namespace", self.namespace, *arguments)

    def promote(self) -> str:
        """Another address, by the very patch of a promotion."""
        api = ServiceApi("nextclose", self.namespace)
        address = f"pvc://nextclose-models/nextclose/{next(self.numbers)}"
        api.patch(storage_patch(api.read(), address))
        return address

    def address(self) -> str | None:
        return address_of(ServiceApi("nextclose", self.namespace).read())

    def cpu(self) -> str:
        """A field that the chart writes, beside the one that it does not."""
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
    """The program `helm` or `helm3` that is of this version."""
    named = [found for found in map(shutil.which, ("helm", f"helm{major}")) if found]
    fitting = [found for found in named if run(found, "version", "--short").startswith(f"v{major}.")]
    return fitting[0] if fitting else not_installed(f"helm {major}")


def upgrades(program: str, place: Place, flags: Sequence[str]) -> None:
    """What people do with a release after its first promotion; each keeps the address, also of a later promotion."""
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


def test_helm_3_keeps_a_promotion(place: Place) -> None:
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
def test_helm_4_keeps_a_promotion(place: Place, install: list[str], later: list[str]) -> None:
    program = helm(4)
    place.helm(program, "install", "nextclose", str(CHART), UNBOUND, *install)
    assert place.address() is None
    upgrades(program, place, later)


def test_helm_4_takes_a_release_over_from_helm_3(place: Place) -> None:
    place.helm(helm(3), "install", "nextclose", str(CHART), UNBOUND)
    promoted = place.promote()
    place.helm(helm(4), "upgrade", "nextclose", str(CHART), UNBOUND, "--server-side=true", "--force-conflicts")
    assert place.address() == promoted


@pytest.mark.parametrize("major", [3, 4])
def test_an_upgrade_from_a_former_chart_version_keeps_a_promotion(place: Place, major: int, tmp_path: Path) -> None:
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
    """The overlays, with claims that no volume is bound to."""
    shutil.copytree(MANIFESTS, tmp_path / "manifests")
    patch = '[{"op": "add", "path": "/spec/storageClassName", "value": "none"}]'
    for overlay in ("local", "separate"):
        own = {
            "resources": [f"../manifests/overlays/{overlay}"],
            "patches": [{"target": {"kind": "PersistentVolumeClaim"}, "patch": patch}],
        }
        folder = tmp_path / overlay
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(own))
    return tmp_path


SERVER: Final = ("--server-side",)
FORCED: Final = ("--server-side", "--force-conflicts")


@pytest.mark.parametrize(
    ("first", "later"),
    [((), ()), (SERVER, SERVER), (FORCED, FORCED), ((), FORCED), (SERVER, ())],
    ids=["client", "server", "forced", "client, then forced", "server, then client"],
)
def test_kubectl_apply_keeps_a_promotion(
    place: Place, overlays: Path, first: tuple[str, ...], later: tuple[str, ...]
) -> None:
    place.kubectl("apply", "-k", str(overlays / "local"), *first)
    assert place.address() is None
    for overlay, expected in (("local", "50m"), ("separate", "250m"), ("local", "50m")):
        promoted = place.promote()
        place.kubectl("apply", "-k", str(overlays / overlay), *later)
        assert (place.address(), place.cpu()) == (promoted, expected), overlay


def settled(document: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in document["metadata"].items() if name not in VOLATILE}
    return {name: value for name, value in document.items() if name != "status"} | {"metadata": metadata}


def items(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    return [settled(item) for item in document.get("items", [document])]


@pytest.mark.parametrize(
    ("manager", "overlay"),
    [("argocd-controller", "local"), ("kustomize-controller", "separate"), ("helm-controller", "local")],
)
def test_gitops_controllers_see_no_difference(place: Place, overlays: Path, manager: str, overlay: str) -> None:
    # What Argo CD (server-side diff) and Flux do to find drift: an apply by their field manager as a dry run, whose
    # result is compared with what is there.
    folder, apply = str(overlays / overlay), ("apply", *FORCED, f"--field-manager={manager}")
    place.kubectl(*apply, "-k", folder)
    promoted = place.promote()
    wanted = items(place.kubectl(*apply, "--dry-run=server", "-o", "json", "-k", folder))
    live = items(place.kubectl("get", "-o", "json", "-k", folder))
    assert wanted == live
    assert promoted in str(wanted)
    difference = ("diff", *FORCED, f"--field-manager={manager}", "-k", folder)
    assert place.kubectl(*difference) == ""
    # What is theirs and was changed, they see.
    place.kubectl(
        "patch", "inferenceservice", "nextclose", "--type=merge", "-p", '{"spec":{"predictor":{"maxReplicas":3}}}'
    )
    assert "maxReplicas: 3" in place.kubectl(*difference, status=1)
    place.kubectl(*apply, "-k", folder)
    assert place.address() == promoted
    assert place.kubectl(*difference) == ""
