"""Installation by kubectl from manifests/overlays/local, applied again after the first promotion."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.e2e.kube import Namespace
from tests.e2e.prices import csv_without_last
from tests.e2e.release import CHART, Release, give_prices, image, new_namespace
from tests.serving.v2_requests import ask_symbols

OVERLAY: Final = CHART.parents[1] / "manifests" / "overlays" / "local"
SYMBOL: Final = "PETR4.SA"  # as in the manifests
ROLES: Final = ("predictor", "transformer", "jobs")


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a kustomization as a user writes it: the overlay, with the images of the cluster."""
    images = []
    for role in ROLES:
        name, _, tag = image(role).rpartition(":")
        images.append({"name": f"docker.io/nextclose/{role}", "newName": name, "newTag": tag})
    folder = tmp_path_factory.mktemp("mine")
    resources = [os.path.relpath(OVERLAY, folder)]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources, "images": images}))
    return folder


def _apply(namespace: Namespace, overlay: Path) -> str:
    return namespace.kubectl("apply", f"--kustomize={overlay}")


@pytest.fixture(scope="module")
def release(overlay: Path) -> Iterator[Release]:
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0), name="nextclose-csv", symbol=SYMBOL)
        _apply(namespace, overlay)
        release = Release(namespace)
        release.bootstrapped()
        yield release


def test_requests_by_symbol_and_by_window_are_answered(release: Release) -> None:
    with release.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-31"]
    assert len(release.quantiles()) == 7


def test_applying_again_keeps_the_promotion(release: Release, overlay: Path) -> None:
    served, pods = release.served(), [pod["metadata"]["uid"] for pod in release.pods()]
    output = _apply(release.namespace, overlay)
    assert "inferenceservice.serving.kserve.io/nextclose" in output
    assert release.served() == served
    assert [pod["metadata"]["uid"] for pod in release.pods()] == pods
