"""Uninstall and install again on the kept volumes: the same version is served, without a training."""

import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.kube import until
from tests.e2e.prices import csv_without_last
from tests.e2e.release import Release, give_prices, new_namespace, values_of

VALUES = values_of("collocated")


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace)
        release.install(values=VALUES)
        release.bootstrapped()
        yield release


def test_reinstalled_release_serves_the_same_version(release: Release) -> None:
    served, quantiles = release.served(), release.quantiles()
    assert "kept" in release.helm("uninstall", release.name, "--wait")
    claims = {claim["metadata"]["name"] for claim in release.namespace.items("persistentvolumeclaims")}
    assert claims == {"nextclose-models", "nextclose-prices"}
    until("termination of all pods", 120, lambda: None if release.namespace.items("pods") else True)
    release.install(values=VALUES)
    log = release.bootstrapped()
    assert "train" not in log
    assert release.served() == served
    assert release.quantiles() == pytest.approx(quantiles, rel=1e-6)


def test_two_releases_in_one_namespace_are_independent(release: Release) -> None:
    """Each release has separate objects, prices and models. The second is installed by Helm 3, if available."""
    other = Release(release.namespace, "second")
    before = release.served()
    helm = "helm3" if shutil.which("helm3") else "helm"
    other.install(values={**VALUES, "fullnameOverride": "second"}, program=helm)
    other_bootstrap = [job for job in release.namespace.items("jobs") if job["metadata"]["name"].startswith("second-")]
    (name,) = [job["metadata"]["name"] for job in other_bootstrap]
    succeeded, log = release.namespace.job(name)
    assert succeeded, log
    assert other.served()
    assert other.served() != before == release.served()
    assert other.quantiles() == pytest.approx(release.quantiles(), rel=1e-6)
    other.helm("uninstall", other.name)
    assert release.quantiles()
