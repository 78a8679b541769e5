"""Installed by kubectl alone, from manifests/overlays/local, and applied again after the first promotion."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.e2e.kube import Namespace
from tests.e2e.prices import csv_without_last
from tests.e2e.release import CHART, Release, give_prices, image, namespace
from tests.serving.asking import ask_symbols

OVERLAY: Final = CHART.parents[1] / "manifests" / "overlays" / "local"
SYMBOL: Final = "PETR4.SA"  # the manifests' own
ROLES: Final = ("predictor", "transformer", "jobs")


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kustomization as a user writes one: the overlay, with the images that the cluster has."""
    images = []
    for role in ROLES:
        name, _, tag = image(role).rpartition(":")
        images.append({"name": f"docker.io/nextclose/{role}", "newName": name, "newTag": tag})
    mine = tmp_path_factory.mktemp("mine")
    resources = [os.path.relpath(OVERLAY, mine)]
    (mine / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources, "images": images}))
    return mine


def _apply(place: Namespace, overlay: Path) -> str:
    return place.kubectl("apply", f"--kustomize={overlay}")


@pytest.fixture(scope="module")
def release(overlay: Path) -> Iterator[Release]:
    with namespace() as place:
        give_prices(place, csv_without_last(0), name="nextclose-csv", symbol=SYMBOL)
        _apply(place, overlay)
        release = Release(place)
        release.bootstrapped()
        yield release


def test_it_answers_by_symbol_and_by_window(release: Release) -> None:
    with release.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-31"]
    assert len(release.quantiles()) == 7


def test_applied_again_it_keeps_the_promotion(release: Release, overlay: Path) -> None:
    served, pods = release.served(), [pod["metadata"]["uid"] for pod in release.pods()]
    told = _apply(release.place, overlay)
    assert "inferenceservice.serving.kserve.io/nextclose" in told
    assert release.served() == served
    assert [pod["metadata"]["uid"] for pod in release.pods()] == pods
