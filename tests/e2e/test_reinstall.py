"""Removed and installed again on the volume that was kept: the same version is served, and nothing is trained."""

import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.kube import until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, namespace, values_of

VALUES = values_of("collocated")


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place)
        release.install(values=VALUES)
        release.bootstrapped()
        yield release


def test_the_same_version_after_it(release: Release) -> None:
    served, answered = release.served(), release.quantiles()
    assert "kept" in release.helm("uninstall", release.name, "--wait")
    claims = {claim["metadata"]["name"] for claim in release.place.items("persistentvolumeclaims")}
    assert claims == {"nextclose-models", "nextclose-prices"}
    until("the end of all pods", 120, lambda: None if release.place.items("pods") else True)
    release.install(values=VALUES)
    log = release.bootstrapped()
    assert "train" not in log
    assert release.served() == served
    assert release.quantiles() == pytest.approx(answered, rel=1e-6)


def test_two_releases_in_one_namespace(release: Release) -> None:
    """Each with objects, prices and a model of its own; the second by Helm 3, where that is there."""
    other = Release(release.place, "second")
    before = release.served()
    helm = "helm3" if shutil.which("helm3") else "helm"
    other.install(values={**VALUES, "fullnameOverride": "second"}, program=helm)
    other_bootstrap = [job for job in release.place.items("jobs") if job["metadata"]["name"].startswith("second-")]
    (name,) = [job["metadata"]["name"] for job in other_bootstrap]
    succeeded, log = release.place.job(name)
    assert succeeded, log
    assert other.served()
    assert other.served() != before == release.served()
    assert other.quantiles() == pytest.approx(release.quantiles(), rel=1e-6)
    other.helm("uninstall", other.name)
    assert release.quantiles()
