"""Versions and prices in an object store: missing parts are reported, then install, promote, roll back and refresh.

The tests use one release and depend on their order; they start before the Secret and the bucket exist.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.api import ServiceApi
from jobs.promotion.cluster_target import ClusterTarget
from model.artefact.local_registry import LocalRegistry
from tests.e2e.kube import until
from tests.e2e.object_store import Bucket, bucket, give_secret, s3_values
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, Release, give_prices, new_namespace
from tests.serving.v2_requests import ask_symbols

SCRIPT = (Path(__file__).parent / "make_version.py").read_text()
CREDENTIALS = "s3-keys"


@pytest.fixture(scope="module", params=["separate", pytest.param("collocated", marks=pytest.mark.long)])
def topology(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def store(topology: str) -> Iterator[Bucket]:
    with bucket() as new_bucket:
        yield new_bucket


@pytest.fixture(scope="module")
def release(topology: str, store: Bucket) -> Iterator[Release]:
    """A release whose Secret and bucket do not exist yet."""
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(1))
        release = Release(namespace, separate=topology == "separate")
        release.install(values=s3_values(topology, store, CREDENTIALS))
        yield release


@pytest.fixture(scope="module")
def served(release: Release, store: Bucket) -> Release:
    """The release with Secret and bucket, after the first promotion."""
    if not release.namespace.items("secrets", f"--field-selector=metadata.name={CREDENTIALS}"):
        give_secret(release.namespace, CREDENTIALS)
    store.make()
    release.bootstrapped()
    return release


def _describe(release: Release) -> str:
    """Return the description of the service in `nextclose status`, from outside of the cluster."""
    api = ServiceApi(release.name, release.namespace.name)
    registry = LocalRegistry(Path("none"), "nextclose")
    return "\n".join(ClusterTarget(api, registry, "s3://none", None, deadline=1, poll_seconds=1).describe())


def answering_version(release: Release) -> str:
    """Return the version that answers requests."""
    with release.client() as client:
        (version,) = client.get("/v2/models/nextclose").json()["versions"]
        return str(version)


def test_missing_secret_is_reported(release: Release) -> None:
    reason = f'CreateContainerConfigError, secret "{CREDENTIALS}" not found'
    until("the Secret in the status", 180, lambda: True if reason in _describe(release) else None)
    expected_event = f'Error: secret "{CREDENTIALS}" not found'
    events = until("an Event about the Secret", 60, lambda: release.namespace.events("Failed") or None)
    assert expected_event in events


def test_missing_bucket_is_reported(release: Release, store: Bucket) -> None:
    give_secret(release.namespace, CREDENTIALS)
    messages = until("an Event on the service", 180, lambda: release.namespace.events("BootstrapFailed") or None)
    reason = f"s3://{store.name}: no such bucket; make it, or check the address"
    assert all(reason in message for message in messages)
    (job,) = [one["metadata"]["name"] for one in release.namespace.items("jobs")]
    log = release.namespace.kubectl("logs", f"--selector=job-name={job}", "--tail=-1")
    assert reason in log


def test_release_answers_by_symbol_and_by_window(served: Release, store: Bucket) -> None:
    version = served.served()
    assert version
    model = served.namespace.get("inferenceservice", served.name)["spec"]["predictor"]["model"]
    assert model["storageUri"] == f"{store.address}/models/nextclose/{version}"
    assert not served.namespace.items("persistentvolumeclaims")
    expected = {f"models/nextclose/{version}/manifest.json", "models/nextclose/current", f"prices/{SYMBOL}.parquet"}
    assert expected <= store.names()
    with served.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-28"]
        assert client.get("/symbols").json() == {"symbols": [SYMBOL]}
    assert len(served.quantiles()) == 7


def test_promotion_and_rollback_from_the_object_store(served: Release, store: Bucket) -> None:
    first, quantiles = served.served(), served.quantiles()
    assert first
    second = served.python(SCRIPT, "none")
    for command, version in ((("promote", second), second), (("rollback",), first)):
        succeeded, log = served.command(*command)
        assert succeeded, log
        assert served.served() == version
        assert answering_version(served) == version
        assert served.quantiles() == pytest.approx(quantiles, rel=1e-6)
    output = served.command("status")[1]
    assert f"serving   {first}" in output
    assert f"address   {store.address}/models/nextclose/{first}" in output
    assert f"rollback done {first}" in output


def test_version_with_a_missing_file_is_not_promoted(served: Release, store: Bucket) -> None:
    first = served.served()
    broken = served.python(SCRIPT, "none")
    store.client.delete_object(Bucket=store.name, Key=f"forecasts/models/nextclose/{broken}/scaler.joblib")
    succeeded, log = served.command("promote", broken)
    assert not succeeded
    assert f"version {broken}: scaler.joblib is missing" in log
    assert served.served() == first


@pytest.mark.long
def test_refresh_and_prune_in_the_object_store(served: Release, store: Bucket) -> None:
    first = served.served()
    give_prices(served.namespace, csv_without_last(0))
    succeeded, log = served.command("refresh")
    assert succeeded, log
    second = served.served()
    assert second
    assert answering_version(served) == second != first
    with served.client() as client:
        assert ask_symbols(client, [SYMBOL])["data_until"] == ["2018-12-31"]
    succeeded, log = served.command("versions", "prune", "--keep", "1")
    assert succeeded, log
    assert {name.split("/")[2] for name in store.names() if name.startswith("models/")} == {second, "current"}
